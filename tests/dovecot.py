"""A real Dovecot for tests: an ordinary user's process, all of it in a temporary folder, gone at the end."""

import base64
import hashlib
import hmac
import imaplib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.ports import free_port

USER, PASSWORD = "support@northwind.example", "pa,ss/word"
_KEY = b"the key that signs tokens in tests"
_PROGRAM = "/usr/sbin/dovecot"

_CONFIG = """\
protocols = imap
listen = 127.0.0.1, 127.0.0.2
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
info_log_path = {folder}/log
ssl = {ssl}
disable_plaintext_auth = no
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 0
last_valid_uid = 0
first_valid_gid = 0
mail_home = {folder}/mail/%u
mail_location = maildir:~/Maildir
mailbox_idle_check_interval = 1s
auth_failure_delay = 0
auth_mechanisms = plain login xoauth2 oauthbearer
imap_capability = {capability}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = {folder}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""
_OAUTH2 = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/keys/
username_attribute = email
"""


class Dovecot:
    """A server with one account; with a certificate and its key it encrypts, and without it does not."""

    def __init__(
        self, folder: Path, certificate: tuple[Path, Path] | None = None, *, ssl: str = "yes"
    ) -> None:
        self.port, self.tls_port = free_port(), free_port() if certificate else 0
        self._ssl = "no"
        if certificate is not None:
            pem, key = (shutil.copy(path, folder) for path in certificate)
            self._ssl = f"{ssl}\nssl_cert = <{pem}\nssl_key = <{key}"
        self._folder = folder
        self._running: subprocess.Popen[bytes] | None = None
        name = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self._user = pwd.getpwnam(name)
        self.configure()
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}::::::\n")
        (folder / "oauth2").write_text(_OAUTH2.format(folder=folder))
        key = folder / "keys/default/HS256/default"
        key.parent.mkdir(parents=True)
        key.write_bytes(base64.b64encode(_KEY))
        (folder / "mail").mkdir()
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def configure(self, capability: str = "") -> None:
        """Write its settings; a `capability` line hides what it could do."""
        import grp

        group = grp.getgrgid(self._user.pw_gid).gr_name
        (self._folder / "dovecot.conf").write_text(
            _CONFIG.format(
                folder=self._folder,
                user=self._user.pw_name,
                group=group,
                uid=self._user.pw_uid,
                gid=self._user.pw_gid,
                port=self.port,
                tls_port=self.tls_port,
                ssl=self._ssl,
                capability=capability,
            )
        )

    @property
    def log(self) -> str:
        path = self._folder / "log"
        return path.read_text() if path.exists() else ""

    def url(self, *, auth: str = "", tls: str = "", host: str = "127.0.0.1") -> str:
        """Return the address of the inbox; `tls` is "", "tls" or "starttls"."""
        user, password = USER.replace("@", "%40"), PASSWORD.replace(",", "%2C").replace("/", "%2F")
        if auth:
            return f"imap://{user}@{host}:{self.port}/INBOX?auth={auth}"
        if tls == "tls":
            return f"imaps://{user}:{password}@{host}:{self.tls_port}/INBOX"
        return f"imap://{user}:{password}@{host}:{self.port}/INBOX{'?starttls' if tls else ''}"

    def start(self) -> None:
        """Start it, and wait until it greets."""
        who = {}
        if os.geteuid() == 0:
            who = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        self._running = subprocess.Popen(
            [_PROGRAM, "-F", "-c", str(self._folder / "dovecot.conf")],
            cwd=self._folder,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **who,
        )
        end = time.monotonic() + 15.0
        while not self._greets():
            assert time.monotonic() < end, f"Dovecot does not start: {self.log}"
            assert self._running.poll() is None, f"Dovecot has ended: {self.log}"
            time.sleep(0.02)

    def _greets(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5.0) as line:
            return line.recv(100).startswith(b"* OK")
        return False

    def stop(self) -> None:
        """End it with all connections, at once."""
        if self._running is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()
            self._running = None

    def kill_children(self) -> int:
        """Kill the processes that serve logged-in clients; return how many there were."""
        killed = 0
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and self._serves(entry):
                    os.kill(int(entry.name), signal.SIGKILL)
                    killed += 1
        return killed

    def _serves(self, entry: Path) -> bool:
        assert self._running is not None
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
        return fields[1] == str(self._running.pid) and (entry / "comm").read_text().strip() == "imap"

    @contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        """Open the inbox as another mail program would."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=20) as client:
            client.login(USER, PASSWORD)
            client.select("INBOX")
            yield client

    def deliver(self, *mails: bytes, flags: str = "") -> None:
        with self.client() as client:
            for mail in mails:
                status, said = client.append("INBOX", flags, None, mail)
                assert status == "OK", said

    def flags(self) -> list[str]:
        """Return the flags of every mail, in order."""
        with self.client() as client:
            _, lines = client.fetch("1:*", "(FLAGS)")
            return [line.decode() for line in lines if isinstance(line, bytes)]

    def renumber(self) -> None:
        """Give the inbox another UIDVALIDITY and new numbers; the server must stand."""
        (inbox,) = (self._folder / "mail").glob("*/Maildir")
        for path in inbox.glob("dovecot*"):
            path.unlink()

    def validity(self) -> str:
        with self.client() as client:
            return client.response("UIDVALIDITY")[1][0].decode()


def token(*, lasts: float = 3600.0) -> str:
    """Return an access token as this server takes it, good for so many seconds."""
    now = int(time.time())
    parts = (
        {"alg": "HS256", "typ": "JWT", "kid": "default"},
        {"iat": now - 7200, "exp": now + int(lasts), "sub": USER, "email": USER, "azp": "default"},
    )
    said = b".".join(_base64(json.dumps(part).encode()) for part in parts)
    return (said + b"." + _base64(hmac.digest(_KEY, said, hashlib.sha256))).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


@contextmanager
def running_dovecot(certificate: tuple[Path, Path] | None = None, *, ssl: str = "yes") -> Iterator[Dovecot]:
    """Run a server; its folder has a short name, because the paths of sockets may not be long."""
    if not Path(_PROGRAM).exists():
        pytest.skip("dovecot-imapd is not installed")
    folder = Path(tempfile.mkdtemp(prefix="tp-imap-"))
    folder.chmod(0o755)
    server = Dovecot(folder, certificate, ssl=ssl)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
