"""A site of fakes with the proving plugin, and a watch over what the server logs."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from core.testing.sites import Site, open_site
from tests.core.http import proving
from tests.core.http.proving import views
from tests.fakes import storage_memory, transcoder_instant

PLUGINS = {"storage_memory": storage_memory, "transcoder_instant": transcoder_instant, "proving": proving}

Opener = Callable[..., AbstractAsyncContextManager[Site]]


@pytest.fixture(autouse=True)
def signals(monkeypatch: pytest.MonkeyPatch) -> views.Signals:
    """What passes between a test and the slow handlers and jobs."""
    monkeypatch.setattr(views, "signals", views.Signals())
    return views.signals


@pytest.fixture
def opener(tmp_path: Path) -> Opener:
    """Opens such a site, with `settings` by keyword."""
    return partial(open_site, tmp_path / "data", PLUGINS)


@pytest.fixture
async def site(opener: Opener) -> AsyncIterator[Site]:
    async with opener() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """The same for a whole module: for tables of requests that change nothing."""
    async with open_site(tmp_path_factory.mktemp("site"), PLUGINS) as opened:
        yield opened
