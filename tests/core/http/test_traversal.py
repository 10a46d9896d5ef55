"""No address leads to a file outside the folder it is served from (P-1)."""

import asyncio
from pathlib import Path

from yarl import URL

from core.models import Role
from core.testing.sites import Site, open_site
from tests.core.http.conftest import PLUGINS
from tests.fakes.transcoder_instant import instant_video

UPWARDS = ["..", "../..", "../../..", "../../../../../../../.."]
DOTS = ["%2e%2e", "%252e%252e", ".%2e", "%c0%ae%c0%ae", "..."]
SLASHES = ["%2f", "%252f", "\\", "%5c", "//", "%c0%af"]
TRAVERSALS = [
    *UPWARDS,
    *(path.replace("..", dots) for path in UPWARDS for dots in DOTS),
    *(path.replace("/", slash) for path in UPWARDS[1:] for slash in SLASHES),
    *["%00", "/", "//", "/etc", "file:/", "http:/127.0.0.1", ".", "./.", "%2e", "~root", "C:", "%EF%BC%8F", "link"],
]


async def status_and_body(url: URL, path: str) -> tuple[int, bytes]:
    """GET a path exactly as it is written; a client library would tidy it up first."""
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split(b" ", 2)[1]), answer


async def test_no_route_that_serves_files_leaves_its_root_p_1(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with open_site(
        data, {"storage_disk": None, **{k: v for k, v in PLUGINS.items() if k != "storage_memory"}}
    ) as site:
        roots = await file_roots(site)
        for folder in (tmp_path, data, data / "media"):
            (folder / "secret.txt").write_text("the canary sings")
        (data / "media" / "link").symlink_to(tmp_path)
        for root in roots:
            for traversal in TRAVERSALS:
                status, answer = await status_and_body(URL(site.url), f"{root}/{traversal}/secret.txt")
                assert status in (400, 404), (root, traversal)
                assert b"canary" not in answer
    assert len(roots) == 6


async def file_roots(site: Site) -> list[str]:
    """Return where files are served from, down to the folder of a real one."""
    creator = await site.browser(await site.user("ada", Role.CREATOR))
    upload = await site.upload(creator, instant_video())
    await site.work()
    video = (await creator.api("GET", f"/videos/{upload['video_id']}")).json
    deepest = [site.services.assets.url("theme/site.js"), video["poster_url"], video["hls_url"]]
    return [*(path.rpartition("/")[0] for path in deepest), "/static", "/media", "/videos"]
