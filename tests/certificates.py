"""A certificate authority for tests, made by the openssl that is on the machine."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Authority:
    """Signs certificates for servers; whoever has its `context` trusts them, and nobody else."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not installed")
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        subject = ("-x509", "-days", "2", "-subj", "/CN=Authority of a test")
        self._openssl("req", *subject, *_CURVE, "-keyout", "ca.key", "-out", "ca.pem")

    @property
    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self._folder / "ca.pem"))

    def certify(self, names: str) -> tuple[Path, Path]:
        """Return certificate and key of a server; `names` are as in `IP:127.0.0.1,DNS:mx.example`."""
        self._openssl("req", "-subj", "/CN=server", *_CURVE, "-keyout", "server.key", "-out", "server.csr")
        (self._folder / "names").write_text(f"subjectAltName={names}\n")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names")
        self._openssl("x509", "-req", "-in", "server.csr", *signed, "-out", "server.pem")
        return self._folder / "server.pem", self._folder / "server.key"

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self._folder, check=True, capture_output=True)
