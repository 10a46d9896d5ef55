"""`mutoscope storage move`: everything to another storage while the site runs, and back."""

import asyncio
import sys

import click
import humanize

from core.app import stop_signal
from core.commands.opening import with_site
from core.services import Services
from core.storage_moves import Course, Move, MoveStopped


@click.command()
@click.option("--to", required=True, metavar="NAME", help="The storage that shall have everything.")
@click.option("--from", "source", metavar="NAME", help="Move only what lies there; with --back, what came from there.")
@click.option("--back", is_flag=True, help="Undo: what was moved to NAME goes back to where it came from.")
@click.option("--dry-run", is_flag=True, help="Say what would be moved, and move nothing.")
def move(to: str, source: str | None, *, back: bool, dry_run: bool) -> None:
    """Move originals and renditions to another storage while the site runs. Exits 1 when something is left.

    Each is copied, compared and switched over by itself; the old copy goes six hours later, when no player needs it any
    more. Interrupt it whenever you like; run again, it goes on. Set storage.primary first: it takes new uploads.
    """
    if source == to:
        raise click.UsageError(f"--to and --from both name {to}.")

    async def work(services: Services) -> None:
        for name in (to, *([source] if source else [])):
            _ = services.storages[name]
        course = Course(to, source, back=back)
        if not await (_preview(course) if dry_run else run_move(services, course)):
            sys.exit(1)

    with_site(work)


async def _preview(course: Course) -> bool:
    assets, size = await course.measure()
    click.echo(f"{assets} originals and rendition sets would be moved ({humanize.naturalsize(size)}).")
    return True


async def run_move(services: Services, course: Course) -> bool:
    """Move until the end, or until a signal; tell whether nothing is left."""
    _advise(services, course)
    moving = Move(services, course, click.echo)
    run = asyncio.create_task(moving.run())
    stopped = asyncio.create_task(stop_signal().wait())
    await asyncio.wait({run, stopped}, return_when=asyncio.FIRST_COMPLETED)
    run.cancel()
    stopped.cancel()
    await asyncio.gather(run, stopped, return_exceptions=True)
    click.echo(moving.progress.summary())
    return await _verdict(course, run)


def _advise(services: Services, course: Course) -> None:
    primary = services.storage.name
    if not course.back and primary != course.to:
        click.echo(f"New uploads go to {primary} until storage.primary says {course.to}; set it, and restart the site.")
    if course.back and primary == course.to:
        click.echo(f"New uploads still go to {primary}: set storage.primary to the storage you go back to.")


async def _verdict(course: Course, run: "asyncio.Task[bool]") -> bool:
    if run.cancelled():
        click.echo("Interrupted. Run it again: it goes on where it was.", err=True)
        return False
    error = run.exception()
    if isinstance(error, MoveStopped):
        click.echo(str(error), err=True)
        return False
    if error is not None:
        raise error
    if opened := await course.still_open():
        click.echo(f"{opened} uploads are still being sent to the old storage; run it again when they are done.")
    elif run.result():
        click.echo("Nothing is left to be moved. The old copies are removed about six hours after each was moved.")
    else:
        click.echo("Something could not be moved and stays where it was: see above, then run it again.", err=True)
    return run.result()
