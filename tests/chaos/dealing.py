"""Deals the mishaps out to the runs: together they see everything go wrong, and each run follows from its seed alone.

The mishaps of a step are a deck of cards, and a run takes the next one of each deck that fits what its sender does.
"""

import random
from collections.abc import Sequence

from tests.chaos.decks import back_deck, drop_deck, move_deck, upload_decks
from tests.chaos.mishaps import KILLS, Kind, Mishap, Step
from tests.chaos.plans import MIB, Back, Ending, Plan

DISK, S3 = STORAGES = ("storage_disk", "storage_s3")
_SMALLEST = 1024  # bytes that a file must have
_ALTERABLE = 4096  # bytes of a part after whose head of the request there is one to be changed

_FINISHES, _CANCELS, _LEAVES, _DELETES, _REPLACES = Ending
_ENDINGS = (_FINISHES, _REPLACES, _CANCELS, _DELETES) * 2 + (_FINISHES, _REPLACES, _DELETES, _LEAVES)
UPLOADS = range(2 * 8 * len(_ENDINGS))
_ASKED_FIRST = (Step.OPEN, Step.LOOK, Step.SIGN, Step.PART)
_KILLED = (
    *((_FINISHES, step, kind) for step in (*_ASKED_FIRST, Step.COMPLETE) for kind in KILLS),
    *((_CANCELS, Step.CANCEL, kind) for kind in KILLS),
    *((_REPLACES, Step.COMPLETE, kind) for kind in KILLS),
    (_REPLACES, Step.OPEN, Kind.KILLED_ANSWERING),
)
KILLED = range(2 * len(_KILLED))
_COURSES = (
    *((DISK, back) for back in (*[Back.AT_ONCE] * 5, *[Back.LATER] * 2, *[Back.NEVER] * 4)),
    *((S3, back) for back in (*[Back.AT_ONCE] * 2, *[Back.LATER] * 3, *[Back.NEVER] * 2)),
)
MOVES = range(4 * len(_COURSES))


def plan_in_process(seed: int) -> Plan:
    """Return a run in which connections, store, disk and code fail, and the process lives on."""
    choose = random.Random(seed)  # noqa: S311 - reproducible, not secret
    round_, turn = divmod(seed // 2, len(_ENDINGS))
    ending = _ENDINGS[turn]
    plan = _plan(seed, STORAGES[seed % 2], ending, choose)
    for endings, deck in upload_decks(plan.storage, ending):
        turns = [each in endings for each in _ENDINGS]
        plan.mishaps.append(_dealt(deck, round_ * sum(turns) + sum(turns[:turn]), choose))
    _fit(plan)
    return plan


def plan_with_kills(seed: int) -> Plan:
    """Return a run in which the server is killed while it is asked or before it answers, and a connection is cut."""
    choose = random.Random(10_000 + seed)  # noqa: S311 - as above
    ending, step, kind = _KILLED[seed // 2]
    plan = _plan(seed, STORAGES[seed % 2], ending, choose)
    cut = Mishap(choose.choice([Step.OPEN, Step.SIGN, Step.PART]), choose.choice([Kind.REQUEST_CUT, Kind.ANSWER_LOST]))
    plan.mishaps = [each.somehow(choose) for each in (Mishap(step, kind), cut)]
    return plan


def plan_of_move(seed: int) -> Plan:
    """Return a run in which everything is moved, perhaps back, and both storages and the code fail meanwhile."""
    choose = random.Random(20_000 + seed)  # noqa: S311 - as above
    storage, back = _COURSES[seed % len(_COURSES)]
    plan = _plan(seed, storage, Ending.FINISHES, choose)
    plan.moves_to, plan.back = S3 if storage == DISK else DISK, back
    plan.part_size, plan.size = 5 * MIB, 5 * MIB + choose.randint(1, 300_000)  # what a bucket takes in parts
    earlier = [_COURSES[each % len(_COURSES)] for each in range(seed)]
    plan.mishaps = [
        _dealt(move_deck(plan.moves_to), sum(each == storage for each, _ in earlier), choose),
        _dealt(drop_deck(storage, back), sum(drop_deck(*each) == drop_deck(storage, back) for each in earlier), choose),
    ]
    if back is not Back.NEVER:
        turn = sum(each == back for _, each in earlier)
        plan.mishaps.append(_dealt(back_deck(back), turn, choose))
    return plan


def _dealt(deck: Sequence[Mishap], turn: int, choose: random.Random) -> Mishap:
    """Return the card whose turn it is: each comes once before any comes again, in another order each time."""
    round_, place = divmod(turn, len(deck))
    shuffled = random.Random(round_).sample(deck, len(deck))  # noqa: S311 - as above
    return shuffled[place].somehow(choose)


def _plan(seed: int, storage: str, ending: Ending, choose: random.Random) -> Plan:
    part_size = 5 * MIB if storage == S3 else choose.choice([4096, 65_536, 3 * MIB // 2])
    parts = choose.choice([1, 1, 2, 3])
    tail = choose.randint(1, min(part_size, 300_000))
    size = max(_SMALLEST, (parts - 1) * part_size + tail)
    return Plan(seed, storage, part_size, size, ending, choose.random() < 0.2, choose.random() < 0.3)


def _fit(plan: Plan) -> None:
    """Let every part be so large that a byte of it can be changed, where one is to be."""
    if any(mishap.kind is Kind.BYTE_CHANGED for mishap in plan.mishaps):
        plan.size += max(0, _ALTERABLE - plan.size % plan.part_size) % plan.part_size
