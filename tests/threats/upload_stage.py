"""Where the upload machine plays: a site on files, its creator and a stranger, and what was uploaded so far."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from core.testing.sites import Answer, Browser, Site, open_site
from tests.core.videos.uploading import LIMITS
from tests.threats.on_disk import PLUGINS, SETTINGS
from tests.threats.upload_model import Kept, Shelf

ROOMY = {**SETTINGS, "uploads": {**LIMITS, "open_per_user": 1000, "daily": 0, "quota": 0}}
SITUATIONS = ("open", "accepted", "deleted", "gone")
At = tuple[str, int]
some = st.tuples(st.sampled_from([*SITUATIONS, "open", "accepted"]), st.integers(0, 3))
tried: Counter[tuple[str, str]] = Counter()


class Stage(RuleBasedStateMachine):
    """One site for one run."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = Shelf()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.opening = open_site(Path(self.folder.name), PLUGINS, ROOMY)
        self.site: Site = self.run(self.opening.__aenter__())
        self.ada, self.bob = self.run(self._browser("ada")), self.run(self._browser("bob"))

    async def _browser(self, handle: str) -> Browser:
        return await self.site.browser(await self.site.user(handle))

    def run(self, step: Coroutine[Any, Any, Any]) -> Any:
        """Do a step to its end."""
        return self.runner.run(step)

    def teardown(self) -> None:
        try:
            self.run(self.site.work())
            for one in self.kept:
                if one.alive and one.state == "accepted":
                    assert self.ask("GET", f"/videos/{one.video_id}/status").json["state"] == "published"
        finally:
            self.run(self.opening.__aexit__(None, None, None))
            self.runner.close()
            self.folder.cleanup()

    def pick(self, at: At, operation: str) -> Kept:
        """Return one of the uploads, in the situation that is asked for if there is one, and count what is tried."""
        situation, number = at
        among = [one for one in self.kept if one.situation == situation] or self.kept
        one = among[number % len(among)]
        tried[operation, one.situation] += 1
        return one

    def ask(self, method: str, path: str, body: object = None, *, browser: Browser | None = None) -> Answer:
        """Call the API, as the creator unless told otherwise."""
        answer: Answer = self.run((browser or self.ada).api(method, path, body))
        return answer

    def call(self, method: str, path: str, body: object = None) -> int:
        """Call the API as the creator, and return the status."""
        return self.ask(method, path, body).status

    def sign(self, one: Kept, number: int) -> Answer:
        """Ask for the link of a part."""
        return self.ask("POST", f"/uploads/{one.id}/sign", {"parts": [number]})
