"""What people read when a video could not be processed."""

from dataclasses import dataclass

from core.transcoding import Reason


@dataclass(frozen=True, slots=True)
class Failure:
    """A stable code, what happened, and what to do about it."""

    code: str
    sentence: str
    advice: str


_EXPORT = "Export it again as MP4 (H.264 and AAC) and upload that."
_AGAIN = "Try again; if it happens once more, tell the operator of this site."

_SENTENCES: dict[str, tuple[str, str]] = {
    Reason.UNSUPPORTED_FORMAT: ("This file is not a video in a format this site knows.", _EXPORT),
    Reason.UNSUPPORTED_CODEC: ("The file's video or audio is in a coding this site does not decode.", _EXPORT),
    Reason.NO_VIDEO: ("The file has no picture, only sound or data.", "Upload a file with a video track."),
    Reason.DAMAGED: (
        "The file is damaged or was cut off.",
        "Play it on your computer to check it, then upload it again.",
    ),
    Reason.TOO_LARGE: ("The picture is larger than this site takes.", "Export it in 8K or smaller."),
    Reason.TOO_SMALL: ("The picture is too small to show.", "Export it at 16 by 16 pixels or larger."),
    Reason.TOO_LONG: ("The video is longer than this site takes.", "Cut it into parts and upload each of them."),
    Reason.TOO_MANY_STREAMS: ("The file holds too many tracks.", "Export it with one picture and one sound track."),
    Reason.OUTPUT_LIMIT: ("The file grows far too large when it is converted.", _EXPORT),
    Reason.DEADLINE_EXCEEDED: ("Converting the file took too long.", _AGAIN),
    Reason.NO_PROGRESS: ("Converting the file came to a halt.", _AGAIN),
    Reason.TOO_MANY_ATTEMPTS: ("Processing failed several times in a row.", _AGAIN),
    Reason.STORAGE_FULL: (
        "The site has no space left for this video.",
        "Its operator has to make room; then try again.",
    ),
}
_WAITING: dict[str, tuple[str, str]] = {
    Reason.STORAGE_FULL: (
        "The site has no space left for this video at the moment.",
        "It goes on by itself as soon as there is room.",
    ),
}
_UNKNOWN = ("Processing stopped because of a fault of this site.", _AGAIN)


def failure(code: str) -> Failure:
    """Return the words for a stored code; an unknown one is a fault of ours."""
    sentence, advice = _SENTENCES.get(code, _UNKNOWN)
    return Failure(code, sentence, advice)


def waiting(code: str) -> Failure:
    """Return the words for what a job waits for, stored as a code."""
    sentence, advice = _WAITING.get(code, ("It waits for something that this site lacks.", "It goes on by itself."))
    return Failure(code, sentence, advice)
