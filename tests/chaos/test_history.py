"""The checker of histories accepts what has to happen, and finds each broken promise (R-1 to R-5)."""

import pytest

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
from tests.chaos.history import check

FIRST, SECOND = Claimed("j", 1, 1, None), Claimed("j", 2, 2, 0.5)
DONE = Left("j", 1, "running", "done")
GROWS = Announced("s", "360p", ("a", "b"), ended=False)
WATCHED = Listed("/360p.m3u8", ("/a", "/b"), ended=False)
COMPLETE = (Completed("s", complete=True), Current("v", "s"))
ACCEPTED = UploadChanged("u", "v", "accepted")

GOOD: dict[str, list[Event]] = {
    "a job is done": [FIRST, Stored("r", "chunk-00000", frozenset({("j", 1)})), DONE, SaidDone("j", 1)],
    "a job is taken over": [FIRST, SECOND, Left("j", 2, "running", "done"), SaidDone("j", 2)],
    "a job is handed back": [FIRST, Left("j", 1, "running", "ready"), Claimed("j", 2, 1, None)],
    "a job is cancelled before it began": [Left("j", 0, "ready", "cancelled")],
    "a job is given up": [*(Claimed("j", n, n, None) for n in range(1, 7)), Left("j", 6, "running", "failed")],
    "a set grows": [GROWS, Announced("s", "360p", ("a", "b", "c"), ended=False)],
    "the whole is by another attempt": [GROWS, Announced("s", "360p", ("x", "y", "z"), ended=True)],
    "a set that breaks off is taken away": [Current("v", "s"), Current("v", None), SetGone("s"), Current("v", "t")],
    "a new version": [*COMPLETE, Completed("t", complete=True), Current("v", "t"), SetGone("s")],
    "a video is erased": [ACCEPTED, *COMPLETE, Erased("v"), SetGone("s"), UploadChanged("u", "v", None)],
    "a file is replaced": [ACCEPTED, UploadChanged("w", "v", "accepted"), UploadChanged("u", "v", None)],
    "a client is served": [ACCEPTED, Acknowledged("u"), WATCHED, Fetched("/a", 200)],
}

BAD: dict[str, tuple[list[Event], str]] = {
    "two have the same fence": ([FIRST, Claimed("j", 1, 2, 0.5)], "claimed as 1 after 1"),
    "a fence is left out": ([Claimed("j", 2, 1, None)], "claimed as 2 after 0"),
    "what is done is done again": ([FIRST, DONE, Claimed("j", 2, 2, None)], "claimed after its end"),
    "a living lease is broken": ([FIRST, Claimed("j", 2, 2, -1.5)], "whose lease was alive"),
    "poison is tried for ever": ([*(Claimed("j", n, n, None) for n in range(1, 8))], "was tried 7 times"),
    "a job ends twice": ([FIRST, DONE, Left("j", 1, "done", "failed")], "was done, and then failed"),
    "what is failed is revived": ([FIRST, Left("j", 1, "running", "failed"), Left("j", 1, "failed", "ready")],
                                  "was failed, and then ready"),
    "a zombie finishes": ([FIRST, SECOND, DONE], "under fence 1, which nobody holds"),
    "done without a worker": ([FIRST, Left("j", 1, "ready", "done")], "became done while it was ready"),
    "a zombie's part is kept": ([FIRST, SECOND, Stored("r", "sound", frozenset({("j", 1)}))], "by attempt 1 at j"),
    "a worker finished for another": ([FIRST, SECOND, Left("j", 2, "running", "done"), SaidDone("j", 1)],
                                      "has done j under fence 1"),
    "a commit is lost": ([FIRST, SaidDone("j", 1)], "what is stored is None"),
    "a set is completed twice": ([*COMPLETE, Completed("s", complete=True)], "complete=True after it was"),
    "a whole set is broken up": ([*COMPLETE, Completed("s", complete=False)], "complete=False after it was"),
    "a whole set is changed": ([*COMPLETE, GROWS], "is complete, and 360p was changed"),
    "a growing playlist changes": ([GROWS, Announced("s", "360p", ("a", "x", "c"), ended=False)], "took segments back"),
    "a growing playlist shrinks": ([GROWS, Announced("s", "360p", ("a",), ended=True)], "took segments back"),
    "the current set goes back": ([Current("v", "s"), Current("v", "t"), Current("v", "s")], "went back to set s"),
    "a part replaces the whole": ([*COMPLETE, Current("v", "t")], "from the complete set s to t"),
    "nothing replaces the whole": ([*COMPLETE, Current("v", None)], "from the complete set s to None"),
    "what plays is deleted": ([*COMPLETE, SetGone("s")], "deleted while it was played by ['v']"),
    "an accepted upload is dropped": ([ACCEPTED, UploadChanged("u", "v", None)], "was accepted, and became nothing"),
    "an accepted upload is aborted": ([ACCEPTED, UploadChanged("u", "v", "aborted")], "and became aborted"),
    "an acknowledged upload is lost": ([Acknowledged("u")], "was acknowledged, and is lost"),
    "a playlist that is read shrinks": ([WATCHED, Listed("/360p.m3u8", ("/a",), ended=False)], "took segments back"),
    "a segment is gone": ([WATCHED, Fetched("/a", 404)], "announced, and answered 404"),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_good_history_is_accepted(case: str) -> None:
    assert check(GOOD[case]) == []


@pytest.mark.parametrize("case", BAD)
def test_broken_promise_is_found(case: str) -> None:
    events, complaint = BAD[case]
    (wrong,) = check(events)
    assert complaint in wrong


def test_job_that_waits_too_long_for_another_worker_is_found() -> None:
    assert check([FIRST, SECOND], patience=1) == []
    assert "waited 0.5 seconds" in check([FIRST, SECOND], patience=0.4)[0]


def test_what_follows_a_broken_promise_is_read_too() -> None:
    assert len(check([*COMPLETE, SetGone("s"), Acknowledged("u")])) == 2
