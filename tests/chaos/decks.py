"""Which mishaps are dealt to which runs: what each step does on each storage decides what can go wrong there."""

from collections.abc import Sequence

from tests.chaos.mishaps import Mishap, Step, crashes, failures
from tests.chaos.plans import Back, Ending

S3 = "storage_s3"
Deck = tuple[Sequence[Ending], Sequence[Mishap]]
"""The endings that share a deck, and its cards."""

REQUESTS = {
    Step.OPEN: ("CreateMultipartUpload", "ListParts"),
    Step.LOOK: ("ListParts",),
    Step.SIGN: (),
    Step.PART: ("UploadPart",),
    Step.COMPLETE: ("ListParts", "CompleteMultipartUpload", "HeadObject"),
    Step.CANCEL: ("AbortMultipartUpload", "ListParts"),
    Step.WORK: ("HeadObject", "GetObject", "PutObject", "ListObjectsV2"),
    Step.ERASE: ("AbortMultipartUpload", "ListObjectsV2", "DeleteObjects"),
}
"""What the steps of an upload ask of a bucket, each time."""
OF_A_REPLACEMENT = ("AbortMultipartUpload", "DeleteObjects")
"""What processing asks besides when the file before is dropped."""
_READING = ("HeadObject", "GetObject", "ListObjectsV2")
_WRITING = ("PutObject", "CreateMultipartUpload", "UploadPart", "ListParts", "CompleteMultipartUpload")
_DROPPING = ("HeadObject", "ListObjectsV2", "DeleteObjects")
_FILLS_DISK = frozenset({Step.OPEN, Step.PART, Step.COMPLETE, Step.WORK})
_SENDING = (Step.OPEN, Step.LOOK, Step.SIGN, Step.PART)


def of_upload(step: Step, storage: str) -> list[Mishap]:
    """Return whatever can go wrong in a step of an upload, apart from crashes."""
    requests = REQUESTS[step] if storage == S3 else ()
    return failures(step, requests, fills_disk=storage != S3 and step in _FILLS_DISK)


def upload_decks(storage: str, ending: Ending) -> list[Deck]:
    """Return the decks from which an upload with this ending takes one card each."""
    sending = [each for step in _SENDING for each in of_upload(step, storage)]
    if ending in (Ending.CANCELS, Ending.LEAVES):
        # Who leaves, or thinks better of it, has not looked again.
        begun = [each for each in sending if each.step is not Step.LOOK]
        cancelling = [((ending,), of_upload(Step.CANCEL, storage))] if ending is Ending.CANCELS else []
        return [((Ending.CANCELS, Ending.LEAVES), begun), *cancelling]
    working = ((ending,), crashes(Step.WORK))
    if ending is Ending.DELETES:
        return [working, ((ending,), of_upload(Step.ERASE, storage) + crashes(Step.ERASE))]
    complete = of_upload(Step.COMPLETE, storage) + crashes(Step.COMPLETE)
    failing = of_upload(Step.WORK, storage)
    if ending is Ending.REPLACES and storage == S3:
        failing = failures(Step.WORK, OF_A_REPLACEMENT)
    return [((Ending.FINISHES, Ending.REPLACES), sending), ((ending,), complete), ((ending,), failing), working]


def move_deck(target: str, step: Step = Step.MOVE) -> list[Mishap]:
    """Return whatever can go wrong while everything is copied to a storage."""
    requests = (*_READING, *_WRITING) if target == S3 else _READING
    return failures(step, requests, fills_disk=target != S3) + crashes(step)


def back_deck(back: Back) -> list[Mishap]:
    """Return whatever can go wrong on the way back. To what was dropped all is copied again, as it was by `MOVE`."""
    return crashes(Step.BACK) if back is Back.LATER else failures(Step.BACK, _READING) + crashes(Step.BACK)


def drop_deck(storage: str, back: Back) -> list[Mishap]:
    """Return whatever can go wrong while copies are dropped, in a bucket or on a disk."""
    in_bucket = back is Back.LATER or (storage == S3) == (back is Back.NEVER)
    return failures(Step.DROP, _DROPPING if in_bucket else ()) + crashes(Step.DROP)
