"""What goes wrong in a run of chaos: which mishaps there are, and with which step each fits."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tests.s3_faults import Fault

ATTEMPTS = 3
"""How often the site sends a request to the store before it gives up."""


class Step(StrEnum):
    """What somebody tries."""

    OPEN = "open"
    LOOK = "look"
    SIGN = "sign"
    PART = "part"
    COMPLETE = "complete"
    CANCEL = "cancel"
    WORK = "work"
    MOVE = "move"
    BACK = "move back"
    DROP = "drop"
    ERASE = "erase"


ASKED = frozenset({Step.OPEN, Step.LOOK, Step.SIGN, Step.PART, Step.COMPLETE, Step.CANCEL})
"""The steps in which a browser waits for an answer."""


class Kind(StrEnum):
    """What goes wrong meanwhile."""

    REQUEST_CUT = "the request is cut"
    ANSWER_LOST = "the answer is lost"
    BYTE_CHANGED = "a byte is changed on the way"
    STORE_FAILS = "the store fails"
    STORE_CUT = "the store hangs up on the site"
    STORE_SILENT = "the store does not answer"
    DISK_FULL = "the disk is full"
    CRASH = "the code dies at"
    KILLED_ASKING = "the server is killed while it is asked"
    KILLED_ANSWERING = "the server is killed before it answers"


KILLS = (Kind.KILLED_ASKING, Kind.KILLED_ANSWERING)
_ANYWHERE = frozenset({Kind.REQUEST_CUT, Kind.BYTE_CHANGED, Kind.KILLED_ASKING})


@dataclass(frozen=True, slots=True)
class Mishap:
    """One thing that goes wrong with one try of a step."""

    step: Step
    kind: Kind
    operation: str = ""
    """The request to the store that fails, or the fault point."""
    fault: Fault | None = None
    late: bool = False
    """Whether it happens some way into the step, which may have ended by then. All others happen for certain."""
    share: float = 0
    """How far the step comes before it happens, 0 to 1."""
    times: int = 1
    """How often in a row the store fails."""

    @property
    def case(self) -> "Mishap":
        """What it is, apart from how it turned out this time."""
        return replace(self, share=0, times=1)

    def somehow(self, choose: random.Random) -> "Mishap":
        """Return it with what is left to chance."""
        # A move works on several objects at once, and each asks again.
        most = 8 * ATTEMPTS if self.step in (Step.MOVE, Step.BACK) else ATTEMPTS + 1
        share = choose.random() if self.late or self.kind in _ANYWHERE else 0
        return replace(self, share=share, times=choose.randint(1, most) if self.fault else 1)

    def __str__(self) -> str:
        detail = f" {self.times} × {self.operation} {self.fault.name}" if self.fault else f" {self.operation}".rstrip()
        return f"{self.kind}{detail} {'later, ' if self.late else ''}at {self.share:.0%}"


_ANSWERED = (Fault.INTERNAL_ERROR, Fault.SLOW_DOWN, Fault.RESET, Fault.LOST_ANSWER)
_SPECIAL = {
    "ListParts": (Fault.STALE_LIST,),
    "CompleteMultipartUpload": (Fault.ERROR_IN_200,),
    "GetObject": (Fault.CUT_BODY,),
    "DeleteObjects": (Fault.KEY_ERRORS,),
}
MOVE_POINTS = tuple(f"move:{place}" for place in ("registered", "stored", "copied", "flipping", "flipped"))
_JOBS = ("videos.probe", "videos.copy", "videos.chunk", "videos.finish")
POINTS = {
    Step.COMPLETE: ("upload:stored", "upload:accepted"),
    Step.WORK: (
        "probe:planned",
        *(f"{job}:{place}" for job in _JOBS for place in ("before-commit", "after-commit")),
        *(f"{job}:{place}" for job in _JOBS[1:3] for place in ("encoded", "stored")),
    ),
    Step.MOVE: MOVE_POINTS,
    Step.BACK: MOVE_POINTS,
    Step.DROP: ("move:dropping", "move:dropped", "storage.drop:before-commit", "storage.drop:after-commit"),
    Step.ERASE: ("videos.erase:begun", "videos.erase:before-commit", "videos.erase:after-commit"),
}
"""Every fault point that these runs pass, by the step. Sound that is encoded by itself is in test_steps.py."""


def crashes(step: Step) -> list[Mishap]:
    """Return a death of the code at each fault point of a step."""
    return [Mishap(step, Kind.CRASH, point) for point in POINTS.get(step, ())]


def failures(step: Step, operations: Sequence[str] = (), *, fills_disk: bool = False) -> list[Mishap]:
    """Return everything else that can go wrong in a step that sends these requests to a store, or writes to a disk."""
    found = [Mishap(step, kind) for kind in (Kind.REQUEST_CUT, Kind.ANSWER_LOST) if step in ASKED]
    found += [Mishap(step, Kind.BYTE_CHANGED)] if step is Step.PART else []
    found += [Mishap(step, Kind.DISK_FULL, late=late) for late in (False, True) if fills_disk]
    found += [
        Mishap(step, Kind.STORE_FAILS, operation, fault)
        for operation in operations
        for fault in (*_ANSWERED, *_SPECIAL.get(operation, ()))
    ]
    found += [Mishap(step, Kind.STORE_SILENT)] if operations else []
    # Of a part, that is the browser's lost answer.
    cut = operations and step is not Step.PART
    return found + [Mishap(step, Kind.STORE_CUT, late=late) for late in (False, True) if cut]
