"""Together the runs of chaos see everything go wrong that can, at every step, on both storages."""

import pytest

from tests.chaos.dealing import DISK, KILLED, MOVES, STORAGES, UPLOADS, plan_in_process, plan_of_move, plan_with_kills
from tests.chaos.decks import OF_A_REPLACEMENT, REQUESTS, move_deck, of_upload
from tests.chaos.mishaps import ASKED, KILLS, POINTS, Kind, Mishap, Step, crashes, failures
from tests.chaos.plans import Back, Ending, Plan

IN_PROCESS = [plan_in_process(seed) for seed in UPLOADS]
WITH_KILLS = [plan_with_kills(seed) for seed in KILLED]
OF_MOVES = [plan_of_move(seed) for seed in MOVES]


def cases(plans: list[Plan]) -> set[Mishap]:
    """Return what goes wrong in any of these plans."""
    return {mishap.case for plan in plans for mishap in plan.mishaps}


def of(storage: str, *endings: Ending) -> list[Plan]:
    return [plan for plan in IN_PROCESS if plan.storage == storage and plan.ending in (endings or Ending)]


def test_there_are_more_than_200_runs_and_each_can_be_repeated() -> None:
    assert len(IN_PROCESS) + len(WITH_KILLS) + len(OF_MOVES) >= 200
    for plans, planning in ((IN_PROCESS, plan_in_process), (WITH_KILLS, plan_with_kills), (OF_MOVES, plan_of_move)):
        assert [planning(plan.seed) for plan in plans] == plans
        assert len({str(plan) for plan in plans}) == len(plans)


@pytest.mark.parametrize("step", REQUESTS)
@pytest.mark.parametrize("storage", STORAGES)
def test_everything_goes_wrong_with_every_step_of_an_upload(storage: str, step: Step) -> None:
    assert {*of_upload(step, storage), *crashes(step)} <= cases(of(storage))


@pytest.mark.parametrize("step", [Step.COMPLETE, Step.WORK])
@pytest.mark.parametrize("storage", STORAGES)
def test_a_replacement_sees_every_crash_and_what_it_asks_besides(storage: str, step: Step) -> None:
    planned = cases(of(storage, Ending.REPLACES))
    assert set(crashes(step)) <= planned
    assert storage == DISK or set(failures(Step.WORK, OF_A_REPLACEMENT)) <= planned


@pytest.mark.parametrize("step", sorted(ASKED))
@pytest.mark.parametrize("storage", STORAGES)
def test_server_is_killed_in_every_step_that_waits_for_an_answer(storage: str, step: Step) -> None:
    planned = cases([plan for plan in WITH_KILLS if plan.storage == storage])
    assert {Mishap(step, kind) for kind in KILLS} <= planned


def test_r_1_server_is_killed_in_30_runs() -> None:
    killed = [plan for plan in WITH_KILLS if any(mishap.kind in KILLS for mishap in plan.mishaps)]
    assert len(killed) == len(WITH_KILLS) == 30
    assert {plan.ending for plan in WITH_KILLS} >= {Ending.FINISHES, Ending.CANCELS, Ending.REPLACES}


@pytest.mark.parametrize("target", STORAGES)
def test_everything_goes_wrong_with_a_move_to(target: str) -> None:
    planned = cases([plan for plan in OF_MOVES if plan.moves_to == target])
    assert set(move_deck(target)) <= planned


@pytest.mark.parametrize("step", [Step.MOVE, Step.BACK, Step.DROP])
def test_code_dies_at_every_point_of_a_move(step: Step) -> None:
    assert set(crashes(step)) <= cases(OF_MOVES)


@pytest.mark.parametrize("back", [Back.AT_ONCE, Back.LATER])
def test_code_dies_at_every_point_of_the_way_back(back: Back) -> None:
    assert set(crashes(Step.BACK)) <= cases([plan for plan in OF_MOVES if plan.back is back])


@pytest.mark.parametrize(
    ("step", "requests"),
    [
        (Step.BACK, ("HeadObject", "GetObject", "ListObjectsV2")),
        (Step.DROP, ("HeadObject", "ListObjectsV2", "DeleteObjects")),
    ],
)
def test_store_fails_in_every_way_on_the_way_back(step: Step, requests: tuple[str, ...]) -> None:
    assert set(failures(step, requests)) <= cases(OF_MOVES)


def test_nothing_that_can_go_wrong_was_forgotten() -> None:
    planned = cases([*IN_PROCESS, *WITH_KILLS, *OF_MOVES])
    assert {mishap.kind for mishap in planned} == set(Kind)
    assert {mishap.step for mishap in planned} == set(Step)
    points = {(mishap.step, mishap.operation) for mishap in planned if mishap.kind is Kind.CRASH}
    assert points == {(step, point) for step, names in POINTS.items() for point in names}
    assert Mishap(Step.PART, Kind.STORE_SILENT) in planned
    failing = {(mishap.step, mishap.operation, mishap.fault) for mishap in planned if mishap.fault}
    assert len(failing) > 100
