"""What happens in one run of chaos: everything about it follows from its seed."""

import random
from dataclasses import dataclass, field
from enum import StrEnum

from core.testing.sending import some_bytes
from tests.chaos.mishaps import Kind, Mishap, Step, a_mishap
from tests.fakes.transcoder_instant import instant_video

MIB = 1024**2
_SMALLEST = 1024  # bytes that a file must have


class Ending(StrEnum):
    """What the sender does in the end."""

    FINISHES = "finishes"
    CANCELS = "cancels"
    LEAVES = "leaves"
    DELETES = "finishes, and deletes the video"


@dataclass(slots=True)
class Plan:
    """One run: a file, where it goes, what its sender does, and what goes wrong with which try of which step."""

    seed: int
    storage: str
    part_size: int
    size: int
    ending: Ending
    twins: bool
    """Whether two tabs complete the upload at once."""
    reloads: bool
    """Whether the page is loaded anew when completing it has failed."""
    mishaps: list[Mishap] = field(default_factory=list)
    moves_to: str = ""
    """Where everything is moved to afterwards."""
    back: bool = False
    """Whether it is moved back again."""

    @property
    def finishes(self) -> bool:
        """Whether the whole file is sent."""
        return self.ending in (Ending.FINISHES, Ending.DELETES)

    @property
    def storages(self) -> frozenset[str]:
        """Those that are in use."""
        return frozenset({self.storage, self.moves_to} - {""})

    @property
    def content(self) -> bytes:
        """The file: a film of four seconds to the instant transcoder, and noise besides."""
        film = instant_video(seconds=4, size=(640, 360)).rstrip().removesuffix(b"}") + b', "noise": "'
        noise = some_bytes(self.size // 2 + 1, str(self.seed)).hex().encode()
        return film + noise[: self.size - len(film) - 2] + b'"}'

    def __str__(self) -> str:
        lines = [f"{self.size} bytes in parts of {self.part_size} to {self.storage}; the sender {self.ending}"]
        lines += [f"  then to {self.moves_to}{' and back' if self.back else ''}"] if self.moves_to else []
        return "\n".join([*lines, *(f"  {mishap.step}: {mishap}" for mishap in self.mishaps)])


def plan_in_process(seed: int) -> Plan:
    """Return a run in which connections, store, disk and code fail, and the process lives on."""
    choose = random.Random(seed)  # noqa: S311 - reproducible, not secret
    plan = _plan(seed, choose)
    steps = _steps(plan.ending)
    plan.mishaps = [a_mishap(choose, choose.choice(steps), plan.storages) for _ in range(choose.randint(2, 5))]
    return plan


def plan_with_kills(seed: int) -> Plan:
    """Return a run in which the server is killed while it is asked or before it answers, and connections are cut."""
    choose = random.Random(10_000 + seed)  # noqa: S311 - as above
    plan = _plan(seed, choose)
    killing = [Kind.KILLED_ASKING, Kind.KILLED_ANSWERING]
    asking = [step for step in _steps(plan.ending) if step not in (Step.WORK, Step.ERASE)]
    kill = Mishap(choose.choice(asking), choose.choice(killing), choose.random())
    cut = Mishap(choose.choice(asking), choose.choice([Kind.REQUEST_CUT, Kind.ANSWER_LOST]), choose.random())
    plan.mishaps = [kill, cut]
    return plan


def plan_of_move(seed: int) -> Plan:
    """Return a run in which everything is moved, perhaps back, and both storages and the code fail meanwhile."""
    choose = random.Random(20_000 + seed)  # noqa: S311 - as above
    plan = _plan(seed, choose)
    plan.ending, plan.back = Ending.FINISHES, choose.random() < 0.5
    plan.moves_to = "storage_s3" if plan.storage == "storage_disk" else "storage_disk"
    steps = [Step.MOVE, Step.MOVE, Step.DROP, *([Step.BACK] * 2 if plan.back else [])]
    plan.mishaps = [a_mishap(choose, choose.choice(steps), plan.storages) for _ in range(choose.randint(2, 5))]
    return plan


def _plan(seed: int, choose: random.Random) -> Plan:
    storage = ("storage_disk", "storage_s3")[seed % 2]
    part_size = 5 * MIB if storage == "storage_s3" else choose.choice([4096, 65_536, 3 * MIB // 2])
    parts = choose.choice([1, 1, 2, 3])
    tail = choose.randint(1, min(part_size, 300_000))
    ending = choose.choices(list(Ending), [10, 1, 1, 2])[0]
    size = max(_SMALLEST, (parts - 1) * part_size + tail)
    return Plan(seed, storage, part_size, size, ending, choose.random() < 0.2, choose.random() < 0.3)


def _steps(ending: Ending) -> list[Step]:
    usual = [Step.OPEN, Step.LOOK, Step.SIGN, Step.PART, Step.PART]
    return {
        Ending.FINISHES: [*usual, Step.COMPLETE, Step.COMPLETE, Step.WORK, Step.WORK],
        Ending.CANCELS: [*usual, Step.CANCEL],
        Ending.LEAVES: usual,
        Ending.DELETES: [Step.COMPLETE, Step.WORK, Step.ERASE, Step.ERASE],
    }[ending]
