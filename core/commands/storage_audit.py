"""`mutoscope storage audit`: find what rows and storages do not agree on, and mend it."""

import json
import sys
from dataclasses import asdict

import click
import humanize

from core.commands.opening import with_site
from core.services import Services
from core.storage import StorageError
from core.storage_audit import Discrepancy, Tally
from core.storage_audit import audit as audited


@click.command()
@click.option("--store", "names", multiple=True, metavar="NAME", help="Only this storage; may be given several times.")
@click.option("--deep", is_flag=True, help="Read every original and compare it with its checksum.")
@click.option("--repair", is_flag=True, help="Delete what belongs to nothing, and process broken videos again.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a line, the last one sums up.")
def audit(*, names: tuple[str, ...], deep: bool, repair: bool, as_json: bool) -> None:
    """Find rows without objects and objects without rows, while the site runs.

    Exits 0 when there are none, or all were repaired.
    """

    async def work(services: Services) -> None:
        chosen = [services.storages[name].name for name in names or services.storages]
        tally, found, left = Tally(), 0, 0
        try:
            async for each in audited(services, chosen, tally, deep=deep, mend=repair):
                found += 1
                left += each.repaired is None
                click.echo(_as_json(each) if as_json else _as_text(each))
        except StorageError as error:
            raise click.ClickException(f"the audit stopped: {error}") from error
        summary = {**asdict(tally), "discrepancies": found, "left": left}
        click.echo(json.dumps(summary) if as_json else _summary(tally, found, left))
        if left:
            sys.exit(1)

    with_site(work, migrate=False)


def _as_json(found: Discrepancy) -> str:
    return json.dumps({name: value for name, value in asdict(found).items() if name != "keys"})


def _as_text(found: Discrepancy) -> str:
    of = f", video {found.video_id}" if found.video_id else ""
    head = f"{found.kind}: {found.where} in {found.storage}{of} ({humanize.naturalsize(found.size)})"
    return f"{head}\n    {found.detail}\n    → {'Done: ' + found.repaired if found.repaired else found.remedy}"


def _summary(tally: Tally, found: int, left: int) -> str:
    looked = (
        f"{tally.originals} originals, {tally.sets} sets and {tally.objects} objects "
        f"({humanize.naturalsize(tally.size)}) were looked at"
    )
    unproven = f"; {tally.unproven} originals have no checksum to compare" if tally.unproven else ""
    if not found:
        return f"All is well: {looked}{unproven}."
    return f"\n{found} discrepancies, {found - left} of them repaired; {looked}{unproven}."
