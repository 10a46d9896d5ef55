"""Why a file can never be processed."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a video could not be processed. The closed list: stored, shown in words, and stable for API clients."""

    UNSUPPORTED_FORMAT = "unsupported_format"
    UNSUPPORTED_CODEC = "unsupported_codec"
    NO_VIDEO = "no_video"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    TOO_LONG = "too_long"
    TOO_MANY_STREAMS = "too_many_streams"
    OUTPUT_LIMIT = "output_limit"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    NO_PROGRESS = "no_progress"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    STORAGE_FULL = "storage_full"


class MediaRejected(Exception):
    """The file can never be processed: trying the same bytes again would end the same way."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """`detail` is for the log and the operator; people read the sentence that belongs to `reason`."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
