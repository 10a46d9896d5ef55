"""U-6: a token serves the purpose it was made for, until its time is over, or its secret is removed.

There is no CSRF token to confuse: pages prove where a request began by Origin and Fetch Metadata (`core.http.csrf`).
"""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from core.api import encode_cursor
from core.http.sessions import cookie_name, start_session
from core.models import User, Video
from core.testing.sites import Browser, Site, open_site
from plugins.auth_email.models import Purpose
from plugins.auth_email.tokens import issue
from tests.core.videos.uploading import NEW, due
from tests.fakes.transcoder_instant import instant_video
from tests.threats.on_disk import FIRST, PLUGINS, SETTINGS, ask, link_of, received

EVERYTHING = {**PLUGINS, "auth_email": None, "mail_file": None, "catalog": None}
OLD, NEW_SECRET = "o" * 32, "n" * 32
_TOKEN = re.compile("(?<=[?&]t=)[^&]+")


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "data", EVERYTHING, SETTINGS) as opened:
        yield opened


async def doors_of(site: Site, ada: Browser) -> dict[str, str]:
    """Return where each kind of token is used, as the address that has one."""
    video_id = (await site.upload(ada, instant_video(), visibility="unlisted"))["video_id"]
    await site.work()
    video = await Video.get(id=video_id).select_related("owner")
    cursor = encode_cursor(site.services.signer, "videos", [video.created_at.isoformat(), video_id])
    return {
        "part": await link_of(ada, (await ada.api("POST", "/uploads", NEW)).json),
        "media": (await ada.api("GET", f"/videos/{video_id}")).json["poster_url"],
        "original": (await ada.api("GET", f"/videos/{video_id}/original")).headers["Location"],
        "cursor": f"/api/v1/videos?cursor={cursor}",
        "mail": f"/reset/open?token={await issue(Purpose.RESET, video.owner, timedelta(hours=1))}",
        "unlisted": f"/api/v1/videos/{video_id}?key={video.link_key}",
    }


_IN_QUERY = {"cursor": "cursor=", "mail": "token=", "unlisted": "key="}


def token_of(kind: str, door: str) -> str:
    return door.split(_IN_QUERY[kind])[1] if kind in _IN_QUERY else _TOKEN.findall(door)[0]


async def opens(site: Site, kind: str, door: str, token: str) -> bool:
    """Tell whether a stranger gets in at a door with this token."""
    address = door.replace(token_of(kind, door), token) if kind != "session" else door
    cookie = {"cookie": f"{cookie_name(site.services.settings)}={token}"} if kind == "session" else {}
    method, body = ("PUT", FIRST) if kind == "part" else ("GET", b"")
    return (await ask(site, method, address, body, **cookie)).status in (200, 303)


async def test_u6_each_token_opens_its_own_door_only(disk: Site, ada: Browser) -> None:
    doors = await doors_of(disk, ada)
    tokens = {kind: token_of(kind, door) for kind, door in doors.items()}
    doors["session"] = "/api/v1/account"
    tokens["session"] = await start_session(await User.get(handle="ada"), disk.services.settings)
    opened = {
        (token, kind)
        for kind, door in doors.items()
        for token in tokens
        if await opens(disk, kind, door, tokens[token])
    }
    assert opened == {(kind, kind) for kind in doors}


async def test_u6_token_of_one_list_or_upload_or_video_opens_no_other(disk: Site, ada: Browser) -> None:
    one, other = await doors_of(disk, ada), await doors_of(disk, ada)
    for kind in ("part", "media", "original", "unlisted"):
        assert not await opens(disk, kind, one[kind], token_of(kind, other[kind])), kind
    channel = one["cursor"].replace("/videos?", "/channels/ada?")
    assert (await ada.get(channel)).status == 422


SignedDoors = Mapping[str, str]


async def still_open(data: Path, secrets: list[str], doors: SignedDoors) -> set[str]:
    """Return the doors that still open once the site has these secrets."""
    async with open_site(data, EVERYTHING, {**SETTINGS, "secret_keys": secrets}) as site:
        return {kind for kind, door in doors.items() if await opens(site, kind, door, token_of(kind, door))}


async def test_u6_rotated_secret_counts_until_it_is_removed(tmp_path: Path) -> None:
    data = tmp_path / "rotated"
    async with open_site(data, EVERYTHING, {**SETTINGS, "secret_keys": [OLD]}) as site:
        doors = await doors_of(site, await site.browser(await site.user("ada")))
    signed = {kind: doors[kind] for kind in ("part", "media", "original", "cursor")}
    assert await still_open(data, [NEW_SECRET, OLD], signed) == set(signed)
    assert await still_open(data, [NEW_SECRET], signed) == set()


async def test_u6_every_token_ends(disk: Site, ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    doors = await doors_of(disk, ada)
    far = max(int(part) for door in doors.values() for part in re.findall(r"\.(\d{10})\.", door))
    monkeypatch.setattr(disk.services.signer, "_clock", lambda: float(far))
    for kind in ("part", "media", "original", "cursor"):
        assert not await opens(disk, kind, doors[kind], token_of(kind, doors[kind])), kind


async def test_u6_open_upload_of_before_a_rotation_goes_on(tmp_path: Path) -> None:
    data = tmp_path / "rotated"
    async with open_site(data, PLUGINS, {**SETTINGS, "secret_keys": [OLD]}) as site:
        ada = await site.user("ada")
        upload = (await (await site.browser(ada)).api("POST", "/uploads", NEW)).json
    async with open_site(data, PLUGINS, {**SETTINGS, "secret_keys": [NEW_SECRET]}) as site:
        browser = await site.browser(ada)
        assert (await ask(site, "PUT", await link_of(browser, upload), FIRST)).status == 200
        assert await received(browser, upload) == [1]
        await due(site, "uploads.expire")
