"""Pages: the theme before the plugins before the core, slots in the plugins' order, and nothing unescaped."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.typing import EventDict

from core import services
from core.models import Role
from core.templates import Templates
from core.testing.sites import Browser, Site, open_site
from tests.core.http import after, proving
from tests.core.http.conftest import PLUGINS, Opener


@pytest.fixture
def layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of a theme, a plugin and the core, in the place of the installed ones."""
    themes = [tmp_path / "theme"]
    own = {"proving": tmp_path / "proving", "other": tmp_path / "other"}
    monkeypatch.setattr(services, "_templates", lambda *_: Templates(themes, own, tmp_path / "core"))
    for name, text in {
        "core/error.html": "error of the core",
        "core/base.html": "core[{% block main %}{% endblock %}]",
        "proving/proving/page.html": '{% extends "base.html" %}{% block main %}plugin {{ word }}{% endblock %}',
    }.items():
        write(tmp_path / name, text)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


OVERRIDES = {
    "nothing": ({}, "core[plugin &lt;b&gt;word&lt;/b&gt;]"),
    "the theme replaces a plugin's page": ({"theme/proving/page.html": "theme"}, "theme"),
    "the theme replaces the frame": ({"theme/base.html": "theme[{% block main %}{% endblock %}]"}, "theme[plugin "),
    "a plugin replaces the frame": ({"other/base.html": "other[{% block main %}{% endblock %}]"}, "other[plugin "),
    "the theme comes before a plugin": ({"theme/base.html": "theme", "other/base.html": "other"}, "theme"),
    "the theme extends the page it replaces": (
        {
            "theme/proving/page.html": '{% extends "proving:proving/page.html" %}'
            "{% block main %}more of {{ super() }}{% endblock %}"
        },
        "core[more of plugin ",
    ),
    "the theme extends the frame it replaces": (
        {"theme/base.html": '{% extends "core:base.html" %}{% block main %}never{% endblock %}'},
        "core[plugin ",
    ),
}


@pytest.mark.parametrize("name", OVERRIDES)
async def test_theme_comes_before_plugins_before_the_core(layers: Path, opener: Opener, name: str) -> None:
    files, expected = OVERRIDES[name]
    for path, text in files.items():
        write(layers / path, text)
    async with opener() as site:
        page = await (await site.browser()).get("/proving")
    assert page.text.startswith(expected)


async def test_fragments_stand_in_the_order_of_the_plugins(tmp_path: Path) -> None:
    async with open_site(tmp_path / "data", {**PLUGINS, "after": after}) as site:
        page = await (await site.browser()).get("/proving")
    first, second = "<i>first: &lt;b&gt;word&lt;/b&gt;</i>", "<i>second</i>"
    assert f'<div id="slot">{first}{second}</div>' in page.text


async def test_failing_fragment_leaves_the_page_intact_x_6(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    monkeypatch.setattr(after, "broken", True)
    async with open_site(tmp_path / "data", {"after": after, **PLUGINS}) as site:
        page = await (await site.browser()).get("/proving")
    assert '<div id="slot"><i>first: &lt;b&gt;word&lt;/b&gt;</i></div>' in page.text
    assert {entry["plugin"] for entry in logs if entry["event"] == "hook_failed"} == {"after"}


async def test_values_are_escaped_w_1(client: Browser) -> None:
    assert '<p id="word">&lt;b&gt;word&lt;/b&gt;</p>' in (await client.get("/proving")).text


@pytest.mark.parametrize(("role", "shown"), [(None, False), (Role.CREATOR, False), (Role.MODERATOR, True)])
async def test_navigation_holds_what_the_viewer_may_open(site: Site, role: Role | None, *, shown: bool) -> None:
    browser = await site.browser(await site.user("ada", role) if role else None)
    page = (await browser.get("/proving")).text
    assert ('href="/proving/moderate"' in page) is shown
    assert 'href="/proving" title="Everybody" aria-current="page"' in page


async def test_visitor_is_offered_the_ways_to_log_in(site: Site, client: Browser) -> None:
    assert 'href="/proving/login"' in (await client.get("/proving")).text
    signed_in = await site.browser(await site.user())
    assert 'href="/proving/login"' not in (await signed_in.get("/proving")).text


@pytest.mark.parametrize(
    ("cookie", "attribute"), [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ('"><b>', "")]
)
async def test_chosen_colours_are_kept_in_a_cookie(client: Browser, cookie: str, attribute: str) -> None:
    page = await client.get("/proving", headers={"Cookie": f"theme={cookie}"})
    assert f'<html lang="en"{attribute}>' in page.text


async def test_page_is_for_its_viewer_alone_p_8(client: Browser, studio: Browser) -> None:
    assert (await client.get("/proving")).headers["Cache-Control"] == "private, no-cache"
    assert (await studio.get("/proving")).headers["Cache-Control"] == "no-store"


FILTERS = {
    "{{ 0 | duration }}": "0:00",
    "{{ 59.6 | duration }}": "0:59",
    "{{ 3768 | duration }}": "1:02:48",
    "{{ -1 | duration }}": "0:00",
    "{{ 999 | compact }}": "999",
    "{{ 12345 | compact }}": "12.3K",
    "{{ 1000 | compact }} {{ 999999 | compact }} {{ 2500000000 | compact }}": "1K 999.9K 2.5B",
    "{{ moment | ago }}": "3 days ago",
    "{{ earlier | ago }}": "2 weeks ago",
    "{{ day | date }}": "2 Nov 2026",
    "{{ '**a** <b>' | prose }}": "<p><strong>a</strong> &lt;b&gt;</p>\n",
    "{{ 1500000 | filesize }}": "1.5 MB",
    "{{ may('video.upload') }}": "False",
    "{{ has_route('proving.page') }} {{ has_route('proving.none') }}": "True False",
    "{{ url('proving.page', page=2) }}": "/proving?page=2",
    "{{ site.name }} {{ here }} {{ path }}": "Mutoscope proving.template /proving/template/filters",
}


async def test_filters_say_it_as_people_do(layers: Path, opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    write(layers / "proving/proving/filters.html", "|".join(FILTERS))
    moment, day = datetime.now(UTC) - timedelta(days=3, minutes=1), datetime(2026, 11, 2, tzinfo=UTC)
    async with opener() as site:
        earlier = moment - timedelta(days=14)
        monkeypatch.setattr(proving.views, "VALUES", {"moment": moment, "earlier": earlier, "day": day})
        page = await (await site.browser()).get("/proving/template/filters")
    assert page.text.split("|") == list(FILTERS.values())
