"""An upload goes on after a crash, on another device and in another tab; and never with another file."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, expect
from yarl import URL

from core.models import Upload, User
from core.testing.sites import Site
from tests.browser.conftest import OpenPage
from tests.browser.uploading import (
    PART_BYTES,
    PARTS,
    Line,
    choose,
    expect_obstacle,
    expect_whole,
    film,
    received,
    stored,
    until,
    visit,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECOND_HALF = range(PARTS // 2, PARTS + 1)
NOT_SAMPLED = 10 * PART_BYTES + 60_000
"""Where no sample of a fingerprint is, in a part of the first half."""


async def held_half_way(page: Page, site: Site, user: User, file: Path) -> Line:
    """Begin to send a file over a line that lets the second half wait."""
    line = await Line(page).attach()
    line.hold(SECOND_HALF)
    await visit(page, site, user)
    await choose(page, file)
    await until(line.held)
    return line


async def half_way(page: Page, site: Site, user: User, file: Path) -> set[int]:
    """Send a file until only what is held back is missing; return the parts that the server has then."""
    await held_half_way(page, site, user, file)
    await until(lambda: has(site, SECOND_HALF.start - 3))
    return await received(site)


async def has(site: Site, at_least: int) -> bool:
    return len(await received(site)) >= at_least


async def crash(page: Page) -> None:
    """Kill the process that runs the page: no handler of it is called any more."""
    session = await page.context.new_cdp_session(page)
    async with page.expect_event("crash"):
        with suppress(PlaywrightError, TimeoutError):  # nobody is left to answer
            await asyncio.wait_for(session.send("Page.crash"), 1)


async def on_another_device(open_page: OpenPage, site: Site, user: User) -> tuple[Page, Line]:
    page = await open_page(failing=True)
    await visit(page, site, user)
    return page, await Line(page).attach()


async def test_it_goes_on_after_a_crash_and_on_another_device(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    file = film(tmp_path / "lake.mp4")
    first = await open_page(failing=True)
    there = await half_way(first, disk_site, ada, file)
    await crash(first)

    copy = film(tmp_path / "lake (copy).mp4")
    os.utime(copy)
    page, line = await on_another_device(open_page, disk_site, ada)
    await choose(page, copy)

    await expect_whole(page)
    assert there.isdisjoint(line.sent)
    assert await stored(disk_site) == [file.read_bytes()]


async def test_another_tab_waits_and_both_end_well(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    file = film(tmp_path / "lake.mp4")
    page = await open_page(failing=True)
    other = await page.context.new_page()
    await visit(other, disk_site, ada)
    line = await held_half_way(page, disk_site, ada, file)

    await choose(other, file)
    await expect_obstacle(other, "Another tab is sending this file.")
    await line.let_go()

    await expect_whole(page)
    await expect_whole(other)
    assert await stored(disk_site) == [file.read_bytes()]


async def test_another_tab_goes_on_when_the_first_is_closed(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    file = film(tmp_path / "lake.mp4")
    page = await open_page(failing=True)
    there = await half_way(page, disk_site, ada, file)
    other = await page.context.new_page()
    line = await Line(other).attach()
    await visit(other, disk_site, ada)
    await choose(other, file)
    await expect_obstacle(other, "Another tab is sending this file.")

    await page.close()

    await expect_whole(other)
    assert there.isdisjoint(line.sent)
    assert await stored(disk_site) == [file.read_bytes()]


async def test_two_devices_at_once_both_end_well(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    file = film(tmp_path / "lake.mp4")
    slow = await open_page(failing=True)
    line = await held_half_way(slow, disk_site, ada, file)

    quick, _ = await on_another_device(open_page, disk_site, ada)
    await choose(quick, file)
    await expect_whole(quick)
    await line.let_go()  # and the server says that the upload is complete

    await expect_whole(slow)
    assert await stored(disk_site) == [file.read_bytes()]


async def test_a_part_that_another_device_is_sending_is_waited_for(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    file = film(tmp_path / "lake.mp4")
    page = await open_page(failing=True)
    line = await Line(page).attach()
    line.hold(range(3, 4))
    await visit(page, disk_site, ada)
    await choose(page, file)
    await until(line.held)
    upload, go_on = await Upload.get(), asyncio.Event()
    sending = asyncio.create_task(send_slowly(disk_site, ada, upload, file.read_bytes(), go_on))
    lock = tmp_path / "data" / "media" / ".uploads" / upload.target.upload_id / "3.lock"
    await until(lambda: asyncio.to_thread(lock.exists))

    async with page.expect_response(lambda answer: answer.status == 409):
        await line.let_go()
    go_on.set()

    assert await sending == 200
    await expect_whole(page)
    assert line.sent.count(3) == 1
    assert await stored(disk_site) == [file.read_bytes()]


async def send_slowly(site: Site, user: User, upload: Upload, content: bytes, go_on: asyncio.Event) -> int:
    """Send the third part as another device does, the second half of it only when told to; return the status."""
    browser = await site.browser(user)
    signed = (await browser.api("POST", f"/uploads/{upload.id}/sign", {"parts": [3]})).json["parts"][0]
    part = content[2 * PART_BYTES : 3 * PART_BYTES]

    async def halves() -> AsyncIterator[bytes]:
        yield part[:1000]
        await go_on.wait()
        yield part[1000:]

    headers = {**signed["headers"], "Content-Length": str(len(part))}
    async with browser.request("PUT", URL(signed["url"], encoded=True), data=halves(), headers=headers) as answer:
        return int(answer.status)


async def test_a_file_that_looks_the_same_is_refused(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    file = film(tmp_path / "lake.mp4")
    first = await open_page(failing=True)
    await half_way(first, disk_site, ada, file)
    await first.context.close()

    (tmp_path / "other").mkdir()
    page, line = await on_another_device(open_page, disk_site, ada)
    await page.get_by_label("Choose the file").set_input_files(film(tmp_path / "other" / "lake.mp4", seed=1))

    await expect(page.get_by_text("This lake.mp4 is not the one that was sent.")).to_be_visible()
    assert line.sent == []


async def test_a_file_changed_where_no_sample_is_begins_anew(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    file = film(tmp_path / "lake.mp4")
    first = await open_page(failing=True)
    await half_way(first, disk_site, ada, file)
    await first.context.close()

    changed = bytearray(file.read_bytes())
    changed[NOT_SAMPLED] ^= 1
    file.write_bytes(changed)
    page, line = await on_another_device(open_page, disk_site, ada)
    await choose(page, file)

    await expect_whole(page)
    assert sorted(line.sent) == list(range(1, PARTS + 1))
    assert await stored(disk_site) == [bytes(changed)]
    assert await Upload.all().count() == 2
