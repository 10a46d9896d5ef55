"""What is read, from where, and how much of it at once."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from core.testing.verified import assert_verified
from core.verifying import NotAPlaylist, NotFetched, Rule, from_folder, measured, over_http, verify
from tests.core.verifying.hls_tree import replace


@pytest.fixture
async def served(tree: Path) -> AsyncIterator[str]:
    """The address of the tree on a server."""
    app = web.Application()
    app.router.add_static("/", tree)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_address_is_read_as_a_file_is(served: str, good_tree: Path) -> None:
    over_network = await assert_verified(f"{served}/master.m3u8")
    from_disk = await assert_verified(good_tree / "master.m3u8")
    assert over_network.renditions == from_disk.renditions


async def test_missing_segment_is_named_with_the_answer(served: str, tree: Path) -> None:
    (tree / "audio_1.m4s").unlink()
    async with aiohttp.ClientSession() as session:
        (finding,) = (await verify(over_http(session.get), f"{served}/master.m3u8")).findings
    assert (finding.rule, finding.rendition) == (Rule.REACHABLE, "audio")
    assert f"{served}/audio_1.m4s answers 404" in finding.detail


async def test_address_that_nobody_listens_at_is_not_fetched() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(NotFetched, match="cannot be read"):
            await verify(over_http(session.get), "http://127.0.0.1:1/master.m3u8")


async def test_media_playlist_is_no_master(good_tree: Path) -> None:
    with pytest.raises(NotAPlaylist, match="give the address of the master playlist"):
        await verify(from_folder(good_tree), (good_tree / "low.m3u8").as_uri())


async def test_folder_is_not_left(tree: Path) -> None:
    outside = tree.parent / "outside.m3u8"
    outside.write_bytes((tree / "low.m3u8").read_bytes())
    replace(tree / "master.m3u8", "\nlow.m3u8", "\n../outside.m3u8")
    findings = (await verify(from_folder(tree), (tree / "master.m3u8").as_uri())).findings
    assert [(each.rule, each.rendition) for each in findings] == [(Rule.REACHABLE, "outside")]


async def test_growing_playlist_is_verified_as_far_as_it_is(tree: Path) -> None:
    playlist = tree / "low.m3u8"
    lines = playlist.read_text().splitlines()
    playlist.write_text("\n".join(lines[:-3]) + "\n")  # the last segment, its EXTINF, and EXT-X-ENDLIST
    found = await assert_verified(tree / "master.m3u8")
    assert found.notes == ("still growing, verified as far as they are (no EXT-X-ENDLIST): low",)
    assert [(each.ended, each.frames) for each in found.renditions[:2]] == [(True, 100), (False, 75)]


async def test_captions_are_listed(tree: Path) -> None:
    captions = '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="English",URI="en.m3u8"\n'
    replace(tree / "master.m3u8", "#EXT-X-STREAM-INF", captions + "#EXT-X-STREAM-INF")
    assert (await assert_verified(tree / "master.m3u8")).notes == ("listed, not verified: subtitles 'English'",)


async def test_few_segments_are_on_disk_however_many_there_are(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(measured, "_BATCH_SEGMENTS", 2)
    fetch, counts = from_folder(tree), []

    async def counted(url: str) -> bytes:
        counts.append(len(list(folder.glob("*/[0-9]*"))))
        return await fetch(url)

    found = await verify(counted, (tree / "master.m3u8").as_uri())
    assert (max(counts), found.findings) == (1, ())  # the second of a batch is fetched beside the first
    assert list(folder.iterdir()) == []
