"""Objects as files on a disk that every process of the site shares."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager

from core.api import Route, Services, Settings, Signer, Storage, hookimpl
from plugins.storage_disk.settings import DiskSettings
from plugins.storage_disk.storage import open_storage
from plugins.storage_disk.views import media_routes


@hookimpl
def settings_model() -> type[DiskSettings]:
    return DiskSettings


@hookimpl
def storage(settings: Settings, signer: Signer) -> list[AbstractAsyncContextManager[Storage]]:
    return [open_storage(settings, signer)]


@hookimpl
def routes(services: Services) -> Iterable[Route]:
    return media_routes(services)
