"""Reads a record from its first event to its last, and says what in it breaks a promise (THREATS R-1 to R-5)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.chaos.events import (
    Acknowledged,
    Announced,
    Claimed,
    Completed,
    Current,
    Erased,
    Event,
    Fetched,
    Left,
    Listed,
    SaidDone,
    SetGone,
    Stored,
    UploadChanged,
)

_FINAL = ("done", "failed", "cancelled")
_EARLY = 0.01
"""Seconds that a lease may seem to be alive yet: SQLite reads the clock to the millisecond."""


@dataclass
class History:
    """What is known of the world after the events so far, and what was wrong on the way."""

    most_attempts: int = 5
    patience: float | None = None
    """Seconds after the end of a lease within which somebody has to take the job over; None: whenever."""
    wrong: list[str] = field(default_factory=list)
    _fences: dict[str, int] = field(default_factory=dict)
    _ends: dict[str, tuple[str, int]] = field(default_factory=dict)
    _current: dict[str, str | None] = field(default_factory=dict)
    _past: dict[str, set[str]] = field(default_factory=dict)
    _complete: set[str] = field(default_factory=set)
    _announced: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    _erased: set[str] = field(default_factory=set)
    _accepted: dict[str, str] = field(default_factory=dict)
    _listed: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case Claimed():
                self._claimed(event)
            case Left():
                self._left(event)
            case Stored():
                self._stored(event)
            case Completed():
                self._completed(event)
            case Announced():
                self._announce(event)
            case Current():
                self._shown(event)
            case SetGone():
                self._set_gone(event)
            case Erased():
                self._erased.add(event.video)
            case UploadChanged():
                self._upload(event)
            case _:
                self._told(event)

    def _told(self, event: SaidDone | Acknowledged | Listed | Fetched) -> None:
        match event:
            case SaidDone():
                end = self._ends.get(event.job)
                complaint = f"a worker says it has done {event.job} under fence {event.fence}; what is stored is {end}"
                self._expect(end == ("done", event.fence), complaint)
            case Acknowledged():
                self._expect(event.upload in self._accepted, f"upload {event.upload} was acknowledged, and is lost")
            case Listed():
                before = self._listed.get(event.playlist, ())
                self._grew(f"playlist {event.playlist}", before, event.addresses, ended=event.ended)
                self._listed[event.playlist] = event.addresses
            case Fetched():
                self._expect(event.status == 200, f"{event.address} was announced, and answered {event.status}")

    def _expect(self, kept: bool, complaint: str) -> None:  # noqa: FBT001 - the promise that is kept or not
        if not kept:
            self.wrong.append(complaint)

    def _claimed(self, event: Claimed) -> None:
        before = self._fences.get(event.job, 0)
        self._expect(event.fence == before + 1, f"job {event.job} was claimed as {event.fence} after {before}")
        self._expect(event.job not in self._ends, f"job {event.job} was claimed after its end")
        # The last claim finds that there were too many, and does nothing else.
        few = event.attempts <= self.most_attempts + 1
        self._expect(few, f"job {event.job} was tried {event.attempts} times")
        if event.overdue is not None:
            self._expect(event.overdue > -_EARLY, f"job {event.job} was taken from a worker whose lease was alive")
            late = self.patience is not None and event.overdue > self.patience
            self._expect(not late, f"job {event.job} waited {event.overdue:.1f} seconds for another worker")
        self._fences[event.job] = max(before, event.fence)

    def _left(self, event: Left) -> None:
        if event.job in self._ends:
            self.wrong.append(f"job {event.job} was {self._ends[event.job][0]}, and then {event.after}")
            return
        held = event.fence == self._fences.get(event.job, 0)
        self._expect(held, f"job {event.job} became {event.after} under fence {event.fence}, which nobody holds")
        earned = event.before == "running" or event.after not in ("done", "failed")
        self._expect(earned, f"job {event.job} became {event.after} while it was {event.before}")
        if event.after in _FINAL:
            self._ends.setdefault(event.job, (event.after, event.fence))

    def _stored(self, event: Stored) -> None:
        for job, fence in event.attempts:
            highest = self._fences.get(job, 0)
            complaint = f"{event.name} of run {event.run} is by attempt {fence} at {job}, which is at {highest}"
            self._expect(fence == highest, complaint)

    def _completed(self, event: Completed) -> None:
        first = event.complete and event.set not in self._complete
        self._expect(first, f"set {event.set} became complete={event.complete} after it was complete")
        self._complete.add(event.set)

    def _announce(self, event: Announced) -> None:
        key = (event.set, event.rendition)
        self._expect(event.set not in self._complete, f"set {event.set} is complete, and {event.rendition} was changed")
        which = f"{event.rendition} of set {event.set}"
        self._grew(which, self._announced.get(key, ()), event.segments, ended=event.ended)
        self._announced[key] = event.segments

    def _grew(self, which: str, before: tuple[str, ...], after: tuple[str, ...], *, ended: bool) -> None:
        # The whole may have the same segments from other attempts; what was named before can still be fetched.
        kept = len(after) >= len(before) if ended else after[: len(before)] == before
        self._expect(kept, f"{which} took segments back: {len(before)} were announced, now {len(after)}")

    def _shown(self, event: Current) -> None:
        before, past = self._current.get(event.video), self._past.setdefault(event.video, set())
        if before in self._complete:
            whole = event.set in self._complete
            self._expect(whole, f"video {event.video} went back from the complete set {before} to {event.set}")
        self._expect(event.set not in past, f"video {event.video} went back to set {event.set}")
        if before is not None and before != event.set:
            past.add(before)
        self._current[event.video] = event.set

    def _set_gone(self, event: SetGone) -> None:
        playing = [video for video, current in self._current.items() if current == event.set]
        alive = [video for video in playing if video not in self._erased]
        self._expect(not alive, f"set {event.set} was deleted while it was played by {alive}")

    def _upload(self, event: UploadChanged) -> None:
        if event.state == "accepted":
            self._accepted[event.upload] = event.video
        elif event.upload in self._accepted:
            others = [each for each, video in self._accepted.items() if video == event.video and each != event.upload]
            replaced = bool(others) or event.video in self._erased
            self._expect(replaced, f"upload {event.upload} was accepted, and became {event.state or 'nothing'}")


def check(events: Iterable[Event], *, most_attempts: int = 5, patience: float | None = None) -> list[str]:
    """Return what is wrong with a record, in the order in which it happened; nothing, if all promises were kept.

    What was committed comes in the order of the commits, and before what was said about it.
    """
    history = History(most_attempts, patience)
    for event in events:
        history.add(event)
    return history.wrong
