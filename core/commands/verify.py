"""`mutoscope verify`: prove that what is published is what its playlists say, frame by frame."""

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, astuple
from pathlib import Path

import aiohttp
import click

from core.commands.opening import with_site
from core.commands.own_site import reading_own_site
from core.logs import only_warnings
from core.services import Services
from core.verifying import Fetch, Finding, NotAPlaylist, NotFetched, Summary, Verified, from_folder, over_http
from core.verifying import verify as verified

_VIDEO_ID = re.compile(r"[0-9a-z]{16}")
_HEADINGS = ("rendition", "kind", "segments", "codecs", "size", "fps", "frames", "seconds", "peak b/s", "BANDWIDTH")


@click.command()
@click.argument("target", metavar="URL_OR_VIDEO_ID")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def verify(*, target: str, as_json: bool) -> None:
    """Decode every frame below a master playlist and compare it with what the playlists announce.

    Give the address of a master playlist, its path on this machine, or the id of a video of this site. Exits 1 when
    there are findings, and when there is no master playlist to begin with.
    """
    if _VIDEO_ID.fullmatch(target) and not Path(target).exists():

        async def work(services: Services) -> None:
            with only_warnings():  # our own requests are nobody's news
                async with reading_own_site(services, target) as (fetch, url):
                    _show(await _verified(fetch, url), as_json=as_json)

        with_site(work, migrate=False)
    elif "://" in target:
        _show(asyncio.run(_verified_address(target)), as_json=as_json)
    else:
        path = Path(target).resolve()
        _show(asyncio.run(_verified(from_folder(path.parent), path.as_uri())), as_json=as_json)


async def _verified_address(url: str) -> Verified:
    async with aiohttp.ClientSession() as session:
        return await _verified(over_http(session.get), url)


async def _verified(fetch: Fetch, url: str) -> Verified:
    try:
        return await verified(fetch, url)
    except (NotFetched, NotAPlaylist) as error:
        raise click.ClickException(f"there is nothing to verify: {error}") from error


def _show(found: Verified, *, as_json: bool) -> None:
    click.echo(json.dumps(_as_json(found), indent=2) if as_json else "\n".join(_as_text(found)))
    if found.findings:
        sys.exit(1)


def _as_json(found: Verified) -> dict[str, object]:
    return {**asdict(found), "findings": [{**asdict(each), "remedy": each.remedy} for each in found.findings]}


def _as_text(found: Verified) -> Iterator[str]:
    yield from _table(found.renditions)
    yield from (f"note: {note}" for note in found.notes)
    yield ""
    for each in found.findings:
        yield _told(each)
    yield f"Findings: {len(found.findings)}." if found.findings else "All is well: every rule is kept."


def _told(finding: Finding) -> str:
    return f"FAIL  {finding}\n        → {finding.remedy}"


def _table(renditions: tuple[Summary, ...]) -> Iterator[str]:
    rows = [_HEADINGS, *(_row(each) for each in renditions)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(summary: Summary) -> tuple[str, ...]:
    name, kind, segments, ended, *rest = astuple(summary)
    count = f"{segments}" if ended else f"{segments}, growing"
    return (name, kind, count, *("-" if value is None else str(value) for value in rest))
