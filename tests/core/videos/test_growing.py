"""A video that browsers do not play as it is can be watched while it is made, and its playlists only get longer."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from structlog.typing import EventDict

from core.models import Job, JobState, Rendition, RenditionSet, Video
from core.testing.sites import Browser, Site
from core.transcoding import EncodedSet, Plan
from core.videos.runs import CHUNK, FINISH, PROBE, SOUND
from tests.core.videos import observer
from tests.core.videos.failing import status_of
from tests.core.videos.stages import at_stage, run_only
from tests.fakes.transcoder_instant import InstantTranscoder, instant_video
from tests.threats.watching import links_in

MINUTE = instant_video(seconds=60, codec="vp9")


async def playlists(browser: Browser, video_id: str) -> dict[str, str]:
    """Return the text of each media playlist by its name; none where there is nothing to watch."""
    view = (await browser.api("GET", f"/videos/{video_id}")).json
    if view.get("hls_url") is None:  # strangers do not even know of it
        return {}
    paths = list(links_in((await browser.get(view["hls_url"])).text))
    return {path.rpartition("/")[2].partition(".")[0]: (await browser.get(path)).text for path in paths}


def segments(playlist: str) -> list[str]:
    """Return the addresses of the segments in a playlist, in order."""
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


async def assert_all_there(browser: Browser, texts: dict[str, str]) -> None:
    for text in texts.values():
        for address in links_in(text):
            assert (await browser.get(address)).status == 200, address


def watching(monkeypatch: pytest.MonkeyPatch, browser: Browser) -> list[dict[str, str]]:
    """Read the playlists after each segment that the encoder has finished."""
    seen: list[dict[str, str]] = []
    encode = InstantTranscoder.encode

    async def watched(self: InstantTranscoder, *arguments: Any) -> EncodedSet:
        *others, grown = arguments

        async def grown_and_seen(encoded: EncodedSet) -> None:
            await grown(encoded)
            seen.append(await playlists(browser, (await Video.get()).id))

        return await encode(self, *others, grown_and_seen)  # type: ignore[call-arg]  # as many as it was given

    monkeypatch.setattr(InstantTranscoder, "encode", watched)
    return seen


async def test_it_is_watchable_after_one_segment_and_only_grows(
    site: Site, studio: Browser, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = watching(monkeypatch, client)
    await site.upload(studio, MINUTE)
    await site.work()
    lengths = [len(segments(texts["360p"])) for texts in seen]
    assert (lengths[0], lengths[-1]) == (1, 15)
    assert lengths == sorted(lengths)
    for before, after in pairwise(seen):
        for name, text in before.items():
            assert "#EXT-X-PLAYLIST-TYPE:EVENT" in text
            assert "#EXT-X-ENDLIST" not in text
            assert after[name].startswith(text)


async def test_it_ends_as_a_whole_video_at_the_same_address(site: Site, studio: Browser, client: Browser) -> None:
    video_id = await at_stage(site, studio, "grown")
    growing = (await client.api("GET", f"/videos/{video_id}")).json["hls_url"]
    await site.work()
    assert (await client.api("GET", f"/videos/{video_id}")).json["hls_url"] == growing
    texts = await playlists(client, video_id)
    assert {name: len(segments(text)) for name, text in texts.items()} == {"720p": 15, "360p": 15, "audio": 15}
    for text in texts.values():
        assert "#EXT-X-PLAYLIST-TYPE:VOD" in text
        assert text.endswith("#EXT-X-ENDLIST\n")
    await assert_all_there(client, texts)


async def test_chunks_that_end_out_of_order_are_shown_in_order(site: Site, studio: Browser, client: Browser) -> None:
    video_id = await at_stage(site, studio, "chunks")
    await run_only(site, [SOUND])
    first, second, third = await Job.filter(kind=CHUNK).order_by("run_at")
    for job, expected in ((third, 0), (first, 5), (second, 15)):
        await Job.filter(kind=CHUNK).exclude(id=job.id).filter(state=JobState.READY).update(state=JobState.FAILED)
        await run_only(site, [CHUNK])
        await Job.filter(kind=CHUNK, state=JobState.FAILED).update(state=JobState.READY)
        texts = await playlists(client, video_id)
        assert len(segments(texts["360p"])) == expected if expected else texts == {}
    names = [address.partition("?")[0].rpartition("_")[2] for address in segments(texts["360p"])]
    assert names == [f"{number:05}.m4s" for number in range(15)]


async def test_nothing_is_shown_before_its_sound_is_there(site: Site, studio: Browser, client: Browser) -> None:
    video_id = await at_stage(site, studio, "chunks")
    await run_only(site, [CHUNK])
    assert await playlists(client, video_id) == {}
    await run_only(site, [SOUND])
    texts = await playlists(client, video_id)
    assert {name: len(segments(text)) for name, text in texts.items()} == {"720p": 15, "360p": 15, "audio": 15}
    assert await Job.filter(kind=FINISH).count() == 1


@pytest.mark.slow
async def test_another_attempt_at_a_chunk_takes_nothing_away_from_who_watches(
    site: Site, studio: Browser, client: Browser, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    encode, seen = InstantTranscoder.encode, list[dict[str, str]]()

    async def dies_once(self: InstantTranscoder, *arguments: Any) -> EncodedSet:
        *others, grown = arguments

        async def grown_or_dead(encoded: EncodedSet) -> None:
            await grown(encoded)
            texts = await playlists(client, (await Video.get()).id)
            await assert_all_there(client, texts)
            seen.append(texts)
            if len(seen) == 4:
                raise OSError("the worker is gone")

        return await encode(self, *others, grown_or_dead)  # type: ignore[call-arg]  # as many as it was given

    monkeypatch.setattr(InstantTranscoder, "encode", dies_once)
    video_id = str((await site.upload(studio, MINUTE))["video_id"])
    await site.work()
    lengths = [len(segments(texts["360p"])) for texts in seen if texts]
    assert lengths == sorted(lengths)
    for before, after in pairwise(seen):
        assert all(after[name].startswith(text) for name, text in before.items())
    # Who read a playlist just before the end may play on by it.
    await assert_all_there(client, seen[-1])
    await assert_all_there(client, await playlists(client, video_id))
    assert (await status_of(client, video_id))["state"] == "published"
    logs.clear()


async def test_run_that_replaces_another_is_not_shown_before_it_is_complete(
    site: Site, studio: Browser, client: Browser
) -> None:
    video_id = await at_stage(site, studio, "grown")
    await site.work()
    before = await playlists(client, video_id)
    await studio.api("POST", f"/videos/{video_id}/retry", {})
    for kind in (PROBE, SOUND, CHUNK):
        await run_only(site, [kind])
        assert await playlists(client, video_id) == before
    await site.work()
    assert segments((await playlists(client, video_id))["360p"]) != segments(before["360p"])
    assert await RenditionSet.filter(complete=True).count() == 2


async def test_plugins_are_asked_once_whether_it_may_be_seen_and_not_at_every_segment(
    site: Site, studio: Browser, watch: observer.Watch
) -> None:
    await site.upload(studio, MINUTE)
    await run_only(site, [PROBE])
    await run_only(site, [SOUND])
    await run_only(site, [CHUNK])
    assert len(watch.titles) < 10
    await site.work()
    assert watch.heard == ["uploaded", "playable", "published", "processed"]


async def test_set_that_grows_knows_the_bytes_of_what_it_shows(site: Site, studio: Browser) -> None:
    await at_stage(site, studio, "grown")
    row = await RenditionSet.get()
    shown = [segment for each in await Rendition.all() for segment in each.segments]
    assert row.growing
    assert row.size == sum(size for _, _, size in shown) > 0


SOUNDS: Sequence[str | None] = ("eng", "deu", None)


@pytest.mark.parametrize("codec", ["h264", "vp9"])
@pytest.mark.parametrize("seconds", [6, 60])
async def test_every_sound_is_listed_once_with_its_language(
    site: Site, studio: Browser, client: Browser, codec: str, seconds: float
) -> None:
    content = instant_video(seconds=seconds, codec=codec, tracks=3, languages=SOUNDS)
    video_id = str((await site.upload(studio, content))["video_id"])
    await site.work()
    view = (await client.api("GET", f"/videos/{video_id}")).json
    master = (await client.get(view["hls_url"])).text
    media = [line for line in master.splitlines() if line.startswith("#EXT-X-MEDIA")]
    assert [line.partition('LANGUAGE="')[2].partition('"')[0] for line in media] == ["eng", "deu", ""]
    assert [line.partition("DEFAULT=")[2].partition(",")[0] for line in media] == ["YES", "NO", "NO"]
    assert len({line.partition('NAME="')[2].partition('"')[0] for line in media}) == 3
    await assert_all_there(client, await playlists(client, video_id))


@pytest.mark.parametrize("keyframes", ["regular", "irregular"])
@pytest.mark.parametrize("seconds", [6, 60])
async def test_copy_on_the_grid_stays_the_top_rung_cut_where_the_others_are(
    site: Site, studio: Browser, client: Browser, keyframes: Any, seconds: float
) -> None:
    video_id = str((await site.upload(studio, instant_video(seconds=seconds, keyframes=keyframes)))["video_id"])
    await run_only(site, [PROBE])
    await run_only(site, ["videos.copy"])
    copied = await playlists(client, video_id)
    await site.work()
    texts = await playlists(client, video_id)
    assert texts["720p"] == copied["720p"]
    cuts = {name: [line for line in text.splitlines() if "EXTINF" in line] for name, text in texts.items()}
    assert cuts["720p"] == cuts["360p"]
    await assert_all_there(client, texts)


async def test_copy_off_the_grid_is_left_out_of_the_whole_and_plays_on_for_who_began_with_it(
    site: Site, studio: Browser, client: Browser
) -> None:
    video_id = str((await site.upload(studio, instant_video(seconds=60, keyframes="none")))["video_id"])
    await run_only(site, [PROBE])
    await run_only(site, ["videos.copy"])
    copied = await playlists(client, video_id)
    await site.work()
    texts = await playlists(client, video_id)
    assert not set(segments(texts["720p"])) & set(segments(copied["720p"]))
    assert texts["audio"] == copied["audio"]
    await assert_all_there(client, texts)
    await assert_all_there(client, copied)


async def test_video_whose_copy_is_the_only_rung_is_complete_with_it(
    site: Site, studio: Browser, client: Browser
) -> None:
    video_id = str((await site.upload(studio, instant_video(size=(320, 180), seconds=60)))["video_id"])
    await site.work()
    assert (await status_of(client, video_id))["state"] == "published"
    assert set(await playlists(client, video_id)) == {"180p", "audio"}


@pytest.mark.parametrize("codec", ["h264", "vp9"])
async def test_video_without_sound_is_watched_too(site: Site, studio: Browser, client: Browser, codec: str) -> None:
    video_id = str((await site.upload(studio, instant_video(seconds=60, audio=False, codec=codec)))["video_id"])
    await site.work()
    assert set(await playlists(client, video_id)) == {"720p", "360p"}
    assert not await Job.filter(kind=SOUND).exists()


async def test_chunk_behind_the_end_of_the_pictures_ends_the_video(
    site: Site, studio: Browser, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = InstantTranscoder.encode

    async def ends_early(self: InstantTranscoder, source: Any, plan: Plan, chunk: Any, *others: Any) -> EncodedSet:
        if chunk.end is None:
            return EncodedSet(renditions=(), duration=0)
        return await encode(self, source, plan, chunk, *others)

    monkeypatch.setattr(InstantTranscoder, "encode", ends_early)
    # The last chunk of five is short enough to be an error of the announced length.
    upload = await site.upload(studio, instant_video(seconds=101, codec="vp9", audio=False))
    monkeypatch.setattr("core.videos.chunking._count", lambda *_: 26)
    monkeypatch.setattr("core.videos.chunking._firsts", lambda _, cuts, *__: [0, len(cuts) - 1, len(cuts)])
    await asyncio.wait_for(site.work(), 20)
    assert (await status_of(client, upload["video_id"]))["state"] == "published"
    texts = await playlists(client, upload["video_id"])
    assert {len(segments(text)) for text in texts.values()} == {25}
