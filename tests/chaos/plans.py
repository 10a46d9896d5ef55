"""What happens in one run of chaos: a file, what its sender does with it, and what goes wrong."""

from dataclasses import dataclass, field
from enum import StrEnum

from core.testing.sending import some_bytes
from tests.chaos.mishaps import Mishap
from tests.fakes.transcoder_instant import instant_video

MIB = 1024**2
SECONDS, OLDER_SECONDS = 4, 8
OLDER = instant_video(seconds=OLDER_SECONDS, size=(640, 360))
"""The file that another one is to take the place of."""


class Ending(StrEnum):
    """What the sender does in the end."""

    FINISHES = "finishes"
    CANCELS = "cancels"
    LEAVES = "leaves"
    DELETES = "finishes, and deletes the video"
    REPLACES = "replaces the file of a published video"


class Back(StrEnum):
    """Whether what was moved is moved back again."""

    NEVER = "there to stay"
    AT_ONCE = "and back at once"
    LATER = "and back, when what was left behind has been dropped"


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
    back: Back = Back.NEVER

    @property
    def finishes(self) -> bool:
        """Whether the whole file is sent."""
        return self.ending not in (Ending.CANCELS, Ending.LEAVES)

    @property
    def storages(self) -> frozenset[str]:
        """Those that are in use."""
        return frozenset({self.storage, self.moves_to} - {""})

    @property
    def content(self) -> bytes:
        """The file: a film of four seconds to the instant transcoder, and noise besides."""
        film = instant_video(seconds=SECONDS, size=(640, 360)).rstrip().removesuffix(b"}") + b', "noise": "'
        noise = some_bytes(self.size // 2 + 1, str(self.seed)).hex().encode()
        return film + noise[: self.size - len(film) - 2] + b'"}'

    def __str__(self) -> str:
        lines = [f"{self.size} bytes in parts of {self.part_size} to {self.storage}; the sender {self.ending}"]
        lines += [f"  then to {self.moves_to}, {self.back}"] if self.moves_to else []
        return "\n".join([*lines, *(f"  {mishap.step}: {mishap}" for mishap in self.mishaps)])
