"""U-2: a link lives for an hour at most, by the server's clock, and no longer than it was signed for."""

from typing import Any

import pytest

from core.models import Upload
from core.testing.sites import Browser, Site, open_site
from tests.core.videos.uploading import NEW
from tests.threats.on_disk import FIRST, PLUGINS, SETTINGS, ask, link_of, received

HOUR, DAY = 3600, 86_400


def expiry_of(link: str) -> int:
    return int(link.split("t=")[1].split(".")[1])


@pytest.mark.parametrize(("late", "status"), [(-1, 200), (0, 403), (1, 403), (DAY, 403)])
async def test_u2_link_is_dead_from_its_expiry_on(
    disk: Site, ada: Browser, upload: dict[str, Any], monkeypatch: pytest.MonkeyPatch, late: int, status: int
) -> None:
    link = await link_of(ada, upload)
    monkeypatch.setattr(disk.services.signer, "_clock", lambda: float(expiry_of(link) + late))
    # What time the client believes it is plays no part.
    answer = await ask(disk, "PUT", link, FIRST, date="Sun, 22 Nov 2026 00:00:00 GMT")
    assert answer.status == status


@pytest.mark.parametrize(
    ("setting", "seconds", "status"),
    [
        (HOUR, HOUR, 200),
        (HOUR, 2 * HOUR, 403),
        (HOUR, 8 * DAY, 403),
        (60, HOUR, 403),
    ],
)
async def test_u2_link_signed_for_too_long_is_refused(tmp_path: Any, setting: int, seconds: int, status: int) -> None:
    settings = {**SETTINGS, "uploads": {**SETTINGS["uploads"], "url_seconds": setting}}
    async with open_site(tmp_path / "data", PLUGINS, settings) as disk:
        ada = await disk.browser(await disk.user("ada"))
        created = (await ada.api("POST", "/uploads", NEW)).json
        until = expiry_of(await link_of(ada, created)) - setting + seconds
        signed = await disk.services.storage.sign_part((await Upload.get()).target, 1, expires_at=until)
        assert (await ask(disk, "PUT", signed.url, FIRST)).status == status
        assert await received(ada, created) == ([1] if status == 200 else [])


async def test_u2_default_link_lives_for_an_hour(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    made = int((await Upload.get()).created_at.timestamp())
    assert HOUR <= expiry_of(await link_of(ada, upload)) - made <= HOUR + 60
