"""A new user registers, uploads a real file, waits, and watches it: in a real browser, on the embedded defaults."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from core.testing.media import make_clip
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, shoot
from tests.browser.running_site import RunningSite
from tests.browser.uploading import Line, choose, padded, until, use_session

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "four words in a row"
REAL = Path(__file__).resolve().parents[3] / "shared" / "media" / "bigbuckbunny.mp4"

BRIGHTNESS = """video => {
    const canvas = document.createElement("canvas");
    canvas.width = 64; canvas.height = 36;
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0, 64, 36);
    const pixels = context.getImageData(0, 0, 64, 36).data;
    let sum = 0;
    for (let i = 0; i < pixels.length; i += 4) sum += pixels[i] + pixels[i + 1] + pixels[i + 2];
    return sum / (64 * 36 * 3);
}"""


async def register(page: Page, site: RunningSite, handle: str) -> None:
    """Make an account, and become a creator."""
    await page.goto(f"{site.url}/register")
    await page.get_by_label("E-mail").fill(f"{handle}@example.org")
    await page.get_by_label("Handle").fill(handle)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Register").click()
    await page.goto(f"{site.url}/account")
    await page.get_by_role("button", name="Become a creator").click()
    await expect(page.get_by_text("You are a creator now")).to_be_visible()


async def upload(page: Page, site: RunningSite, file: Path, title: str) -> str:
    """Upload a file, name it while its bytes flow, and return the address of its watch page once it can be watched."""
    await page.goto(f"{site.url}/studio/upload")
    await page.locator("#files").set_input_files(file)
    await page.get_by_label("Title").fill(title)
    watch = page.get_by_role("link", name="Watch now")
    await expect(watch).to_be_visible(timeout=60_000)
    return f"{site.url}{await watch.get_attribute('href')}"


async def assert_it_plays(page: Page) -> None:
    """Press play; time goes on, and the picture is not black."""
    await page.locator("mutoscope-player").get_by_role("button", name="Play").first.click()
    video = page.locator("video")
    await until(lambda: video.evaluate("video => video.currentTime > 0.5"), 30)
    assert await video.evaluate(BRIGHTNESS) > 15  # of 255
    assert await video.evaluate("video => video.error") is None


@pytest.fixture
async def film(tmp_path: Path) -> Path:
    """The real video where it is at hand, else one made here."""
    return REAL if REAL.exists() else await make_clip(tmp_path / "film.mp4", seconds=4, size=(1280, 720))


async def test_a_new_user_uploads_and_watches(running: RunningSite, open_page: OpenPage, film: Path) -> None:
    page = await open_page(DESKTOP)
    await register(page, running, "ada")

    address = await upload(page, running, film, "Big Buck Bunny, the beginning")
    await shoot(page, "journey-uploaded")
    await expect(page.get_by_text("Ready in every quality.", exact=True)).to_be_visible(timeout=90_000)
    await shoot(page, "journey-ready")

    stranger = await open_page(PHONE, "dark")
    await stranger.goto(running.url)
    await stranger.get_by_role("link", name="Big Buck Bunny, the beginning").click()
    assert stranger.url == address
    await assert_it_plays(stranger)
    await shoot(stranger, "journey-watching")

    levels = stranger.locator("[data-part=quality] label")
    await stranger.get_by_role("button", name="Settings").click()
    await until(levels.count)
    assert await levels.count() >= 3  # Auto and at least two rungs


async def test_an_upload_goes_on_after_a_reload(small_parts: RunningSite, open_page: OpenPage, tmp_path: Path) -> None:
    page = await open_page(DESKTOP)
    await use_session(page, small_parts.url, await small_parts.session("ada"))
    clip = padded(await make_clip(tmp_path / "long.mp4", seconds=2, size=(640, 360)), megabytes=2)
    line = await Line(page).attach()
    line.hold(range(10, 1000))
    await page.goto(f"{small_parts.url}/studio/upload")
    await choose(page, clip)
    await until(lambda: received(page, 9))
    await until(line.held)

    page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await page.reload()
    await expect(page.get_by_role("heading", name="Unfinished uploads")).to_be_visible()
    await shoot(page, "journey-unfinished")
    line = await Line(page).attach()
    await page.get_by_label("Choose the file").set_input_files(clip)

    watch = page.get_by_role("link", name="Watch now")
    await expect(watch).to_be_visible(timeout=60_000)
    assert min(line.sent) == 10
    await page.goto(f"{small_parts.url}{await watch.get_attribute('href')}")
    await assert_it_plays(page)


async def received(page: Page, at_least: int) -> bool:
    """Tell whether the server has so many parts of the page's unfinished upload."""
    answer = await page.request.get(f"{_origin(page)}/api/v1/uploads")
    items = (await answer.json())["items"]
    return bool(items) and len(items[0]["received"]) >= at_least


def _origin(page: Page) -> str:
    return "/".join(page.url.split("/")[:3])


async def test_the_first_administrator_is_made_by_the_printed_link_once(
    running: RunningSite, open_page: OpenPage
) -> None:
    page = await open_page(DESKTOP)
    await page.goto(running.setup_link())
    await page.get_by_label("E-mail").fill("root@example.org")
    await page.get_by_label("Handle").fill("grace")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Make the administrator").click()
    await page.goto(f"{running.url}/account")
    await expect(page.get_by_text("Admin", exact=True)).to_be_visible()

    again = await page.request.get(running.setup_link())
    assert again.status == 404


async def test_watching_works_without_scripts_as_far_as_the_browser_can(
    running: RunningSite, open_page: OpenPage, film: Path
) -> None:
    creator = await open_page(DESKTOP)
    await register(creator, running, "ada")
    address = await upload(creator, running, film, "Plain")

    page = await open_page(DESKTOP, scripts=False)
    await page.goto(address)
    await expect(page.locator("video[controls] source[type='application/vnd.apple.mpegurl']")).to_have_count(1)
    await expect(page.get_by_role("heading", name="Plain")).to_be_visible()
