"""What goes wrong in a run of chaos: which mishaps there are, and with which step each fits."""

import random
from dataclasses import dataclass
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


class Kind(StrEnum):
    """What goes wrong meanwhile."""

    REQUEST_CUT = "the request is cut"
    ANSWER_LOST = "the answer is lost"
    BYTE_CHANGED = "a byte is changed on the way"
    STORE_FAILS = "the store fails"
    STORE_CUT = "the store hangs up on the site"
    STORE_SILENT = "the store does not answer the site"
    DISK_FULL = "the disk is full"
    CRASH = "the code dies at"
    KILLED_ASKING = "the server is killed while it is asked"
    KILLED_ANSWERING = "the server is killed before it answers"


@dataclass(frozen=True, slots=True)
class Mishap:
    """One thing that goes wrong with one try of a step."""

    step: Step
    kind: Kind
    share: float
    """How far the step comes before it happens, 0 to 1."""
    times: int = 1
    """How often in a row the store fails."""
    operation: str = ""
    """The request to the store that fails, or the fault point."""
    fault: Fault | None = None

    def __str__(self) -> str:
        detail = f" {self.times} × {self.operation} {self.fault.name}" if self.fault else f" {self.operation}".rstrip()
        return f"{self.kind}{detail} at {self.share:.0%}"


_ANSWERED = (Fault.INTERNAL_ERROR, Fault.SLOW_DOWN, Fault.RESET, Fault.LOST_ANSWER)
_OPERATIONS = {
    Step.OPEN: ("CreateMultipartUpload", "ListParts"),
    Step.LOOK: ("ListParts",),
    Step.PART: ("UploadPart",),
    Step.COMPLETE: ("ListParts", "CompleteMultipartUpload", "HeadObject"),
    Step.CANCEL: ("AbortMultipartUpload", "ListParts"),
    Step.WORK: ("HeadObject", "GetObject", "PutObject", "ListObjectsV2", "DeleteObjects"),
    Step.MOVE: ("HeadObject", "GetObject", "PutObject", "ListObjectsV2", "UploadPart", "CompleteMultipartUpload"),
    Step.BACK: ("HeadObject", "GetObject", "PutObject", "ListObjectsV2", "DeleteObjects"),
    Step.DROP: ("HeadObject", "ListObjectsV2", "DeleteObjects"),
    Step.ERASE: ("ListObjectsV2", "DeleteObjects"),
}
_SPECIAL = {
    "ListParts": Fault.STALE_LIST,
    "CompleteMultipartUpload": Fault.ERROR_IN_200,
    "GetObject": Fault.CUT_BODY,
    "DeleteObjects": Fault.KEY_ERRORS,
}
MOVE_POINTS = tuple(f"move:{place}" for place in ("registered", "stored", "copied", "flipping", "flipped"))
_JOBS = ("videos.probe", "videos.first", "videos.ladder")
POINTS = {
    Step.COMPLETE: ("upload:stored", "upload:accepted"),
    Step.WORK: (
        "probe:planned",
        *(f"{job}:{place}" for job in _JOBS for place in ("before-commit", "after-commit")),
        *(f"{job}:{place}" for job in _JOBS[1:] for place in ("encoded", "stored")),
    ),
    Step.MOVE: MOVE_POINTS,
    Step.BACK: MOVE_POINTS,
    Step.DROP: ("move:dropping", "move:dropped", "storage.drop:before-commit", "storage.drop:after-commit"),
    Step.ERASE: ("videos.erase:begun", "videos.erase:before-commit", "videos.erase:after-commit"),
}
"""Every fault point of the flow, by the step in which it is passed."""


def a_mishap(choose: random.Random, step: Step, storages: frozenset[str]) -> Mishap:
    """Choose one that can happen in this step, where these storages are in use."""
    kind = choose.choice(_kinds(step, storages))
    mishap = Mishap(step, kind, choose.random())
    if kind is Kind.CRASH:
        return Mishap(step, kind, 1, operation=choose.choice(POINTS[step]))
    if kind is Kind.STORE_FAILS:
        operation = choose.choice(_OPERATIONS[step])
        faults = [*_ANSWERED, _SPECIAL[operation]] if operation in _SPECIAL else _ANSWERED
        # A move works on several objects at once, and each asks again.
        most = 8 * ATTEMPTS if step in (Step.MOVE, Step.BACK) else ATTEMPTS + 1
        return Mishap(step, kind, 0, choose.randint(1, most), operation, choose.choice(faults))
    return mishap


def _kinds(step: Step, storages: frozenset[str]) -> list[Kind]:
    asked = step not in (Step.WORK, Step.MOVE, Step.BACK, Step.DROP, Step.ERASE)
    kinds = [Kind.REQUEST_CUT, Kind.ANSWER_LOST] if asked else []
    if step is Step.PART:
        kinds.append(Kind.BYTE_CHANGED)
    if step in POINTS:
        kinds.append(Kind.CRASH)
    if "storage_disk" in storages and step in (Step.OPEN, Step.PART, Step.COMPLETE, Step.WORK, Step.MOVE, Step.BACK):
        kinds += [Kind.DISK_FULL] * 2
    if "storage_s3" in storages and step in _OPERATIONS:
        kinds += [Kind.STORE_FAILS] * 3
        kinds += [] if step is Step.PART else [Kind.STORE_CUT, Kind.STORE_SILENT]
    return kinds
