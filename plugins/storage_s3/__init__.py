"""Objects in a bucket of any S3 store; browsers send to it and read from it directly."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager

import click

from core.api import Settings, Storage, hookimpl
from plugins.storage_s3.commands import check_command
from plugins.storage_s3.settings import S3Settings
from plugins.storage_s3.storage import open_storage


@hookimpl
def settings_model() -> type[S3Settings]:
    return S3Settings


@hookimpl
def storage(settings: Settings) -> AbstractAsyncContextManager[Storage]:
    return open_storage(settings)


@hookimpl
def commands(settings: Settings) -> Iterable[click.Command]:
    return [check_command(settings)]
