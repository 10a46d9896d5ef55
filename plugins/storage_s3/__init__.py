"""Objects in buckets of any S3 store; browsers send to them and read from them directly."""

from contextlib import AbstractAsyncContextManager

from core.api import Settings, Storage, hookimpl
from plugins.storage_s3.settings import PLUGIN, S3Settings
from plugins.storage_s3.storage import open_storage


@hookimpl
def settings_model() -> type[S3Settings]:
    return S3Settings


@hookimpl
def storage(settings: Settings) -> list[AbstractAsyncContextManager[Storage]]:
    return [open_storage(settings, name) for name in settings.plugin(PLUGIN, S3Settings).storages]
