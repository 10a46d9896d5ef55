"""Moves between a disk and real S3 stores, with viewers all the while and kill -9 at every step."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiobotocore.session import get_session

from core.models import Job, JobState, StorageCopy, User
from core.storage import StorageKey
from core.testing.sending import content_of, keys_below
from core.testing.sites import Site, open_site
from core.videos.deletion import erase_video
from tests.core.storage_moves.watching import Mover, Viewer, storages_of_rows
from tests.fakes import transcoder_instant
from tests.fakes.transcoder_instant import instant_video
from tests.s3_servers import ACCESS_KEY, SECRET_KEY

pytestmark = pytest.mark.slow

PLUGINS = {"storage_disk": None, "storage_s3": None, "transcoder_instant": transcoder_instant}
MIB = 1024**2
LARGE = instant_video() + b" " * (11 * MIB)  # JSON does not mind; S3 takes it in three parts
COURSES = [
    ("storage_disk", "storage_s3"),
    ("storage_s3", "storage_disk"),
    ("storage_s3", "second"),
    ("second", "storage_disk"),
]
POINTS = ["move:registered", "move:stored", "move:copied", "move:flipping", "move:flipped"]
COMMAND = "from core.commands.storage_move import move; move()"

Opener = Callable[[str], Awaitable[Site]]


async def bucket(store: str) -> dict[str, Any]:
    """Make an empty bucket and return the settings that lead to it."""
    name = f"media-{uuid4().hex[:12]}"
    session = get_session()
    session.set_credentials(ACCESS_KEY, SECRET_KEY)
    async with session.create_client("s3", region_name="us-east-1", endpoint_url=store) as client:
        await client.create_bucket(Bucket=name)
    keys = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
    return {"bucket": name, "endpoint": store, "put_part_size": 5 * MIB, "conditional_writes": False, **keys}


@pytest.fixture
async def buckets(rclone_url: str, moto_url: str) -> dict[str, Any]:
    """Two stores that have nothing in common: `storage_s3` on rclone, `second` on moto."""
    return {**await bucket(rclone_url), "also": {"second": await bucket(moto_url)}}


@pytest.fixture
async def open_with(tmp_path: Path, buckets: dict[str, Any]) -> AsyncIterator[Opener]:
    """Open a site on three storages, one of which takes new objects."""
    async with AsyncExitStack() as stack:

        async def opening(primary: str) -> Site:
            settings = {"storage": {"primary": primary}, "storage_s3": buckets}
            return await stack.enter_async_context(open_site(tmp_path / "data", PLUGINS, settings))

        yield opening


async def a_viewer(site: Site) -> Viewer:
    """Upload and process a large public video, and return a stranger who watches it."""
    creator = await site.user("ada")
    upload = await site.upload(await site.browser(creator), LARGE)
    await site.work()
    return Viewer(await site.browser(), upload["video_id"])


async def stored(site: Site, name: str) -> list[bytes]:
    """Return the content of everything in a storage, whatever its key."""
    storage = site.services.storages[name]
    keys = [key for root in ("videos", "originals") for key in await keys_below(storage, StorageKey(root))]
    return sorted([await content_of(storage, StorageKey(key)) for key in keys])


@pytest.mark.parametrize(("source", "target"), COURSES)
async def test_video_plays_all_the_while_from_one_store_to_another_and_back(
    open_with: Opener, source: str, target: str
) -> None:
    site = await open_with(source)
    viewer, mover = await a_viewer(site), Mover(site)
    before = await stored(site, source)
    async with viewer.watching():
        assert await mover.move(target), mover.said
        assert {*await storages_of_rows()} == {target}
        assert await stored(site, target) == before
        await viewer.watch()
        assert await mover.move(target, back=True), mover.said
        assert await mover.move(target), mover.said
    assert viewer.troubles == []
    await mover.after_six_hours()
    assert (await stored(site, source), await stored(site, target)) == ([], before)
    assert await viewer.watch()
    assert not await Job.filter(state=JobState.FAILED).exists()


@pytest.mark.parametrize(("source", "target"), COURSES)
async def test_moved_video_is_erased_from_the_store_it_has_come_to(open_with: Opener, source: str, target: str) -> None:
    site = await open_with(source)
    viewer, mover = await a_viewer(site), Mover(site)
    assert await mover.move(target), mover.said
    await erase_video(site.services, await User.get(), viewer.video_id)
    await mover.erase()
    await mover.after_six_hours()
    assert (await stored(site, source), await stored(site, target)) == ([], [])
    assert not await Job.filter(state=JobState.FAILED).exists()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_any_step_it_goes_on_and_the_video_plays(
    open_with: Opener, buckets: dict[str, Any], tmp_path: Path, point: str
) -> None:
    site = await open_with("storage_disk")
    viewer, mover = await a_viewer(site), Mover(site)
    before = await stored(site, "storage_disk")
    (tmp_path / "settings.toml").write_text(settings_toml(tmp_path, buckets))
    async with viewer.watching():
        code, said = await command(tmp_path, "--to", "second", fault=point)
        assert code == -signal.SIGKILL, said
        await viewer.watch()
        await mover.die()
        code, said = await command(tmp_path, "--to", "second")
        assert (code, "Nothing is left to be moved." in said) == (0, True), said
    assert viewer.troubles == []
    await mover.after_six_hours()
    assert (await stored(site, "storage_disk"), await stored(site, "second")) == ([], before)
    assert (await viewer.watch(), await StorageCopy.all().count()) == (True, 0)


async def command(folder: Path, *arguments: str, fault: str = "") -> tuple[int, str]:
    """Run `storage move` in a process of its own; return its exit code and what it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MUTOSCOPE_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        COMMAND,
        *arguments,
        cwd=folder,
        env={**kept, "MUTOSCOPE_FAULT": fault, "PYTHONPATH": str(Path.cwd())},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 80)
    assert process.returncode is not None
    return process.returncode, said.decode()


def settings_toml(folder: Path, buckets: dict[str, Any]) -> str:
    """Return the settings of the same site for another process."""

    def table(values: dict[str, Any]) -> str:
        plain = {name: value for name, value in values.items() if name != "also"}
        return "\n".join(
            f"{name} = {str(value).lower() if isinstance(value, bool) else repr(value)}"
            for name, value in plain.items()
        )

    return "\n".join(
        [
            f"data_dir = '{folder / 'data'}'",
            'plugins = ["storage_disk", "storage_s3", "transcode_ffmpeg"]',
            "[storage]\nprimary = 'storage_disk'",
            f"[storage_s3]\n{table(buckets)}",
            f"[storage_s3.also.second]\n{table(buckets['also']['second'])}",
        ]
    )
