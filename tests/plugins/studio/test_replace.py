"""Replacing the file of a video: the page, and what the API makes of it. The journey is tested in a browser."""

import re

import pytest

from core.models import Role, Upload, Video
from core.testing.sites import Browser, Site
from tests.fakes.transcoder_instant import instant_video
from tests.plugins.studio.conftest import NO_VIDEO, MakeVideo

NEW = {"file_name": "better.mp4", "size": 2000, "content_type": "video/mp4"}


async def test_page_says_what_will_happen_and_asks_for_no_texts(studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video("Night lake")
    page = await studio.get(f"/studio/videos/{video_id}/replace")
    assert page.status == 200
    for words in ("Night lake", "address</b> stays the same", "old version plays", "old file is deleted", "both files"):
        assert words in page.text
    assert f'data-replaces="{video_id}"' in page.text
    for field in ('name="title"', "<textarea", 'name="visibility"', " multiple>"):
        assert field not in page.text
    assert f'href="/studio/videos/{video_id}/replace"' in (await studio.get(f"/studio/videos/{video_id}")).text


async def test_new_file_takes_over_and_everything_else_stays(
    site: Site, studio: Browser, make_video: MakeVideo
) -> None:
    video_id = await make_video("Night lake", description="One tent.", visibility="unlisted")
    before = await Video.get(id=video_id)
    upload = await site.upload(studio, instant_video(seconds=8), replaces=video_id, title="Another", file_name="b.mp4")
    assert upload["video_id"] == video_id
    page = (await studio.get(f"/studio/videos/{video_id}")).text
    assert "The version before plays until the new one is ready." in page
    assert (await Video.get(id=video_id)).current_set_id == before.current_set_id

    await site.work()
    after = await Video.get(id=video_id).select_related("current_set")
    assert (after.title, after.description, after.link_key) == ("Night lake", "One tent.", before.link_key)
    assert after.current_set_id != before.current_set_id
    assert after.current_set is not None
    assert after.current_set.duration == 8
    assert 'download="b.mp4"' in (await studio.get(f"/studio/videos/{video_id}")).text


async def test_open_upload_says_that_it_replaces_a_file(studio: Browser, make_video: MakeVideo, draft: str) -> None:
    video_id = await make_video()
    created = (await studio.api("POST", "/uploads", NEW | {"replaces": video_id})).json
    assert created["replaces"] is True
    listed = (await studio.api("GET", "/uploads")).json["items"]
    assert {item["video_id"]: item["replaces"] for item in listed} == {draft: False, video_id: True}
    page = (await studio.get(f"/studio/videos/{video_id}")).text
    assert "The upload of another file, better.mp4, is not complete." in page


async def test_cancelled_replacement_leaves_the_video_as_it_was(
    site: Site, studio: Browser, make_video: MakeVideo
) -> None:
    video_id = await make_video("Night lake")
    created = (await studio.api("POST", "/uploads", NEW | {"replaces": video_id})).json
    assert (await studio.api("DELETE", f"/uploads/{created['id']}")).status == 204
    await site.work()
    page = (await studio.get(f"/studio/videos/{video_id}")).text
    assert ">Ready</span>" in page
    assert "is not complete" not in page
    assert (await studio.get(f"/watch/{video_id}")).status == 200


async def test_stopped_replacement_keeps_the_old_version_and_can_be_tried_again(
    site: Site, studio: Browser, make_video: MakeVideo
) -> None:
    video_id = await make_video()
    old = (await Video.get(id=video_id)).current_set_id
    await site.upload(studio, instant_video(seconds=8), replaces=video_id)
    await studio.post(f"/studio/videos/{video_id}/stop")
    await site.work()
    assert (await Video.get(id=video_id)).current_set_id == old
    page = (await studio.get(f"/studio/videos/{video_id}")).text
    assert "What can be watched stays; try again at any time, or keep the old version" in page
    await studio.post(f"/studio/videos/{video_id}/retry")
    await site.work()
    assert (await Video.get(id=video_id)).current_set_id != old


async def test_file_of_others_cannot_be_replaced(site: Site, make_video: MakeVideo) -> None:
    video_id = await make_video()
    other = await site.browser(await site.user("bob", Role.ADMIN))
    for each in (video_id, "0" * 16):
        assert (await other.get(f"/studio/videos/{each}/replace")).status == 404
        assert (await other.api("POST", "/uploads", NEW | {"replaces": each})).status == 404
    assert await Upload.all().count() == 1


async def test_draft_has_no_file_to_replace(studio: Browser, draft: str) -> None:
    page = await studio.get(f"/studio/videos/{draft}/replace")
    assert page.status == 409
    assert "The first upload of this video is not complete." in page.text
    answer = await studio.api("POST", "/uploads", NEW | {"replaces": draft})
    assert (answer.status, answer.json["code"]) == (409, "no_original")


async def test_file_of_a_deleted_video_cannot_be_replaced(studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video()
    await studio.api("DELETE", f"/videos/{video_id}")
    assert (await studio.get(f"/studio/videos/{video_id}/replace")).status == 404
    assert (await studio.api("POST", "/uploads", NEW | {"replaces": video_id})).status == 404


@pytest.mark.parametrize("replaces", ["", "x", "A" * 16, "0" * 17, 7, ["0" * 16]])
async def test_made_up_id_is_refused(studio: Browser, replaces: object) -> None:
    answer = await studio.api("POST", "/uploads", NEW | {"replaces": replaces})
    assert (answer.status, list(answer.json["errors"])) == (422, ["replaces"])


KEEP = re.compile(r'action="[^"]*/keep" data-keep( hidden)?>')


async def keep_is_offered(browser: Browser, video_id: str) -> bool:
    found = KEEP.search((await browser.get(f"/studio/videos/{video_id}")).text)
    assert found
    return found[1] is None


@pytest.mark.parametrize("how", ["failed", "stopped"])
async def test_old_version_can_be_kept_without_scripts(
    site: Site, studio: Browser, make_video: MakeVideo, how: str
) -> None:
    video_id = await make_video()
    path, old = f"/studio/videos/{video_id}", (await Video.get(id=video_id)).current_set_id
    await site.upload(studio, NO_VIDEO if how == "failed" else instant_video(seconds=8), replaces=video_id)
    assert not await keep_is_offered(studio, video_id)
    await (site.work() if how == "failed" else studio.post(f"{path}/stop"))
    page = (await studio.get(path)).text
    assert ("This file is not a video" in page) == (how == "failed")
    assert "or keep the old version: the new file is deleted then." in page
    assert await keep_is_offered(studio, video_id)

    answer = await studio.post(f"{path}/keep")
    assert (answer.status, answer.headers["Location"]) == (303, path)
    await site.work()
    page = (await studio.get(path)).text
    assert ">Ready</span>" in page
    assert "Ready in every quality." in page
    assert 'download="clip.mp4"' in page
    assert not await keep_is_offered(studio, video_id)
    assert (await Video.get(id=video_id)).current_set_id == old
    assert await Upload.all().count() == 1


async def test_keeping_is_for_the_owner_by_a_form_of_ours(site: Site, studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video()
    await site.upload(studio, NO_VIDEO, replaces=video_id)
    await site.work()
    keep = f"/studio/videos/{video_id}/keep"
    other = await site.browser(await site.user("bob", Role.CREATOR))
    assert (await other.post(keep)).status == 404
    assert (await studio.post(keep, headers={"Origin": "https://evil.example"})).status == 403
    assert (await studio.get(keep)).status == 405
    assert await keep_is_offered(studio, video_id)


async def test_failed_first_file_has_no_old_version(site: Site, studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video(content=NO_VIDEO)
    assert not await keep_is_offered(studio, video_id)
    page = await studio.post(f"/studio/videos/{video_id}/keep")
    assert page.status == 409
    assert "There is no version of this video that can be watched." in page.text
