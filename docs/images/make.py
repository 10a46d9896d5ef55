"""Make the README's pictures again: a site with made-up channels and clips, seen by a real Chromium.

`.venv/bin/python -m docs.images.make` takes about three minutes and writes home.webp and watch.webp beside this file.
"""

# ruff: noqa: INP001, T201 -- a program that says how far it is, in a folder of documents

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from core.logs import configure_logs
from core.models import Role, User, Video, Visibility
from core.settings import LogSettings
from core.testing.media import ffmpeg
from core.testing.sites import Site, open_site
from core.users import create_user
from docs.images.scenes import HEIGHT, SCENES, WIDTH
from tests.browser.chromium import FLAGS, executable

HERE = Path(__file__).parent
PLUGINS = ("auth_email", "mail_file", "storage_disk", "transcode_ffmpeg", "catalog", "captions", "studio")
# One rung is enough to be photographed.
SETTINGS = {"transcode_ffmpeg": {"ladder": [{"short_side": 720, "kbits": 2800}], "preset": "ultrafast"}}
SIZE = (1280, 800)
RATE = 12


@dataclass(frozen=True, slots=True)
class Clip:
    """One made-up upload. `source` is a scene's name, or an input of ffmpeg's; `age` is how long it has been there."""

    source: str
    title: str
    channel: str
    seconds: int
    age: timedelta
    description: str = ""


CHANNELS = {
    "north_shore": "North Shore Films",
    "mila_draws": "Mila Draws",
    "night_owl": "Night Owl Radio",
    "slow_maths": "Slow Maths",
}
CLIPS = [
    Clip("pass", "Winter light above the pass", "north_shore", 64, timedelta(days=14)),
    Clip("forest", "What grows back after a storm", "mila_draws", 58, timedelta(days=13)),
    Clip("dunes", "Walking the white dunes from dawn to noon", "north_shore", 87, timedelta(days=12)),
    Clip(
        "life=s=160x90:mold=10:r=12:ratio=0.16:death_color=#0b3b34:life_color=#4bd8b4:seed=4,"
        "scale=1280:720:flags=neighbor",
        "Four rules and a grid: the Game of Life",
        "slow_maths",
        46,
        timedelta(days=10),
    ),
    Clip("city", "Rooftops, an hour after the rain", "night_owl", 73, timedelta(days=8)),
    Clip("coast", "Sailing home against the tide", "north_shore", 94, timedelta(days=6)),
    Clip(
        "mandelbrot=s=1280x720:rate=12:start_scale=0.3:end_scale=0.002:end_pts=360:start_x=-0.743:start_y=-0.1314:"
        "inner=convergence,format=gray,gblur=1,format=yuv444p,pseudocolor=preset=viridis",
        "A slow dive into the Mandelbrot set",
        "slow_maths",
        30,
        timedelta(days=4),
    ),
    Clip("train", "The last train through the hills", "night_owl", 66, timedelta(days=2)),
    Clip(
        "lake",
        "Three mornings on Silver Lake",
        "mila_draws",
        102,
        timedelta(hours=5),
        "Layer upon layer of paper, cut and lit from behind. The sun took eleven tries.\n\n"
        "**Made with** coloured card, a desk lamp and patience.",
    ),
]
WATCHED = CLIPS[-1]


async def main() -> None:
    """Make everything in a temporary folder, and keep the two pictures."""
    configure_logs(LogSettings(level="error"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=executable(), args=FLAGS)
            async with open_site(folder / "data", dict.fromkeys(PLUGINS), SETTINGS) as site:
                videos = await fill(site, browser, folder)
                await photograph(site, browser, folder, videos[WATCHED.title])
            await browser.close()


async def fill(site: Site, browser: Browser, folder: Path) -> dict[str, str]:
    """Upload every clip by its channel, and return title → video id."""
    users = {handle: await a_channel(handle, name) for handle, name in CHANNELS.items()}
    videos = {}
    for clip in CLIPS:
        content = (await make_clip(clip, browser, folder)).read_bytes()
        window = await site.browser(users[clip.channel])
        upload = await site.upload(window, content, title=clip.title)
        await site.work()
        videos[clip.title] = video_id = upload["video_id"]
        then = datetime.now(UTC) - clip.age
        await Video.filter(id=video_id).update(
            published_at=then, visibility=Visibility.PUBLIC, description=clip.description
        )
        print(f"{clip.title}: {len(content) / 1e6:.1f} MB", flush=True)
    return videos


async def a_channel(handle: str, name: str) -> User:
    """Create a creator."""
    return await create_user(handle=handle, email=f"{handle}@example.org", display_name=name, role=Role.CREATOR)


async def make_clip(clip: Clip, browser: Browser, folder: Path) -> Path:
    """Write the clip: a scene the camera slowly moves into, or what an ffmpeg source draws; both with a soft tone."""
    picture = ["-f", "lavfi", "-i", clip.source]
    move: list[str] = []
    if clip.source in SCENES:
        still = f"{clip.source}.png"
        await draw(clip.source, browser, folder / still)
        picture = ["-i", still]
        zoom = f"zoompan=z=1+0.12*on/{clip.seconds * RATE}:x=iw/2-iw/zoom/2:y=ih*0.6-ih/zoom*0.6"
        move = ["-vf", f"{zoom}:d={clip.seconds * RATE}:s=1280x720:fps={RATE}"]
    tone = ["-f", "lavfi", "-i", "sine=frequency=196,volume=0.05,aformat=channel_layouts=stereo"]
    form = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-pix_fmt", "yuv420p", "-g", str(4 * RATE)]
    path = folder / "clip.mp4"
    await ffmpeg([*picture, *tone, *move, *form, "-t", str(clip.seconds), path.name], folder)
    return path


async def draw(name: str, browser: Browser, path: Path) -> None:
    """Rasterise a scene."""
    page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    await page.set_content(f"<body style='margin:0'>{SCENES[name]}")
    await page.screenshot(path=path)
    await page.close()


async def photograph(site: Site, browser: Browser, folder: Path, video_id: str) -> None:
    """Take both pictures; the watched video is shown while it plays, with its controls."""
    width, height = SIZE
    window = await browser.new_context(viewport={"width": width, "height": height}, color_scheme="light")
    page = await window.new_page()
    await page.goto(f"{site.url}/")
    await page.wait_for_load_state("networkidle")
    await keep(page, folder, "home")
    await page.goto(f"{site.url}/watch/{video_id}")
    await play_until(page, WATCHED.seconds * 0.35)
    await page.mouse.move(480, 400)
    await page.wait_for_timeout(600)  # the controls fade in
    await keep(page, folder, "watch")


async def play_until(page: Page, second: float) -> None:
    """Play, jump to a second, and wait for its picture."""
    await page.evaluate("async () => { const v = document.querySelector('video'); v.muted = true; await v.play(); }")
    await page.evaluate("second => { document.querySelector('video').currentTime = second; }", second)
    await page.wait_for_function("second => document.querySelector('video').currentTime > second + 0.3", arg=second)


async def keep(page: Page, folder: Path, name: str) -> None:
    """Save what the page shows as WebP beside this file."""
    await page.screenshot(path=folder / f"{name}.png")
    await ffmpeg(["-i", f"{name}.png", "-c:v", "libwebp", "-quality", "86", "-preset", "text", f"{name}.webp"], folder)
    (HERE / f"{name}.webp").write_bytes((folder / f"{name}.webp").read_bytes())


if __name__ == "__main__":
    asyncio.run(main())
