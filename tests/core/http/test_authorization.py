"""Who may: plugins refuse or grant, else the role decides; and who is asking, when there is no cookie."""

from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from core.api import hookimpl
from core.models import Role, User
from core.plugins import PluginError
from core.testing.sites import Browser, Site, open_site
from tests.core.http.conftest import PLUGINS
from tests.core.http.proving import views

OPINIONS: list[tuple[bool | Exception | None, Role, int, str]] = [
    (None, Role.CREATOR, 403, "forbidden"),
    (None, Role.MODERATOR, 200, ""),
    (True, Role.VIEWER, 200, ""),
    (False, Role.ADMIN, 403, "forbidden"),
    (RuntimeError("the directory is down"), Role.ADMIN, 403, "refused"),
]


@pytest.mark.parametrize(("opinion", "role", "status", "code"), OPINIONS)
async def test_plugin_refuses_or_grants_else_the_role_decides_x_6(
    site: Site, monkeypatch: pytest.MonkeyPatch, *, opinion: bool | Exception | None, role: Role, status: int, code: str
) -> None:
    monkeypatch.setattr(views, "opinion", opinion)
    browser = await site.browser(await site.user("ada", role))
    answer = await browser.get("/proving/moderate", headers={"Accept": "application/json"})
    assert answer.status == status
    assert status == 200 or answer.json["code"] == code


async def test_refusal_names_the_role_that_is_needed(site: Site) -> None:
    browser = await site.browser(await site.user("ada", Role.VIEWER))
    answer = await browser.api("POST", "/uploads", {})
    assert (answer.status, "role of creator" in answer.json["detail"]) == (403, True)


async def test_plugin_may_know_who_asks_without_a_cookie(site: Site, client: Browser, creator: User) -> None:
    asking = {"X-Handle": creator.handle}
    assert (await client.get("/proving/members", headers=asking)).text == "hello ada"
    await User.filter(id=creator.id).update(suspended_at=datetime.now(UTC))
    answer = await client.get("/proving/members", headers={**asking, "Accept": "application/json"})
    assert answer.status == 401


async def test_session_counts_before_what_plugins_know(site: Site, studio: Browser) -> None:
    await site.user("bob")
    assert (await studio.get("/proving/members", headers={"X-Handle": "bob"})).text == "hello ada"


async def test_permission_has_one_least_role(tmp_path: Path) -> None:
    rival = ModuleType("rival")
    rival.__file__ = str(tmp_path / "rival.py")

    def declared() -> dict[str, Role]:
        return {"proving.moderate": Role.VIEWER}

    rival.permissions = hookimpl(declared, specname="permissions")  # type: ignore[attr-defined]
    with pytest.raises(PluginError, match=r"plugin rival gives proving\.moderate to viewer"):
        async with open_site(tmp_path / "data", {**PLUGINS, "rival": rival}):
            pytest.fail("the site started")


async def test_every_permission_is_known_with_its_role(site: Site) -> None:
    assert site.services.authorizer.permissions == {"video.upload": Role.CREATOR, "proving.moderate": Role.MODERATOR}
