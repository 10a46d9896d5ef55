"""A site with a plugin that a test makes up."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from core.testing.sites import Site, open_site
from tests.fakes import storage_memory, transcoder_instant
from tests.hooks.site_with import Opener
from tests.plugin_modules import plugin_module

FAKES: dict[str, ModuleType | None] = {"storage_memory": storage_memory, "transcoder_instant": transcoder_instant}


@pytest.fixture
def site_with(tmp_path: Path) -> Opener:
    """Return what opens a site with the fakes and a plugin `demo` of the given implementations."""

    @asynccontextmanager
    async def opener(*implementations: Callable[..., Any], **options: Any) -> AsyncIterator[Site]:
        built_in = dict.fromkeys(options.pop("built_in", ()))
        plugins = FAKES | built_in | {"demo": plugin_module("demo", *implementations)}
        async with open_site(tmp_path / "data", plugins, options) as site:
            yield site

    return opener
