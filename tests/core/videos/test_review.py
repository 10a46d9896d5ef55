"""What others may see is reviewed as they would see it, announced once, and held when in doubt."""

import pytest

from core.models import Video
from core.moderation import Decision, Verdict
from core.testing.sites import Browser, Site
from tests.core.videos import observer
from tests.fakes.transcoder_instant import instant_video

HOLD = Verdict(Decision.HOLD, "Somebody has to look at it.")


async def test_private_video_is_announced_when_it_becomes_public_and_only_once(
    site: Site, studio: Browser, client: Browser, watch: observer.Watch
) -> None:
    upload = await site.upload(studio, instant_video(), visibility="private")
    await site.work()
    assert "published" not in watch.heard
    for visibility in ("public", "private", "unlisted", "public"):
        await studio.api("PATCH", f"/videos/{upload['video_id']}", {"visibility": visibility})
        await site.work()
    assert watch.heard.count("published") == 1
    assert (await client.api("GET", f"/videos/{upload['video_id']}")).json["published_at"] is not None


@pytest.mark.parametrize(
    "verdict", [HOLD, Verdict(Decision.REJECT), RuntimeError("the model is down")], ids=["hold", "reject", "error"]
)
async def test_reviewed_video_is_held_from_strangers_and_not_announced(
    site: Site,
    studio: Browser,
    client: Browser,
    video_id: str,
    watch: observer.Watch,
    verdict: Verdict | Exception,
) -> None:
    watch.verdict = verdict
    await site.work()
    status = (await studio.api("GET", f"/videos/{video_id}/status")).json
    assert (status["state"], status["playable"]) == ("held", True)
    assert (await client.api("GET", f"/videos/{video_id}")).status == 404
    assert watch.heard == ["uploaded", "playable", "processed"]
    assert (await Video.get(id=video_id)).hidden_reason


async def test_held_video_stays_held_whatever_a_later_review_says(
    site: Site, studio: Browser, client: Browser, video_id: str, watch: observer.Watch
) -> None:
    watch.verdict = HOLD
    await site.work()
    held = await Video.get(id=video_id)
    watch.verdict = None
    await studio.api("PATCH", f"/videos/{video_id}", {"title": "Better"})
    await studio.api("POST", f"/videos/{video_id}/retry", {})
    await site.work()
    after = await Video.get(id=video_id)
    assert (after.hidden_at, after.hidden_reason, after.published_at) == (held.hidden_at, HOLD.reason, None)
    assert "published" not in watch.heard
    assert (await client.api("GET", f"/videos/{video_id}")).status == 404


async def test_private_video_is_reviewed_when_it_becomes_public(
    site: Site, studio: Browser, client: Browser, watch: observer.Watch
) -> None:
    upload = await site.upload(studio, instant_video(), visibility="private", title="Harmless")
    await site.work()
    watch.verdict = HOLD
    await studio.api("PATCH", f"/videos/{upload['video_id']}", {"visibility": "public", "title": "Spam"})
    assert watch.titles[-1] == "Spam"
    assert (await client.api("GET", f"/videos/{upload['video_id']}")).status == 404
