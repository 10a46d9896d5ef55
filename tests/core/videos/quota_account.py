"""What a creator has, as the quota machine keeps it, and how it asks the site."""

from collections.abc import Awaitable
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from core.models import Upload
from core.testing.sites import Answer
from tests.core.videos.quota_stage import Sent, Stage


class Account(RuleBasedStateMachine):
    """The open uploads of one run, and the videos that are there or can be restored."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.open: dict[str, Sent] = {}
        self.alive: list[str] = []
        self.deleted: list[str] = []
        self.begun = 0
        self.newest: dict[str, int] = {}
        """Of each video: which of its complete files was asked for last."""

    def teardown(self) -> None:
        self.run(self.stage.clear())

    def run(self, step: Awaitable[Any]) -> Any:
        """Do a step to its end."""

        async def done() -> Any:
            return await step

        return self.stage.runner.run(done())

    def api(self, method: str, path: str, body: object = None) -> Answer:
        """Call the API as the creator."""
        answer: Answer = self.run(self.stage.studio.api(method, path, body))
        return answer

    def used(self) -> int:
        """Return the bytes that the storage really holds."""
        return sum(map(len, self.stage.memory.objects.values()))

    def reserved(self) -> int:
        """Return the bytes that open uploads have announced."""
        return sum(len(sent.content) for sent in self.open.values())

    def target(self, sent: Sent) -> Any:
        """Return the upload as the storage knows it."""
        return self.run(Upload.get(id=sent.view["id"])).target

    def note_deletion(self, video_id: str) -> None:
        """What was never complete cannot be restored."""
        self.open = {each: sent for each, sent in self.open.items() if sent.view["video_id"] != video_id}
        if video_id in self.alive:
            self.alive.remove(video_id)
            self.deleted.append(video_id)


def pick_of(found: list[Any], pick: int) -> Any:
    """Return one of them."""
    return found[pick % len(found)]
