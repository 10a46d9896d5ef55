"""Creators and the processing of a video: time left, stop, try again, the log, and another file for it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from core.models import Job, JobState, Role, Upload, User, Video
from core.testing.sites import Site
from plugins.studio.words import about_left
from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.test_pages import flaws_of
from tests.browser.uploading import PARTS, Line, choose, expect_whole, film, sign_in, stored, until
from tests.fakes.transcoder_instant import instant_video

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOOKS = pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])


async def a_video(site: Site, owner: User, *, processed: bool = True) -> str:
    """Upload a video as its owner; return its id."""
    upload = await site.upload(await site.browser(owner), instant_video(codec="vp9"), title="Night lake")
    if processed:
        await site.work()
    return str(upload["video_id"])


async def begin_encoding(video_id: str) -> Job:
    """Put a video where a worker has looked at it and begins with its only chunk."""
    now = datetime.now(UTC)
    begun = now - timedelta(seconds=80)
    probe = await Job.get(subject=video_id, kind="videos.probe", state=JobState.READY)
    await Job.filter(id=probe.id).update(
        state=JobState.DONE, worker="here:1:a", started_at=begun, finished_at=begun, attempts=1
    )
    chunk = {"index": 0, "first_segment": 0, "cuts": [0, 120], "end": None, "with_sound": True}
    return await Job.create(
        kind="videos.chunk",
        subject=video_id,
        payload={**probe.payload, "run": probe.id, "chunk": chunk},
        state=JobState.RUNNING,
        run_at=begun,
        started_at=begun,
        lease_until=now + timedelta(hours=1),
        attempts=1,
        fence=1,
        worker="here:1:a",
    )


async def go_to(page: Page, site: Site, user: User, path: str) -> None:
    """Go to a page of the site as its user; no transition blurs what is looked at."""
    await page.emulate_media(reduced_motion="reduce")
    await sign_in(page, site, user)
    await page.goto(site.url + path)


async def test_scripts_and_server_say_the_time_left_in_the_same_words(
    disk_site: Site, ada: User, open_page: OpenPage
) -> None:
    page = await open_page()
    await go_to(page, disk_site, ada, "/studio/upload")
    seconds = [None, 0, 9, 10, 11, 54, 55, 89, 90, 91, 150, 5369, 5370, 7020, 8040, 86400]
    script = """async (seconds) => {
        const { aboutLeft } = await import("studio/format.js");
        return seconds.map(aboutLeft);
    }"""
    assert await page.evaluate(script, seconds) == [about_left(each) for each in seconds]


@LOOKS
async def test_a_running_step_says_how_long_it_takes_and_nothing_moves(
    size: tuple[int, int], scheme: str, disk_site: Site, ada: User, open_page: OpenPage
) -> None:
    video_id = await a_video(disk_site, ada, processed=False)
    job = await begin_encoding(video_id)
    page = await open_page(size, scheme)
    await go_to(page, disk_site, ada, f"/studio/videos/{video_id}")
    step = page.locator(".steps li").last
    await expect(step.locator("[data-word]")).to_have_text("0%")
    await expect(step.locator("[data-left]")).to_have_text("")
    before = await page.locator(".status__acts").bounding_box()

    await Job.filter(id=job.id).update(progress=0.43)
    await expect(step.locator("[data-word]")).to_have_text("43%")
    await expect(step.locator("[data-left]")).to_have_text("about 2 min left")
    await expect(page).to_have_title("40% · Processing · Night lake · Mutoscope")
    assert await page.locator(".status__acts").bounding_box() == before
    assert await flaws_of(page, f"edit-encoding-{size[0]}-{scheme}") == []

    await page.get_by_role("button", name="Stop processing").click()
    await expect(page.locator("[data-badge]")).to_have_text("Stopped")
    await expect(page.get_by_text("The file is kept; try again at any time.")).to_be_visible()
    await expect(page.get_by_role("button", name="Stop processing")).to_be_hidden()
    assert await flaws_of(page, f"edit-stopped-{size[0]}-{scheme}") == []
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("[data-badge]")).to_have_text("Processing")
    await disk_site.work()
    await expect(page.locator("[data-badge]")).to_have_text("Ready")
    await expect(page.get_by_role("button", name="Stop processing")).to_be_hidden()


async def test_processing_is_stopped_and_tried_again_without_scripts(
    disk_site: Site, ada: User, open_page: OpenPage
) -> None:
    video_id = await a_video(disk_site, ada, processed=False)
    page = await open_page(scripts=False)
    await go_to(page, disk_site, ada, f"/studio/videos/{video_id}")
    await page.get_by_role("button", name="Stop processing").click()
    await expect(page.locator("[data-badge]")).to_have_text("Stopped")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("[data-badge]")).to_have_text("Processing")
    await disk_site.work()
    await page.reload()
    await expect(page.locator("[data-badge]")).to_have_text("Ready")
    await page.get_by_text("Processing log").click()
    await expect(page.get_by_role("cell", name="encoded, codec vp9").last).to_be_visible()


async def test_the_upload_page_stops_and_tries_again(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page()
    await go_to(page, disk_site, ada, "/studio/upload")
    await choose(page, film(tmp_path / "lake.mp4"))
    await expect_whole(page)
    await page.get_by_role("button", name="Stop processing").click()
    await expect(page.get_by_text("It was stopped. The file is kept; try again at any time.")).to_be_visible()
    again = page.get_by_role("button", name="Try again")
    await expect(again).to_be_focused()
    await again.click()
    await expect(page.get_by_text("You can close this page; it goes on.")).to_be_visible()
    await disk_site.work()
    await expect(page.get_by_role("link", name="Watch now")).to_be_visible()


@LOOKS
async def test_the_log_says_what_was_done_where_and_why(
    size: tuple[int, int], scheme: str, disk_site: Site, open_page: OpenPage
) -> None:
    root = await disk_site.user("root", Role.ADMIN)
    video_id = await a_video(disk_site, root)
    await Job.filter(subject=video_id, kind="videos.chunk").update(
        state=JobState.FAILED, error_code="no_progress", error_detail="frame= 12 fps=0.0\nConversion failed!"
    )
    page = await open_page(size, scheme)
    await go_to(page, disk_site, root, f"/studio/videos/{video_id}")
    log = page.get_by_role("group", name="Processing log")
    await expect(log).to_be_hidden()
    await page.get_by_text("Processing log").click()
    for words in ("encoded, codec vp9", "came to a halt", "no_progress", "Conversion failed!", "to storage_disk"):
        await expect(log).to_contain_text(words)
    await log.scroll_into_view_if_needed()
    assert await flaws_of(page, f"edit-log-{size[0]}-{scheme}") == []


@LOOKS
async def test_a_file_is_replaced_through_a_pause_and_a_reload(
    size: tuple[int, int], scheme: str, disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    suffix = f"{size[0]}-{scheme}"
    video_id = await a_video(disk_site, ada)
    old = (await Video.get(id=video_id)).current_set_id
    page = await open_page(size, scheme, failing=True)
    line = await Line(page).attach()
    line.hold(range(9, PARTS + 1))
    await go_to(page, disk_site, ada, f"/studio/videos/{video_id}")
    await page.get_by_role("link", name="Replace the file").click()
    await expect(page.get_by_text("address stays the same")).to_be_visible()
    flaws = await flaws_of(page, f"replace-{suffix}")

    new = film(tmp_path / "lake, better.mp4")
    await choose(page, new)
    await until(line.held)
    await expect(page.get_by_label("Title")).to_have_count(0)
    flaws += await flaws_of(page, f"replace-sending-{suffix}")
    await page.get_by_role("button", name="Pause").click()
    await line.cut()
    await page.reload()
    await expect(page.get_by_role("heading", name="Unfinished uploads")).to_be_visible()
    flaws += await flaws_of(page, f"replace-unfinished-{suffix}")
    await page.get_by_role("link", name="Night lake").click()
    await expect(page.get_by_text("The upload of another file, lake, better.mp4, is not complete.")).to_be_visible()
    flaws += await flaws_of(page, f"edit-replacing-{suffix}")
    await page.get_by_role("link", name="Continue it").click()
    line.sent.clear()
    await page.get_by_label("Choose the file").set_input_files(new)
    await expect(page.get_by_role("link", name="Back to the video")).to_be_visible()
    assert len(line.sent) == PARTS - 8
    assert (await stored(disk_site))[-1] == new.read_bytes()

    await expect(page.get_by_text("The version before plays until the new one is ready.")).to_be_visible()
    assert (await Video.get(id=video_id)).current_set_id == old
    flaws += await flaws_of(page, f"replace-accepted-{suffix}")
    await disk_site.work()
    await expect(page.get_by_role("link", name="Watch now")).to_be_visible()
    await page.get_by_role("link", name="Back to the video").click()
    await expect(page.get_by_role("heading", name="Night lake")).to_be_visible()
    await expect(page.get_by_role("link", name="Download the original")).to_have_attribute("download", new.name)
    assert (await Video.get(id=video_id)).current_set_id != old
    assert flaws == []


async def test_a_file_that_replaces_and_one_that_does_not_are_kept_apart(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    video_id, new = await a_video(disk_site, ada), film(tmp_path / "lake.mp4")
    page = await open_page(failing=True)
    line = await Line(page).attach()
    line.hold(range(5, PARTS + 1))
    await go_to(page, disk_site, ada, f"/studio/videos/{video_id}/replace")
    await choose(page, new)
    await until(line.held)

    other = await page.context.new_page()
    await other.goto(f"{disk_site.url}/studio/upload")
    await expect(other.get_by_role("link", name="Continue")).to_have_attribute(
        "href", f"/studio/videos/{video_id}/replace"
    )
    await choose(other, new)
    await expect_whole(other)
    assert await Video.all().count() == 2
    await other.goto(f"{disk_site.url}/studio/upload")
    await other.get_by_role("button", name="Discard").click()
    await expect(other.get_by_text("The video stays as it is.")).to_be_visible()
    await other.get_by_role("button", name="Discard it").click()
    await expect(other.get_by_role("heading", name="Unfinished uploads")).to_be_hidden()
    await line.let_go()
    await expect(page.get_by_text("This upload was cancelled elsewhere")).to_be_visible()
    assert (await Video.get(id=video_id)).deleted_at is None


async def test_only_one_file_takes_the_place_of_another(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    video_id = await a_video(disk_site, ada)
    page = await open_page()
    await go_to(page, disk_site, ada, f"/studio/videos/{video_id}/replace")
    await choose(page, film(tmp_path / "lake.mp4"))
    await expect(page.get_by_role("link", name="Back to the video")).to_be_visible()
    await choose(page, film(tmp_path / "sea.mp4", seed=1))
    await expect(page.get_by_role("alert").filter(has_text="sea.mp4 was left out")).to_be_visible()
    assert await Upload.all().count() == 2


async def test_a_full_quota_refuses_the_new_file_in_words(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video_id = await a_video(disk_site, ada)
    monkeypatch.setitem(disk_site.services.settings.core.uploads.__dict__, "quota", 2000)  # it is frozen
    page = await open_page(failing=True)
    await go_to(page, disk_site, ada, f"/studio/videos/{video_id}/replace")
    await choose(page, film(tmp_path / "lake.mp4"))
    await expect(page.get_by_text("To make room, delete a video for good or cancel an upload.")).to_be_visible()
