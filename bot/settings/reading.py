"""Reading the environment: values of one kind each, or one sentence that says what is wrong."""

import re
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values

from bot.core.errors import Misconfigured
from bot.settings.secrets import with_files

T = TypeVar("T")

HTTP = "127.0.0.1:8480"
_ENV_FILE = Path(".env")


def read_environment(environ: Mapping[str, str], env_file: Path = _ENV_FILE) -> dict[str, str]:
    """Return the environment on top of what a `.env` file says; only `.env` itself may be missing.

    Secrets may stand in files of their own, which NAME_FILE names.

    Raises:
        Misconfigured: a file cannot be read.
    """
    try:
        if env_file != _ENV_FILE or env_file.exists():
            env_file.open("rb").close()
        from_file = {key: value for key, value in dotenv_values(env_file).items() if value is not None}
    except OSError as error:
        raise Misconfigured(f"The settings file {env_file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Misconfigured(f"The settings file {env_file} is not UTF-8 text.") from error
    return with_files({**from_file, **environ})


class Faults:
    """What is wrong, gathered while the rest is read, so that all of it can be said at once."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def note(self, sentence: str) -> None:
        """Add something that is wrong."""
        self.found.append(sentence)

    def read(self, read: Callable[[], T], otherwise: T) -> T:
        """Return what can be read; `otherwise`, noting why, where it cannot."""
        try:
            return read()
        except Misconfigured as error:
            self.found += error.problems
            return otherwise

    def check(self) -> None:
        """Raises Misconfigured with all that was found, if anything was."""
        if self.found:
            raise Misconfigured(*dict.fromkeys(self.found))  # Some look at the same variable.


def whole(kind: Callable[..., T], **parts: Callable[[], Any]) -> T:
    """Make one of this kind from the parts that these read; what is wrong with several of them is said at once.

    Raises:
        Misconfigured: with all problems there are.
    """
    faults = Faults()
    read = {name: faults.read(part, None) for name, part in parts.items()}
    faults.check()
    return kind(**read)


def host_and_port(name: str, value: str) -> tuple[str, int]:
    """Split `host:port`; raises Misconfigured naming the variable."""
    host, separator, port = value.rpartition(":")
    if not separator or not host or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65_535:
        raise Misconfigured(f"{name}={value!r} is not host:port, for example 127.0.0.1:8480.")
    return host.strip("[]"), int(port)


def like(env: Mapping[str, str], name: str, shape: str, example: str) -> str:
    """Return a value of this shape, or ""; raises Misconfigured with the example for anything else."""
    value = env.get(name, "")
    if value and not re.fullmatch(shape, value):
        raise Misconfigured(f"{name}={value!r} is not like {example}.")
    return value


def yes_or_no(env: Mapping[str, str], name: str) -> bool:
    """Return whether it says yes; raises Misconfigured for neither."""
    value = env.get(name, "").lower()
    if value not in {"", "yes", "no", "true", "false", "1", "0"}:
        raise Misconfigured(f"{name}={value!r} is neither yes nor no.")
    return value in {"yes", "true", "1"}


def existing(env: Mapping[str, str], name: str, kind: str, is_one: Callable[[Path], bool]) -> Path | None:
    """Return the path of a file or folder that is there, None when none is set; raises Misconfigured otherwise."""
    value = env.get(name)
    if not value:
        return None
    try:
        path = Path(value).expanduser()
        there, fits = path.exists(), is_one(path)
    except (OSError, RuntimeError) as error:
        raise Misconfigured(f"{name}={value} cannot be looked at: {error}.") from error
    if not there:
        raise Misconfigured(f"{name}={value} does not exist.")
    if not fits:
        raise Misconfigured(f"{name}={value} is not a {kind}.")
    return path


def web_address(env: Mapping[str, str], name: str) -> str:
    """Return a web address, or ""; raises Misconfigured for anything else."""
    url = env.get(name, "")
    if url and not is_url(url, {"http", "https"}):
        raise Misconfigured(f"{name}={url!r} is not an http(s) address.")
    return url


def is_url(url: str, schemes: Container[str]) -> bool:
    """Tell whether this is a whole URL with one of these schemes."""
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        return False


def listed(value: str) -> Iterator[str]:
    """Yield what stands between commas."""
    return (part.strip() for part in value.split(",") if part.strip())
