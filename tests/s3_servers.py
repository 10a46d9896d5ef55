"""Two S3 stores for a session of tests: rclone, which checks signatures, and moto, which knows more of the API."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

ACCESS_KEY, SECRET_KEY = "TESTACCESSKEY", "not-a-secret-but-a-test-key"
_BIN = Path(sys.executable).parent  # not resolved: a virtual environment's Python is a link
_PATIENCE = 40


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """Start moto. It takes any signature: never prove authorisation with it, but through the gateway."""
    port = _free_port()
    with _running([str(_BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(port)], port) as url:
        yield url


@pytest.fixture(scope="session")
def rclone_url() -> Iterator[str]:
    """Start `rclone serve s3` on an empty folder. It knows no conditions, and answers ranges with 200."""
    port = _free_port()
    with TemporaryDirectory(prefix="rclone-") as folder:
        command = [str(_BIN / "rclone"), "serve", "s3", folder, "--addr", f"127.0.0.1:{port}"]
        command += ["--config", "/dev/null", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"]
        with _running(command, port) as url:
            yield url


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port: int = chosen.getsockname()[1]
        return port


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[str]:
    """Run a server until the context ends; raises when it does not listen in time."""
    with TemporaryDirectory(prefix="s3-log-") as folder, (Path(folder) / "log").open("w+b") as log:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + _PATIENCE
            while not _listens(port):
                if server.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise RuntimeError(f"{command[0]} does not listen: {log.read()[-2000:]!r}")
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
