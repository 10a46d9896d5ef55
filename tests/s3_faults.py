"""What goes wrong with object stores (THREATS.md, R-9), by seed or by order."""

import random
from collections.abc import Mapping
from enum import StrEnum


class Fault(StrEnum):
    """One way to fail. Those that concern an answer happen after the store has done its work."""

    INTERNAL_ERROR = "500"
    SLOW_DOWN = "503"
    RESET = "the connection breaks before the store hears of it"
    LOST_ANSWER = "the connection breaks after the store has done it"
    CUT_BODY = "the connection breaks in the middle of the answer"
    ERROR_IN_200 = "200, and an error inside"
    STALE_LIST = "the newest entry is not listed yet"
    ENDLESS_LIST = "the list always says that it goes on"
    OTHER_CHECKSUM = "the list names checksums that are not those of the parts"
    KEY_ERRORS = "some keys could not be deleted just now"
    SLOW = "the answer takes its time"
    STALLED = "the store takes the request, and never answers"


_LISTS = frozenset({"ListParts", "ListObjectsV2", "ListMultipartUploads"})
# Faults that make sense for some operations only.
_ONLY = {
    Fault.ERROR_IN_200: frozenset({"CompleteMultipartUpload"}),
    Fault.STALE_LIST: frozenset({"ListParts"}),
    Fault.OTHER_CHECKSUM: frozenset({"ListParts"}),
    Fault.ENDLESS_LIST: _LISTS,
    Fault.CUT_BODY: frozenset({"GetObject"}),
    Fault.KEY_ERRORS: frozenset({"DeleteObjects"}),
}
# What no second attempt mends, or none in time.
_LASTING = (Fault.ENDLESS_LIST, Fault.OTHER_CHECKSUM, Fault.STALLED)
PASSING = tuple(fault for fault in Fault if fault not in _LASTING)


class Faults:
    """Decides for each request what goes wrong with it: nothing, what a test has ordered, or what the seed says."""

    def __init__(self) -> None:
        self._ordered: list[tuple[str, Fault]] = []
        self._always: dict[str, Fault] = {}
        self._random = random.Random()  # noqa: S311 - a seed has to repeat it
        self._rate = 0.0
        self.happened: list[tuple[str, Fault]] = []

    def order(self, operation: str, *faults: Fault) -> None:
        """Let the next requests for an operation fail in these ways, one after another."""
        self._ordered += [(operation, fault) for fault in faults]

    def always(self, operation: str, fault: Fault) -> None:
        """Let every request for an operation fail in this way; `*` stands for every operation."""
        self._always[operation] = fault

    def end(self) -> None:
        """Let every request succeed from now on."""
        self._ordered.clear()
        self._always.clear()
        self._rate = 0.0

    def at_random(self, seed: int, rate: float) -> None:
        """Let this share of all requests fail, in every way that fits them."""
        self._random, self._rate = random.Random(seed), rate  # noqa: S311 - as above

    def next(self, operation: str) -> Fault | None:
        """Return what goes wrong with a request."""
        fault = self._next(operation)
        if fault is not None:
            self.happened.append((operation, fault))
        return fault

    def _next(self, operation: str) -> Fault | None:
        if fault := self._always.get(operation, self._always.get("*")):
            return fault
        for place, (wanted, fault) in enumerate(self._ordered):
            if wanted == operation:
                del self._ordered[place]
                return fault
        if self._random.random() >= self._rate:
            return None
        return self._random.choice([fault for fault in PASSING if operation in _ONLY.get(fault, {operation})])


def operation_of(method: str, path: str, query: Mapping[str, str]) -> str:
    """Return S3's name of what a request asks for."""
    has_key = "/" in path.strip("/")
    names = {
        ("PUT", "partNumber"): "UploadPart",
        ("GET", "uploadId"): "ListParts",
        ("POST", "uploadId"): "CompleteMultipartUpload",
        ("DELETE", "uploadId"): "AbortMultipartUpload",
        ("POST", "uploads"): "CreateMultipartUpload",
        ("GET", "uploads"): "ListMultipartUploads",
        ("GET", "list-type"): "ListObjectsV2",
        ("POST", "delete"): "DeleteObjects",
    }
    for (wanted, parameter), name in names.items():
        if method == wanted and parameter in query:
            return name
    whole = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject"}
    return whole.get(method, method) if has_key else f"{method} bucket"
