"""An upload gets through a bad network: it waits, tries again, and the page says what it does."""

from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from core.models import Upload, User
from core.testing.sites import Site
from tests.browser.conftest import OpenPage
from tests.browser.running_site import RunningSite
from tests.browser.test_journey import received as received_by
from tests.browser.uploading import (
    PARTS,
    Line,
    choose,
    expect_obstacle,
    expect_whole,
    film,
    stored,
    until,
    use_session,
    visit,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOUR = 3_600_000


async def test_after_an_hour_without_network_it_goes_on_by_itself(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(failing=True)
    await page.clock.install()
    line = await Line(page).attach()
    line.hold(range(5, PARTS + 1))
    await visit(page, disk_site, ada)
    await choose(page, film(tmp_path / "lake.mp4"))
    await until(line.held)

    await page.context.set_offline(True)
    await line.cut()
    await expect_obstacle(page, "You are offline. It goes on by itself")
    await page.clock.fast_forward(HOUR)
    await expect_obstacle(page, "You are offline. It goes on by itself")
    await page.context.set_offline(False)

    await expect_whole(page)
    assert await stored(disk_site) == [(tmp_path / "lake.mp4").read_bytes()]


async def test_a_part_that_fails_is_sent_again_and_the_page_says_so(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(failing=True)
    failures = iter([500, 503])

    async def fail_first(route: Route) -> None:
        status = next(failures, 0)
        if status:
            await route.fulfill(status=status, headers={"Retry-After": "1"})
        else:
            await route.continue_()

    await page.route("**/media/uploads/*/2?*", fail_first)
    await visit(page, disk_site, ada)
    await choose(page, film(tmp_path / "lake.mp4"))

    await expect(page.locator(".upload [data-moment]")).to_have_text("Part 2 did not get through; trying again in 1 s")
    await expect_whole(page)
    assert await stored(disk_site) == [(tmp_path / "lake.mp4").read_bytes()]


async def test_an_expired_link_is_signed_anew_at_once(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(failing=True)
    expiries = iter([True])

    async def expire_first(route: Route) -> None:
        upload = await Upload.get()
        dead = await disk_site.services.storage.sign_part(upload.target, 3, expires_at=1)
        await route.continue_(url=disk_site.url + dead.url if next(expiries, False) else None)

    await page.route("**/media/uploads/*/3?*", expire_first)
    await visit(page, disk_site, ada)
    async with page.expect_response(lambda answer: answer.status == 403):
        await choose(page, film(tmp_path / "lake.mp4"))

    await expect_whole(page)
    assert await stored(disk_site) == [(tmp_path / "lake.mp4").read_bytes()]


async def test_what_completion_finds_missing_is_sent_again(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(failing=True)
    losses = iter([True])

    async def lose_a_part(route: Route) -> None:
        if next(losses, False):
            upload = await Upload.get()
            (tmp_path / "data" / "media" / ".uploads" / upload.target.upload_id / "2.json").unlink()
        await route.continue_()

    await page.route("**/api/v1/uploads/*/complete", lose_a_part)
    line = await Line(page).attach()
    await visit(page, disk_site, ada)
    async with page.expect_response(lambda answer: answer.status == 422):
        await choose(page, film(tmp_path / "lake.mp4"))

    await expect_whole(page)
    assert line.sent.count(2) == 2
    assert await stored(disk_site) == [(tmp_path / "lake.mp4").read_bytes()]


async def test_damage_on_the_way_is_noticed_and_the_part_sent_again(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(failing=True)
    damages = iter([True])

    async def damage_first(route: Route) -> None:
        whole = route.request.post_data_buffer or b""
        await route.continue_(post_data=whole[:-1] + b"?" if next(damages, False) else whole)

    await page.route("**/media/uploads/*/2?*", damage_first)
    await visit(page, disk_site, ada)
    async with page.expect_response(lambda answer: answer.status == 400):
        await choose(page, film(tmp_path / "lake.mp4"))

    await expect_whole(page)
    assert await stored(disk_site) == [(tmp_path / "lake.mp4").read_bytes()]


async def test_a_file_that_changes_while_it_is_sent_stops_with_a_reason(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page()
    line = await Line(page).attach()
    line.hold(range(5, PARTS + 1))
    file = film(tmp_path / "lake.mp4")
    await visit(page, disk_site, ada)
    await choose(page, file)
    await until(line.held)

    file.write_bytes(b"another film")
    await line.let_go()

    await expect(page.locator(".upload [data-problem]")).to_contain_text("lake.mp4 cannot be read any more")
    assert await stored(disk_site) == []


async def test_a_page_that_may_not_hash_uploads_all_the_same(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page()
    for owner, name in (("Crypto", "subtle"), ("Navigator", "locks")):  # as on plain http, anywhere but on localhost
        await page.add_init_script(f"Object.defineProperty({owner}.prototype, '{name}', {{ value: undefined }})")
    await visit(page, disk_site, ada)
    async with page.expect_request("**/sign") as signing:
        await choose(page, film(tmp_path / "lake.mp4"))

    await expect_whole(page)
    assert "sha256" not in ((await signing.value).post_data or "")
    assert await stored(disk_site) == [(tmp_path / "lake.mp4").read_bytes()]


async def test_it_goes_on_when_the_server_is_started_again(
    small_parts: RunningSite, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(failing=True)
    await use_session(page, small_parts.url, await small_parts.session("ada"))
    line = await Line(page).attach()
    line.hold(range(7, PARTS + 1))
    await page.goto(f"{small_parts.url}/studio/upload")
    await choose(page, film(tmp_path / "lake.mp4"))
    await until(lambda: received_by(page, 4))

    await small_parts.kill()
    await line.let_go()
    await expect_obstacle(page, "The site cannot be reached. It goes on by itself; trying again in")
    await small_parts.start()

    await expect_whole(page)
