"""`mutoscope storage`: prove, move and audit the storages."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import click
import structlog

from core.commands.opening import with_site
from core.commands.storage_audit import audit
from core.commands.storage_move import move
from core.services import Services
from core.storage import Finding, Level, Storage, StorageError

log = structlog.get_logger()

_MARKS = {Level.PASS: "ok  ", Level.WARN: "warn", Level.FAIL: "FAIL"}


@click.group()
def storage() -> None:
    """Prove, move and audit where objects are kept."""


storage.add_command(move)
storage.add_command(audit)


@storage.command()
@click.argument("names", nargs=-1)
def check(names: tuple[str, ...]) -> None:
    """Prove the storages before they are trusted: all of them, or those named. Exits 1 on any FAIL."""

    async def work(services: Services) -> None:
        chosen = [services.storages[name] for name in names or services.storages]
        failed = [await _report(each, services) for each in chosen]
        if any(failed):
            click.echo(f"\n{sum(failed)} checks failed: do not open the site on this storage.", err=True)
            sys.exit(1)

    with_site(work, migrate=False)


async def _report(found: Storage, services: Services) -> int:
    """Say what was found; return how much of it failed."""
    click.echo(f"{found.name}{' (takes new objects)' if found is services.storage else ''}")
    findings = await found.check(services.settings.base_url)
    for each in findings:
        click.echo(f"  {_MARKS[each.level]}  {each.what}: {each.detail}")
        if each.fix:
            click.echo(f"        → {each.fix}")
    return len(_failed(findings))


def _failed(findings: Iterable[Finding]) -> list[Finding]:
    return [each for each in findings if each.level is Level.FAIL]


@asynccontextmanager
async def checked_storage(services: Services) -> AsyncIterator[None]:
    """Check the storage that takes new objects, as `[storage] check_at_start` says.

    `warn` checks beside the running site, which must start without its store. Raises StorageError for `refuse`.
    """
    mode = services.settings.core.storage.check_at_start
    if mode == "refuse":
        if failed := _failed(await services.storage.check(services.settings.base_url)):
            raise StorageError(_refusal(services.storage, failed))
        yield
        return
    task = asyncio.create_task(_warn(services)) if mode == "warn" else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _refusal(found: Storage, failed: Iterable[Finding]) -> str:
    lines = [f"  {each.what}: {each.detail} → {each.fix}" for each in failed]
    return f'{found.name} failed its check, and storage.check_at_start is "refuse":\n' + "\n".join(lines)


async def _warn(services: Services) -> None:
    name = services.storage.name
    try:
        findings = await services.storage.check(services.settings.base_url)
    except Exception as error:  # a storage that cannot be checked must not end a site that runs
        log.warning("storage_check_failed", storage=name, exc_info=error)
        return
    for each in _failed(findings):
        log.warning("storage_check_failed", storage=name, what=each.what, detail=each.detail, fix=each.fix)
