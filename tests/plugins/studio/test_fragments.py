"""What the studio puts on pages of others."""

from core.models import Role
from core.testing.sites import Browser, Site

UPLOAD = 'class="btn btn--primary only-wide" href="/studio/upload"'
YOURS = 'class="menu__item" href="/studio"'


async def test_creators_find_the_studio_on_every_page(studio: Browser) -> None:
    home = (await studio.get("/")).text
    assert UPLOAD in home
    assert YOURS in home
    assert 'href="/studio/upload" title="Upload"' in home


async def test_others_are_not_led_to_a_closed_door(site: Site, client: Browser) -> None:
    viewer = await site.browser(await site.user("vera", Role.VIEWER))
    for browser in (viewer, client):
        assert 'href="/studio' not in (await browser.get("/")).text


async def test_studio_keeps_to_one_primary_button(studio: Browser) -> None:
    assert UPLOAD not in (await studio.get("/studio")).text
