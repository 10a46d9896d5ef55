"""Who may change which video; who may watch it is in tests/threats/test_p02_who_may_watch.py."""

import pytest

from core.models import Role, Video, Visibility
from core.testing.sites import Browser, Site
from tests.core.videos.states import in_state

NOBODY_ID = "0" * 16


@pytest.mark.parametrize("role", [None, *Role])
async def test_only_its_owner_changes_a_video_z_1(site: Site, studio: Browser, role: Role | None) -> None:
    video = await in_state(site, studio, "published", Visibility.PUBLIC)
    other = await site.browser(await site.user("eve", role) if role else None)
    before = await Video.all().values()
    for method, path, body in [("PATCH", "", {"title": "Mine"}), ("DELETE", "", None), ("POST", "/retry", {})]:
        answers = [await other.api(method, f"/videos/{id_}{path}", body) for id_ in (video.id, NOBODY_ID)]
        assert [answer.status for answer in answers] == [404 if role else 401] * 2
        assert answers[0].body == answers[1].body
    assert await Video.all().values() == before
