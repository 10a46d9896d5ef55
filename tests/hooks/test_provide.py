"""Providers live as long as the site, and there is one of a kind."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from taskiq import AsyncBroker, BrokerMessage

from core.api import Mail, Mailer, Settings, Signer, Storage, Transcoder
from core.hooks import ProviderError
from core.jobs.bell import LocalBroker
from core.testing.sites import open_site
from tests.fakes import storage_memory, transcoder_instant
from tests.fakes.storage_memory import MemoryStorage
from tests.fakes.transcoder_instant import InstantTranscoder
from tests.hooks.site_with import Opener, publish
from tests.plugin_modules import plugin_module


class Life:
    """Opens and closes a thing, and remembers what happened."""

    def __init__(self) -> None:
        self.events: list[str] = []

    @asynccontextmanager
    async def of(self, thing: Any) -> AsyncIterator[Any]:
        self.events.append("opened")
        yield thing
        self.events.append("closed")


class ListMailer:
    """A mailer that keeps its mails."""

    name = "demo"

    async def send(self, mail: Mail) -> None:
        raise NotImplementedError(mail)


async def test_hook_storage(tmp_path: Path) -> None:
    life = Life()

    def storage(settings: Settings, signer: Signer) -> list[AbstractAsyncContextManager[Storage]]:
        assert settings.core.plugins == ("demo", "transcoder_instant")
        return [life.of(MemoryStorage(signer))]

    plugins = {"demo": plugin_module("demo", storage), "transcoder_instant": transcoder_instant}
    async with open_site(tmp_path, plugins) as site:
        browser = await site.browser(await site.user())
        upload = await browser.api("POST", "/uploads", {"file_name": "a.mp4", "size": 5000})
        assert isinstance(site.services.storage, MemoryStorage)
        assert len(site.services.storage.uploads) == 1, upload.text
        assert life.events == ["opened"]

    assert life.events == ["opened", "closed"]


async def test_hook_transcoder(tmp_path: Path) -> None:
    life = Life()

    class Named(InstantTranscoder):
        async def probe(self, source: Path) -> Any:
            life.events.append("probed")
            return await super().probe(source)

    def transcoder(settings: Settings) -> AbstractAsyncContextManager[Transcoder]:
        return life.of(Named())

    plugins = {"storage_memory": storage_memory, "demo": plugin_module("demo", transcoder)}
    async with open_site(tmp_path, plugins) as site:
        assert (await publish(site, await site.browser(await site.user()))).current_set_id

    assert life.events == ["opened", "probed", "closed"]


async def test_hook_mailer(site_with: Opener) -> None:
    life, mailer_of_demo = Life(), ListMailer()

    def mailer(settings: Settings) -> AbstractAsyncContextManager[Mailer]:
        return life.of(mailer_of_demo)

    async with site_with() as site:
        assert site.services.mailer is None
    async with site_with(mailer) as site:
        assert site.services.mailer is mailer_of_demo
    assert life.events == ["opened", "closed"]


async def test_hook_task_broker(site_with: Opener) -> None:
    class Broker(LocalBroker):
        events: tuple[str, ...] = ()

        async def startup(self) -> None:
            self.events += ("started",)

        async def kick(self, message: BrokerMessage) -> None:
            self.events += (message.task_name,)

        async def shutdown(self) -> None:
            self.events += ("stopped",)

    broker = Broker(1)

    def task_broker(settings: Settings) -> AsyncBroker:
        return broker

    async with site_with(task_broker) as site, site.services.jobs.transaction() as work:
        await work.enqueue("demo.run")

    assert broker.events == ("started", "mutoscope.look", "stopped")


@pytest.mark.parametrize(("kept", "missing"), [("storage_memory", "transcoder"), ("transcoder_instant", "storage")])
async def test_site_without_a_needed_provider_does_not_start(tmp_path: Path, kept: str, missing: str) -> None:
    module = {"storage_memory": storage_memory, "transcoder_instant": transcoder_instant}[kept]

    with pytest.raises(ProviderError, match=rf"no enabled plugin provides a {missing}\. Add one to plugins in"):
        async with open_site(tmp_path, {kept: module}):
            pass


@pytest.mark.parametrize("kind", ["transcoder", "mailer"])
async def test_site_with_two_providers_of_a_kind_does_not_start(site_with: Opener, kind: str) -> None:
    def provide(settings: Settings) -> Any:
        raise AssertionError("nothing is opened")

    provide.__name__ = kind
    built_in = ("mail_file",) if kind == "mailer" else ()

    with pytest.raises(ProviderError, match=rf"\w+ and demo both provide a {kind}\. Keep one of them in plugins"):
        async with site_with(provide, built_in=built_in):
            pass
