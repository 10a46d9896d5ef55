"""The roll of workers: who runs now, and how much they can do together."""

from datetime import timedelta

from core.database import database_now, transaction
from core.models import WorkerRow

_SILENT = 3  # times a worker may miss its turn before it counts as gone


async def check_in(name: str, slots: int, *, every: float) -> None:
    """Say that this worker runs, and will say so again in `every` seconds; strike off who has long been silent."""
    async with transaction() as connection:
        now = await database_now(connection)
        rows = WorkerRow.all().using_db(connection)
        if not await rows.filter(name=name).update(slots=slots, seen_at=now):
            await WorkerRow.create(using_db=connection, name=name, slots=slots, started_at=now, seen_at=now)
    async with transaction() as connection:
        # Apart from its own row, and passing over those that others hold: all may come back at the same time.
        silent = WorkerRow.filter(seen_at__lt=now - timedelta(seconds=_SILENT * every)).using_db(connection)
        names = [row.name for row in await silent.select_for_update(skip_locked=True)]
        await WorkerRow.filter(name__in=names).using_db(connection).delete()


async def check_out(name: str) -> None:
    """Say that this worker stops."""
    await WorkerRow.filter(name=name).delete()


async def slots_in_all() -> int:
    """Return how many heavy jobs the workers of the site can run at once; 1 where none has said anything yet."""
    return max(1, sum(row.slots for row in await WorkerRow.all()))
