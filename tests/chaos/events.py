"""What a record of a run can hold: each is one thing that was committed, said by a worker, or seen by a client."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claimed:
    """A worker has leased a job. `overdue` is how many seconds ago the lease of the one before it ended, if any."""

    job: str
    fence: int
    attempts: int
    overdue: float | None


@dataclass(frozen=True, slots=True)
class Left:
    """A job has changed its state to something else than `running`."""

    job: str
    fence: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A part of a run was written down; its files are named after the attempts (`job-fence`) that made them."""

    run: str
    name: str
    attempts: frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Completed:
    """A set became, or ceased to be, all that was planned."""

    set: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Announced:
    """Playlists of a set name these segments from now on; `ended` says that no more will follow."""

    set: str
    rendition: str
    segments: tuple[str, ...]
    ended: bool


@dataclass(frozen=True, slots=True)
class Current:
    """Another set, or none, is what a video plays."""

    video: str
    set: str | None


@dataclass(frozen=True, slots=True)
class SetGone:
    """The row of a set was deleted."""

    set: str


@dataclass(frozen=True, slots=True)
class Erased:
    """The row of a video was deleted; what belongs to it may follow."""

    video: str


@dataclass(frozen=True, slots=True)
class UploadChanged:
    """An upload has another state; None: its row was deleted."""

    upload: str
    video: str
    state: str | None


@dataclass(frozen=True, slots=True)
class SaidDone:
    """A worker's log says that it has done a job under this fence."""

    job: str
    fence: int


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A client was told that its upload is complete."""

    upload: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A client has read a media playlist; `addresses` are the paths it names, `ended` says that no more will follow."""

    playlist: str
    addresses: tuple[str, ...]
    ended: bool


@dataclass(frozen=True, slots=True)
class Fetched:
    """A client has asked for a segment that a playlist named."""

    address: str
    status: int


Event = (
    Claimed
    | Left
    | Stored
    | Completed
    | Announced
    | Current
    | SetGone
    | Erased
    | UploadChanged
    | SaidDone
    | Acknowledged
    | Listed
    | Fetched
)
