"""Watches a video while it is made and afterwards, and notes what its playlists named and what became of that."""

from urllib.parse import urlsplit

from core.testing.sites import Browser
from tests.chaos.events import Event, Fetched, Listed
from tests.chaos.viewer import addresses, get


class Witness:
    """Reads as players do; what it has `seen` is for the checker of histories."""

    def __init__(self) -> None:
        self.seen: list[Event] = []
        self._links: dict[str, str] = {}

    async def look(self, browser: Browser, video_id: str) -> None:
        """Read every playlist there is, and fetch what they name for the first time."""
        video = await browser.api("GET", f"/videos/{video_id}")
        if video.status != 200 or not video.json["hls_url"]:
            return
        master = video.json["hls_url"]
        for media in addresses((await get(browser, master)).text, master):
            playlist = (await get(browser, media)).text
            links = {urlsplit(link).path: link for link in addresses(playlist, media)}
            self.seen.append(Listed(urlsplit(media).path, tuple(links), "#EXT-X-ENDLIST" in playlist))
            for path in links.keys() - self._links.keys():
                await self._fetch(browser, path, links[path])
            self._links |= links

    async def look_back(self, browser: Browser) -> None:
        """Fetch again whatever any playlist named: somebody may still be watching that."""
        for path, link in self._links.items():
            await self._fetch(browser, path, link)

    async def _fetch(self, browser: Browser, path: str, link: str) -> None:
        self.seen.append(Fetched(path, (await get(browser, link)).status))
