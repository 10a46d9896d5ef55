"""What a transcoder must do."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from core.transcoding.encoded import EncodedSet
from core.transcoding.media import MediaInfo
from core.transcoding.plan import Chunk, Plan

Report = Callable[[float], Awaitable[None]]
"""Told the finished fraction, 0 to 1, from time to time."""

Grown = Callable[[EncodedSet], Awaitable[None]]
"""Told what is whole so far, each time that every rendition has further segments: the same files grow in number only.

The files stay in the folder and do not change any more; whoever is told may read them while the encoder goes on.
"""


async def nobody_watches(_: EncodedSet) -> None:
    """Be the `Grown` of somebody who waits for the whole."""


class Transcoder(Protocol):
    """Runs outside the event loop and outside the process; what it is given is hostile until proven otherwise."""

    name: str
    version: str
    """Of the program that does the work, for the operator: each job's log says with which it was done."""

    async def probe(self, source: Path) -> MediaInfo:
        """Say what the file is, without trusting its name. Raises MediaRejected."""
        ...

    def plan(self, info: MediaInfo) -> Plan:
        """Choose the ladder. Pure: the same info gives the same plan. Raises MediaRejected over the limits."""
        ...

    async def copy(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        """Cut the source into segments without re-encoding its pictures, into the empty folder `output`.

        The one video rendition has the name of the plan's top rung; every sound track of the plan is with it, and one
        poster. Raises ValueError when `plan.copy_refused` is set. What `copy` rejects may still be good for `encode`.
        """
        ...

    async def encode(
        self, source: Path, plan: Plan, chunk: Chunk, output: Path, report: Report, grown: Grown = nobody_watches
    ) -> EncodedSet:
        """Encode every rung of the plan, as far as the chunk goes, into the empty folder `output`.

        One decoding serves all rungs, the posters and the storyboard's sheets. Frames and cuts of all chunks together
        are those of the whole encoded at once. Raises MediaRejected. Cancelling the call kills whatever it started
        before it returns.
        """
        ...

    async def encode_sound(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        """Make the sound tracks alone, the whole length of each, into the empty folder `output`. Raises MediaRejected.

        Raises ValueError when the plan has none.
        """
        ...
