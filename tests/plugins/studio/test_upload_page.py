"""The upload page, as far as it is the server's; what its scripts do is tested in a browser."""

import re
from pathlib import Path

import pytest

from core.testing.sites import Browser, open_site
from plugins import studio as studio_plugin
from plugins.studio.settings import StudioSettings
from tests.conftest import EMBEDDED

MARKUP_SINKS = re.compile(r"(inner|outer|Adjacent)HTML|document\.write|DOMParser|\beval\(|new Function")
STATIC = Path(studio_plugin.__file__).parent / "static"


async def test_page_tells_scripts_the_limits(studio: Browser) -> None:
    page = await studio.get("/studio/upload")
    assert page.status == 200
    assert f'data-max-size="{10 * 1024**3}"' in page.text
    assert "up to <span data-limit>10.7 GB</span> each" in page.text


async def test_file_input_has_a_label_and_works_by_keyboard(studio: Browser) -> None:
    page = (await studio.get("/studio/upload")).text
    assert re.search(r'<label class="[^"]*picker">.*Choose files.*<input class="vh" type="file" id="files"', page)


async def test_new_videos_are_public_at_first(studio: Browser) -> None:
    assert re.search(r'value="public" checked', (await studio.get("/studio/upload")).text)


async def test_site_may_propose_another_visibility(tmp_path: Path) -> None:
    async with open_site(tmp_path, EMBEDDED, {"studio": {"default_visibility": "private"}}) as site:
        browser = await site.browser(await site.user())
        assert re.search(r'value="private" checked', (await browser.get("/studio/upload")).text)


def test_settings_refuse_what_they_do_not_know() -> None:
    with pytest.raises(ValueError, match="default_visibilty"):
        StudioSettings.model_validate({"default_visibilty": "private"})


@pytest.mark.parametrize("module", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_scripts_never_parse_markup(module: Path) -> None:
    assert not MARKUP_SINKS.search(module.read_text("utf-8"))


@pytest.mark.parametrize("module", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_scripts_import_only_what_is_there(module: Path) -> None:
    for name in re.findall(r'from "studio/([\w.-]+)"', module.read_text("utf-8")):
        assert (STATIC / name).is_file(), f"{module.name} imports {name}"


async def test_page_says_what_is_used_and_what_is_left_u_14(studio: Browser, draft: str) -> None:
    for path in ("/studio/upload", "/studio"):
        page = (await studio.get(path)).text
        assert "0 Bytes of 53.7 GB used, 5.0 kB reserved for unfinished uploads" in page


async def test_page_names_no_limit_where_there_is_none(tmp_path: Path) -> None:
    async with open_site(tmp_path, EMBEDDED, {"uploads": {"quota": 0}}) as site:
        browser = await site.browser(await site.user())
        assert '<p class="small muted num">0 Bytes used</p>' in (await browser.get("/studio/upload")).text
