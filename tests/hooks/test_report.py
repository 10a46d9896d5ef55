"""Past participles report: plugins are told what has happened, and cannot make it not happen."""

from collections.abc import Callable
from typing import Any

import pytest

from core.models import Job, User, Video
from tests.fakes.transcoder_instant import instant_video
from tests.hooks.site_with import Opener, publish

EVENTS = ["video_uploaded", "video_playable", "video_published", "video_processed", "video_deleted"]


def reporting(hook: str, told: list[Any], *, fails: bool = False) -> Callable[..., Any]:
    """Return an implementation of a hook about a video, which notes what it was told."""

    async def report(video: Video) -> None:
        told.append((hook, video.title, video.owner.handle, video.current_set is not None))
        if fails:
            raise ZeroDivisionError

    report.__name__ = hook
    return report


async def told_of(site_with: Opener, hook: str) -> list[Any]:
    """Return what a plugin with one hook is told while a video is published and deleted."""
    told: list[Any] = []
    async with site_with(reporting(hook, told)) as site:
        browser = await site.browser(await site.user())
        video = await publish(site, browser)
        assert (await browser.api("DELETE", f"/videos/{video.id}")).status == 204
        await site.work()
    return told


async def test_hook_video_uploaded(site_with: Opener) -> None:
    assert [event[:3] for event in await told_of(site_with, "video_uploaded")] == [("video_uploaded", "clip", "ada")]


async def test_hook_video_playable(site_with: Opener) -> None:
    assert await told_of(site_with, "video_playable") == [("video_playable", "clip", "ada", True)]


async def test_hook_video_processed(site_with: Opener) -> None:
    assert await told_of(site_with, "video_processed") == [("video_processed", "clip", "ada", True)]


async def test_hook_video_published(site_with: Opener) -> None:
    assert await told_of(site_with, "video_published") == [("video_published", "clip", "ada", True)]


async def test_hook_video_deleted(site_with: Opener) -> None:
    assert await told_of(site_with, "video_deleted") == [("video_deleted", "clip", "ada", True)]


async def test_hook_processing_failed(site_with: Opener) -> None:
    told: list[Any] = []

    async def processing_failed(video: Video, job: Job) -> None:
        told.append((video.title, job.kind, job.error_code))

    async with site_with(processing_failed) as site:
        await publish(site, await site.browser(await site.user()), b"This is no video at all. " * 100)

    assert told == [("clip", "videos.probe", "unsupported_format")]


async def test_hook_user_joined(site_with: Opener) -> None:
    told: list[str] = []

    async def user_joined(user: User) -> None:
        told.append(user.handle)

    async with site_with(user_joined, built_in=["auth_email", "mail_file", "catalog"]) as site:
        form = {"handle": "ada", "email": "ada@example.org", "password": "a curious marmalade engine"}
        answer = await (await site.browser()).post("/register", form)
        assert answer.status == 303, answer.text

    assert told == ["ada"]


@pytest.mark.parametrize("content", [None, instant_video(size=(320, 180), codec="vp9")])
async def test_subscriber_that_always_fails_stops_nothing(site_with: Opener, content: bytes | None) -> None:
    told: list[Any] = []
    subscribers = [reporting(hook, told, fails=True) for hook in EVENTS]

    async with site_with(*subscribers) as site:
        video = await publish(site, await site.browser(await site.user()), content)

        assert video.published_at is not None
        assert not await Job.filter(state="failed").exists()
    assert told
