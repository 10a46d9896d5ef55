"""What depends on who asks is kept by no shared cache, and nothing a cache does not look at changes an answer (P-8)."""

import re

import pytest

from core.models import Video, Visibility
from core.testing.sites import Answer, Browser, Site
from tests.core.videos.states import in_state
from tests.threats.crawling import real_paths

EVIL = "evil.example"
ODD_HEADERS = {
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-For": EVIL,
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Port": "6666",
    "X-Forwarded-Prefix": f"/{EVIL}",
    "X-Forwarded-Server": EVIL,
    "X-Host": EVIL,
    "X-Original-URL": f"/{EVIL}",
    "X-Rewrite-URL": f"/{EVIL}",
    "X-HTTP-Method-Override": "DELETE",
    "X-Real-IP": EVIL,
    "Forwarded": f"for={EVIL};host={EVIL};proto=gopher",
    "True-Client-IP": EVIL,
    "Via": f"1.1 {EVIL}",
    "Base-Url": f"https://{EVIL}",
    "Referer": f"https://{EVIL}/",
    "User-Agent": f"{EVIL}/1.0",
    "Accept-Language": EVIL,
}
SUFFIXES = ["/x.css", "%2fx.css", ";x.css", ".css", "%00.css", "//x.css"]


STREAM = "core.video_events"


@pytest.fixture
async def site(disk_site: Site) -> Site:
    return disk_site


@pytest.fixture
async def paths(site: Site, studio: Browser) -> dict[str, str]:
    """Every GET route of the site but the stream, with a public video of the creator's in it."""
    return await paths_of(site, studio, Visibility.PUBLIC)


async def paths_of(site: Site, studio: Browser, visibility: Visibility) -> dict[str, str]:
    """Return the same for a video of another visibility."""
    video = await in_state(site, studio, "published", visibility)
    paths = await real_paths(site, await Video.get(id=video.id).select_related("owner", "current_set"))
    del paths[STREAM]
    return paths


async def visit(browser: Browser, path: str, **headers: str) -> Answer:
    """GET a path as a person does; of a stream only the beginning."""
    async with browser.request("GET", path, headers=headers) as got:
        streams = got.content_type == "text/event-stream"
        return Answer(got.status, got.headers, b"" if streams else await got.read(), got.cookies)


def readable(answer: Answer) -> str:
    """Return the body as text, whatever it is."""
    return answer.body.decode("utf-8", "replace")


def steady(answer: Answer) -> tuple[int, str]:
    """Return status, Location and body without what is new in every answer: nonce, id, signature, time."""
    policy = answer.headers.get("Content-Security-Policy", "")
    text = f"{answer.headers.get('Location')} {readable(answer)}"
    for value in [*re.findall(r"'nonce-([^']+)'", policy), answer.headers["X-Request-Id"]]:
        text = text.replace(value, "")
    return answer.status, re.sub(r"[?&]t=[\w.-]+|(\d+|an?) seconds? ago|now", "", text)


def is_kept_back(answer: Answer) -> bool:
    """Tell whether no shared cache may keep the answer."""
    return bool({"no-store", "private"} & set(re.split(r",\s*", answer.headers["Cache-Control"])))


@pytest.mark.slow
async def test_p8_crawl_leads_somewhere(paths: dict[str, str], studio: Browser) -> None:
    reached = [name for name, path in paths.items() if (await visit(studio, path)).status == 200]
    assert len(reached) > 20


async def test_p8_only_what_all_see_alike_may_be_kept(paths: dict[str, str], studio: Browser, client: Browser) -> None:
    public = set()
    for name, path in paths.items():
        own, strangers = await visit(studio, path), await visit(client, path)
        assert not [header for header in own.headers if header.lower().startswith("access-control-")], name
        if "public" in own.headers["Cache-Control"]:
            assert steady(own) == steady(strangers), name
            public.add(name)
        else:
            assert is_kept_back(own), name
    assert {"core.static", "core.master", "core.playlist"} <= public


@pytest.mark.slow
@pytest.mark.parametrize("visibility", [Visibility.UNLISTED, Visibility.PRIVATE])
async def test_p8_nothing_of_what_is_not_public_may_be_shared(
    site: Site, studio: Browser, visibility: Visibility
) -> None:
    paths = await paths_of(site, studio, visibility)
    for name in paths.keys() - {"core.static"}:
        assert is_kept_back(await visit(studio, paths[name])), name


async def test_p8_stream_is_kept_by_no_cache(site: Site, studio: Browser) -> None:
    video = await in_state(site, studio, "published", Visibility.PRIVATE)
    assert is_kept_back(await visit(studio, f"/api/v1/videos/{video.id}/events"))


@pytest.mark.parametrize("signed_in", [True, pytest.param(False, marks=pytest.mark.slow)])
async def test_p8_odd_headers_change_nothing(
    paths: dict[str, str], studio: Browser, client: Browser, *, signed_in: bool
) -> None:
    browser = studio if signed_in else client
    for name, path in paths.items():
        answer = await visit(browser, path, **ODD_HEADERS)
        assert steady(answer) == steady(await visit(browser, path)), name
        assert EVIL not in f"{readable(answer)} {answer.headers}", name


@pytest.mark.parametrize("signed_in", [True, pytest.param(False, marks=pytest.mark.slow)])
async def test_p8_foreign_host_is_repeated_nowhere(
    paths: dict[str, str], studio: Browser, client: Browser, *, signed_in: bool
) -> None:
    browser = studio if signed_in else client
    for name, path in paths.items():
        answer = await visit(browser, path, Host=EVIL)
        assert steady(answer) == steady(await visit(browser, path)), name
        assert EVIL not in f"{readable(answer)} {answer.headers}", name


@pytest.mark.slow
async def test_p8_file_like_ending_makes_no_page_a_file(paths: dict[str, str], studio: Browser) -> None:
    for name, path in paths.items():
        for suffix in SUFFIXES:
            async with studio.request("GET", f"{path.rstrip('/') or '/index'}{suffix}") as answer:
                assert answer.status in (400, 404), (name, suffix)
                assert "no-store" in answer.headers["Cache-Control"], (name, suffix)


@pytest.mark.slow
async def test_p8_head_promises_what_get_gives(paths: dict[str, str], studio: Browser) -> None:
    for name, path in paths.items():
        got = await visit(studio, path)
        async with studio.request("HEAD", path) as head:
            assert head.status == got.status, name
            for header in ("Cache-Control", "Content-Type", "Vary", "Content-Disposition"):
                assert head.headers.get(header) == got.headers.get(header), (name, header)
