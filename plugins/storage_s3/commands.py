"""`mutoscope storage_s3 check`: says what was found of the store, and fails when it is not to be trusted."""

import asyncio
import sys

import click

from core.api import Settings, StorageError
from plugins.storage_s3.check import check_store
from plugins.storage_s3.findings import Finding, Level
from plugins.storage_s3.storage import open_storage

_MARKS = {Level.PASS: "ok  ", Level.WARN: "warn", Level.FAIL: "FAIL"}


def check_command(settings: Settings) -> click.Command:
    """Return the command for a site with these settings."""

    @click.command("check")
    def check() -> None:
        """Prove the configured store: signatures, ranges, multipart, CORS, cache headers. Exits 1 on any FAIL."""
        try:
            found = asyncio.run(_found(settings))
        except StorageError as error:
            raise click.ClickException(str(error)) from error
        for each in found:
            click.echo(f"{_MARKS[each.level]}  {each.what}: {each.detail}")
            if each.fix:
                click.echo(f"      → {each.fix}")
        failed = sum(each.level is Level.FAIL for each in found)
        if failed:
            click.echo(f"\n{failed} of {len(found)} failed: do not open the site on this store.", err=True)
            sys.exit(1)

    return check


async def _found(settings: Settings) -> list[Finding]:
    async with open_storage(settings) as storage:
        return await check_store(storage, settings.base_url)
