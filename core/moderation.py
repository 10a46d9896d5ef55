"""What moderation plugins answer."""

from dataclasses import dataclass
from enum import IntEnum


class Decision(IntEnum):
    """May a video be seen by others? Ordered: when plugins disagree the greatest, that is the strictest, wins."""

    PUBLISH = 0
    HOLD = 1
    REJECT = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with the sentence its owner reads."""

    decision: Decision
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an upload may not begin: an HTTP status in 403, 413, 422, 429, 507, a stable code and a sentence."""

    status: int
    code: str
    sentence: str
