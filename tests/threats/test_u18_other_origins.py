"""U-18: no page of another site sends parts, or reads what we answer. A bucket's CORS is tried by `storage check`."""

from typing import Any

import pytest

from core.testing.sites import Browser, Site
from tests.core.videos.uploading import NEW
from tests.routes import example_path
from tests.threats.on_disk import FIRST, ask, link_of

ORIGINS = ["https://evil.example", "null", "http://127.0.0.1:1", "https://evil.example:443"]


def cors(headers: dict[str, str]) -> list[str]:
    return [name for name in headers if name.startswith("access-control-")]


@pytest.mark.parametrize("origin", ORIGINS)
async def test_u18_preflight_allows_no_other_site(
    disk: Site, ada: Browser, upload: dict[str, Any], origin: str
) -> None:
    own = f"/api/v1/uploads/{upload['id']}"
    targets = ["/api/v1/uploads", own, f"{own}/sign", f"{own}/complete", await link_of(ada, upload)]
    for target in targets:
        for method in ("POST", "PUT", "DELETE"):
            answer = await ask(disk, "OPTIONS", target, origin=origin, access_control_request_method=method)
            assert answer.status >= 400, target
            assert cors(answer.headers) == [], target


@pytest.mark.parametrize("origin", ORIGINS)
async def test_u18_no_answer_of_any_route_is_readable_elsewhere(disk: Site, origin: str) -> None:
    for route in disk.services.routes:
        answer = await ask(disk, route.method, example_path(route), origin=origin)
        assert cors(answer.headers) == [], route.name
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_u18_upload_from_another_site_is_refused(ada: Browser, upload: dict[str, Any]) -> None:
    headers = {"Origin": "https://evil.example"}
    own = f"/api/v1/uploads/{upload['id']}"
    for method, path, body in [
        ("POST", "/api/v1/uploads", NEW),
        ("POST", f"{own}/sign", {"parts": [1]}),
        ("POST", f"{own}/complete", {}),
        ("DELETE", own, None),
    ]:
        async with ada.request(method, path, json=body, headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "cross_site")
    assert [item["id"] for item in (await ada.api("GET", "/uploads")).json["items"]] == [upload["id"]]


async def test_u18_part_needs_its_link_and_no_cookie(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    """Whoever has the link may write; that is why no other page can read it, and why it needs no session."""
    link = await link_of(ada, upload)
    path = link.partition("?")[0]
    async with ada.request("PUT", path, data=FIRST, headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status in (400, 403)
    answer = await ask(disk, "PUT", link, FIRST, origin="https://evil.example")
    assert (answer.status, cors(answer.headers)) == (200, [])
