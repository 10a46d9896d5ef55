"""Following the processing: time left, stop, try again, and the log of what was done."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest

from core.models import Job, JobState, Role, Video
from core.testing.sites import Browser, Site
from plugins.studio.words import about_left, how_long
from tests.fakes.transcoder_instant import instant_video
from tests.plugins.studio.conftest import NO_VIDEO, MakeVideo

STOP = re.compile(r'action="[^"]*/stop" data-stop( hidden)?>')
RETRY = re.compile(r'action="[^"]*/retry" data-retry( hidden)?>')


async def page_of(browser: Browser, video_id: str) -> str:
    answer = await browser.get(f"/studio/videos/{video_id}")
    assert answer.status == 200
    return answer.text


def offered(button: re.Pattern[str], page: str) -> bool:
    found = button.search(page)
    assert found, page
    return found[1] is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (1, "a few seconds left"),
        (10, "about 10 s left"),
        (41, "about 50 s left"),
        (55, "about 1 min left"),
        (132, "about 2 min left"),
        (89 * 60, "about 89 min left"),
        (117 * 60, "about 2 h left"),
        (8040, "about 2 h 10 min left"),
    ],
)
def test_time_left_is_said_coarsely(seconds: int | None, words: str) -> None:
    assert about_left(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "–"), (0.04, "0.0 s"), (9.5, "9.5 s"), (59.4, "59 s"), (185, "3 min 5 s"),
                           (3840, "1 h 4 min")],
)  # fmt: skip
def test_duration_is_said_in_two_units_at_most(seconds: float | None, words: str) -> None:
    assert how_long(seconds) == words


async def test_running_step_says_percent_and_time_left(studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video(processed=False)
    begun = datetime.now(UTC) - timedelta(seconds=80)
    await Job.filter(kind="videos.probe").update(state=JobState.RUNNING, progress=0.43, started_at=begun)
    page = await page_of(studio, video_id)
    assert 'data-word>43%</span><span class="num" data-left>about 2 min left</span>' in page
    assert page.count("data-left></span>") == page.count("data-left>") - 1


async def test_work_under_way_can_be_stopped_and_tried_again(
    site: Site, studio: Browser, make_video: MakeVideo
) -> None:
    video_id = await make_video(processed=False)
    path = f"/studio/videos/{video_id}"
    page = await page_of(studio, video_id)
    assert (offered(STOP, page), offered(RETRY, page)) == (True, False)

    answer = await studio.post(f"{path}/stop")
    assert (answer.status, answer.headers["Location"]) == (303, path)
    page = await page_of(studio, video_id)
    assert ">Stopped</span>" in page
    assert "The file is kept; try again at any time." in page
    assert (offered(STOP, page), offered(RETRY, page)) == (False, True)
    assert ">Stopped</span>" in (await studio.get("/studio")).text
    await site.work()
    assert (await Video.get(id=video_id)).current_set_id is None
    assert "Processing was stopped" in (await studio.get(f"/watch/{video_id}")).text

    await studio.post(f"{path}/retry")
    await site.work()
    page = await page_of(studio, video_id)
    assert ">Ready</span>" in page
    assert (offered(STOP, page), offered(RETRY, page)) == (False, False)


async def test_stopping_twice_or_too_late_changes_nothing(site: Site, studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video(processed=False)
    stop = f"/studio/videos/{video_id}/stop"
    answers = await asyncio.gather(*(studio.post(stop) for _ in range(3)))
    assert {answer.status for answer in answers} == {303}
    assert ">Stopped</span>" in await page_of(studio, video_id)

    await studio.post(f"/studio/videos/{video_id}/retry")
    await site.work()
    before = await Video.get(id=video_id)
    assert (await studio.post(stop)).status == 303
    assert (await studio.api("POST", f"/videos/{video_id}/cancel", {})).json["state"] == "published"
    await site.work()
    assert ">Ready</span>" in await page_of(studio, video_id)
    assert (await Video.get(id=video_id)).current_set_id == before.current_set_id
    assert (await studio.get(f"/watch/{video_id}")).status == 200


async def test_stopping_is_for_the_owner_by_a_form_of_ours(site: Site, studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video(processed=False)
    stop = f"/studio/videos/{video_id}/stop"
    other = await site.browser(await site.user("bob", Role.CREATOR))
    assert (await other.post(stop)).status == 404
    assert (await studio.post(stop, headers={"Origin": "https://evil.example"})).status == 403
    assert (await studio.get(stop)).status == 405
    assert ">Processing</span>" in await page_of(studio, video_id)


async def test_failed_replacement_says_that_the_old_version_plays(
    site: Site, studio: Browser, make_video: MakeVideo
) -> None:
    video_id = await make_video()
    await site.upload(studio, NO_VIDEO, replaces=video_id)
    await site.work()
    page = await page_of(studio, video_id)
    assert ">Failed</span>" in page
    assert "It can still be watched as it was." in page
    assert (offered(STOP, page), offered(RETRY, page)) == (False, True)
    assert (await studio.get(f"/watch/{video_id}")).status == 200


async def test_log_is_a_table_that_needs_no_script(studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video(content=instant_video(codec="vp9"))
    page = await page_of(studio, video_id)
    assert '<details class="panel log" id="log">' in page
    for words in ("Check the file", "Encode all qualities", "180 pictures", "Picture: encoded, codec vp9", "In all"):
        assert words in page
    assert "Where</th>" not in page
    assert '<details class="panel log" id="log" open>' in (await studio.get(f"/studio/videos/{video_id}?log=1")).text


async def test_log_escapes_what_programs_write(site: Site) -> None:
    admin = await site.browser(await site.user("root", Role.ADMIN))
    video_id = (await site.upload(admin, instant_video()))["video_id"]
    await site.work()
    poison = "<script>alert(1)</script>{{ 7 * 7 }}"
    await Job.filter(kind="videos.chunk").update(error_detail=poison, worker=poison[:80])
    page = await page_of(admin, video_id)
    assert "<script>alert" not in page
    assert "{{ 7 * 7 }}" in page
    assert "Where</th>" in page


async def test_log_tells_administrators_of_every_try(site: Site, studio: Browser, make_video: MakeVideo) -> None:
    first = {"worker": "mill:7", "begun_at": "2026-11-23T09:00:00+00:00", "seconds": 61, "cpu_seconds": 9.5}
    tries = [{**first, "written_bytes": 7000, "error": "<b>killed</b>"}, {**first, "worker": "mill:8", "waits": 3}]
    admin = await site.browser(await site.user("root", Role.ADMIN))
    video_id = (await site.upload(admin, instant_video()))["video_id"]
    for job in await Job.filter(kind="videos.probe"):
        job.notes, job.worker = {"tries": tries}, "mill:8"
        await job.save()
    page = await page_of(admin, video_id)
    assert "2026-11-23 09:00:00 UTC, mill:7: 1 min 1 s, processor 9.5 s, 7" in page.replace("&nbsp;", " ")
    assert "mill:8: 1 min 1 s, processor 9.5 s, – written, 3 looks for room" in page
    assert "&lt;b&gt;killed" in page
    assert "Every try" not in await page_of(studio, await make_video())


async def test_video_that_waits_for_room_says_so(studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video(processed=False)
    await Job.filter(kind="videos.probe").update(error_code="storage_full")
    page = await page_of(studio, video_id)
    assert "no space left for this video at the moment. It goes on by itself as soon as there is room." in page


async def test_draft_has_no_log_and_nothing_to_stop(studio: Browser, draft: str) -> None:
    page = await page_of(studio, draft)
    assert "Processing log" not in page
    for act in ("stop", "retry", "replace"):
        assert f"{draft}/{act}" not in page
