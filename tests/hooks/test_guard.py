"""Verbs that guard: the strictest answer counts, and a plugin that cannot answer refuses."""

from typing import Any

import pytest

from core.api import Decision, Refusal, Verdict, status_of
from core.models import Role, Upload, User, Video
from tests.hooks.site_with import UPLOAD, Opener, publish


@pytest.mark.parametrize(
    ("role", "opinion", "status"),
    [(Role.VIEWER, True, 201), (Role.VIEWER, None, 403), (Role.CREATOR, None, 201), (Role.CREATOR, False, 403)],
)
async def test_hook_is_allowed(site_with: Opener, role: Role, opinion: object, status: int) -> None:
    async def is_allowed(user: User, action: str) -> object:
        assert (user.handle, action) == ("ada", "video.upload")
        return opinion

    async with site_with(is_allowed) as site:
        browser = await site.browser(await site.user("ada", role))

        assert (await browser.api("POST", "/uploads", UPLOAD)).status == status


async def test_permission_that_cannot_be_checked_is_refused(site_with: Opener) -> None:
    async def is_allowed() -> bool:
        raise ZeroDivisionError

    async with site_with(is_allowed) as site:
        answer = await (await site.browser(await site.user())).api("POST", "/uploads", UPLOAD)

    assert (answer.status, answer.json["code"]) == (403, "refused")


async def test_hook_accept_upload(site_with: Opener) -> None:
    async def accept_upload(user: User, upload: Upload) -> Refusal | None:
        return Refusal(429, "enough", f"{upload.size} bytes are too many.") if user.handle == "eve" else None

    async with site_with(accept_upload) as site:
        ada, eve = await site.browser(await site.user("ada")), await site.browser(await site.user("eve"))

        refused = await eve.api("POST", "/uploads", UPLOAD)

        assert (refused.status, refused.json["code"]) == (429, "enough")
        assert refused.json["detail"] == "2000 bytes are too many."
        assert not await Upload.exists()
        assert not await Video.exists()
        assert (await ada.api("POST", "/uploads", UPLOAD)).status == 201


async def test_upload_that_cannot_be_checked_does_not_begin(site_with: Opener) -> None:
    async def accept_upload() -> None:
        raise ZeroDivisionError

    async with site_with(accept_upload) as site:
        answer = await (await site.browser(await site.user())).api("POST", "/uploads", UPLOAD)

        assert (answer.status, answer.json["code"]) == (503, "not_checked")
        assert not await Upload.exists()


def verdict_of(decision: Decision | None) -> Any:
    """Return a hook that decides this of every video; None raises."""

    async def review_video(video: Video) -> Verdict:
        if decision is None:
            raise ZeroDivisionError(video.id)
        return Verdict(decision, f"Because of {video.title}.")

    return review_video


@pytest.mark.parametrize("decision", [Decision.HOLD, Decision.REJECT])
async def test_hook_review_video(site_with: Opener, decision: Decision) -> None:
    async with site_with(verdict_of(decision)) as site:
        video = await publish(site, await site.browser(await site.user()))

        assert video.published_at is None
        assert video.hidden_reason == "Because of clip."
        assert (await status_of(await Video.get(id=video.id).select_related("current_set"))).state == "held"
        assert (await (await site.browser()).get(f"/api/v1/videos/{video.id}")).status == 404


async def test_video_that_cannot_be_reviewed_is_held(site_with: Opener) -> None:
    async with site_with(verdict_of(None)) as site:
        video = await publish(site, await site.browser(await site.user()))

    assert (video.published_at, video.hidden_at is not None) == (None, True)


async def test_video_that_plugins_let_pass_is_published(site_with: Opener) -> None:
    async with site_with(verdict_of(Decision.PUBLISH)) as site:
        video = await publish(site, await site.browser(await site.user()))

        assert video.published_at is not None
        assert (await (await site.browser()).get(f"/api/v1/videos/{video.id}")).status == 200
