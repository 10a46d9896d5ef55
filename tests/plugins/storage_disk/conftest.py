"""A bare site: the routes of one storage plugin behind the core's problems, and a gate that a test can close."""

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
from aiohttp import ClientSession, web

from core.api import Problem, ReadGrant, Services, Settings, Signer, Storage, StorageKey, Storages
from core.settings import CoreSettings
from core.testing.sending import Sender, StorageHttp, some_bytes
from plugins import storage_disk
from plugins.storage_disk.settings import DiskSettings
from plugins.storage_disk.storage import DiskStorage

SECRET = b"0123456789abcdef0123456789abcdef"
SET = StorageKey("videos/0video/0set")
SEGMENT = SET.child("720p", "1.m4s")
CONTENT = some_bytes(100_000)
LATER = int(time.time()) + 5 * 3600  # made while tests are collected, and good until the last of them
GRANT = ReadGrant(SET, "3.viewer", LATER)


@dataclass
class FakeGate:
    """Lets everything be read until a test closes it, and remembers what it was asked."""

    open: bool = True
    asked: list[tuple[StorageKey, ReadGrant | None]] = field(default_factory=list)

    async def may_read(self, key: StorageKey, grant: ReadGrant | None) -> bool:
        self.asked.append((key, grant))
        return self.open


@dataclass
class BareServices:
    """As much of `Services` as a storage plugin asks for."""

    settings: Settings
    signer: Signer
    storages: Storages
    gate: FakeGate


@web.middleware
async def answer_problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except Problem as problem:
        return web.json_response(problem.document(), status=problem.status, headers=problem.headers)


def refusing(number: int) -> Callable[..., None]:
    """Return a function that fails as a system call does."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


Serve = Callable[[ModuleType, Storage], AbstractAsyncContextManager[StorageHttp]]


@pytest.fixture
def disk_settings() -> DiskSettings:
    """Tests run on small disks, and wait for nobody."""
    return DiskSettings(min_free_bytes=0, part_idle_seconds=0.5, part_grace_seconds=0.3, part_min_rate=100_000)


@pytest.fixture
def settings(tmp_path: Path, disk_settings: DiskSettings) -> Settings:
    return Settings(CoreSettings(data_dir=tmp_path / "data"), {"storage_disk": disk_settings})


@pytest.fixture
def root(settings: Settings) -> Path:
    """The folder of the objects."""
    return settings.data_dir / "media"


@pytest.fixture
def signer() -> Signer:
    return Signer([SECRET])


@pytest.fixture
def gate() -> FakeGate:
    return FakeGate()


@pytest.fixture
def serve(settings: Settings, signer: Signer, gate: FakeGate) -> Serve:
    """Serve a plugin's routes on a free port, for as long as the context is open."""

    @asynccontextmanager
    async def serving(plugin: ModuleType, storage: Storage) -> AsyncIterator[StorageHttp]:
        app = web.Application(middlewares=[answer_problems])
        services = cast(Services, BareServices(settings, signer, Storages([storage], storage.name), gate))
        for route in plugin.routes(services):
            for method in {"GET": ("GET", "HEAD")}.get(route.method, (route.method,)):  # as the core does
                app.router.add_route(method, route.path, route.handler)
        runner = web.AppRunner(app, auto_decompress=False, lingering_time=1, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            async with ClientSession() as session:
                yield StorageHttp(session, f"http://127.0.0.1:{runner.addresses[0][1]}")
        finally:
            await runner.cleanup()

    return serving


@pytest.fixture
async def storage(settings: Settings, signer: Signer) -> AsyncIterator[DiskStorage]:
    (opening,) = storage_disk.storage(settings, signer)
    async with opening as storage:
        yield cast(DiskStorage, storage)


@pytest.fixture
async def http(serve: Serve, storage: Storage) -> AsyncIterator[StorageHttp]:
    async with serve(storage_disk, storage) as http:
        yield http


@pytest.fixture
async def stored(storage: DiskStorage, tmp_path: Path) -> DiskStorage:
    """A storage with one segment, and a secret beside its root."""
    (tmp_path / "segment").write_bytes(CONTENT)
    await storage.put_file(SEGMENT, tmp_path / "segment", content_type="video/mp4")
    (tmp_path / "data" / "secret.txt").write_text("canary")
    return storage


@pytest.fixture
async def sender(storage: DiskStorage, http: StorageHttp) -> Sender:
    """An open upload of two parts of 64 KiB and one of 1,000 bytes, of which nothing was sent yet."""
    key = StorageKey("originals/0video0000000000/0upload0000000000000000000")
    target = await storage.open_upload(key, size=2 * 65_536 + 1000, part_size=65_536, content_type="video/mp4")
    return Sender(storage, http, target)


@pytest.fixture(autouse=True)
def nothing_unhandled(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No request may end in an exception that nobody expected."""
    yield
    assert [record for record in caplog.get_records("call") if record.name == "aiohttp.server"] == []
