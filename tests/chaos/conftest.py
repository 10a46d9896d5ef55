"""Fixtures of the chaos tests: one server on fresh data, and a creator's cookie."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.server import Server


@pytest.fixture
async def a_server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server that is not started yet, and is killed at the end."""
    server = Server(tmp_path / "data")
    try:
        yield server
    finally:
        await server.kill()


@pytest.fixture
async def cookie(a_server: Server) -> tuple[str, str]:
    """What signs the creator in."""
    return await a_server.prepare()
