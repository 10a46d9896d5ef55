"""What the segments of a rendition really hold: fetched a few at a time, and decoded by a sandboxed child."""

import json
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from core.processes import MIB, Limits, ProcessError, run
from core.verifying.fetched import Fetch, NotFetched
from core.verifying.parsed import Entry, short_name

_CHILD = Path(__file__).with_name("measure_child.py")
_LIMITS = Limits(memory=3072 * MIB, cpu_seconds=600, file_size=0)
_DEADLINE = 600.0

_BATCH_SEGMENTS = 16
_BATCH_BYTES = 64 * MIB
"""The start of a child costs as much as decoding some seconds: several segments share one."""


class Content(BaseModel):
    """What the child found in one segment; times are in ticks of `time_base` (see measure_child.py)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    streams: tuple[str, ...]
    kind: str
    codecs: str
    time_base: tuple[int, int]
    packets: int
    decoded: int
    corrupt: int
    messages: tuple[str, ...]
    first_is_key: bool
    leading: int
    start: int
    end: int
    decode_start: int
    decode_end: int
    not_rising: int
    step: int
    shortest_step: int
    longest_step: int
    sizes: tuple[tuple[int, int], ...]
    rotation: int
    sample_aspect_ratio: Fraction

    def seconds(self, ticks: int) -> Fraction:
        """Turn ticks into seconds, exactly."""
        return ticks * Fraction(*self.time_base)


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as announced and as it is; `content` is None when it could not be read, for the reason in `error`."""

    entry: Entry
    size: int
    content: Content | None
    error: str = ""
    fetched: bool = True

    @property
    def name(self) -> str:
        """What a person knows it by."""
        return short_name(self.entry.uri)


async def measure(fetch: Fetch, entries: Sequence[Entry]) -> list[Segment]:
    """Read and decode every segment. Not more than one is held in memory, and a few on disk, however many there are."""
    measured: list[Segment] = []
    waiting = list(entries)
    while waiting:
        with tempfile.TemporaryDirectory(prefix="mutoscope-verify-") as folder:
            batch = [found async for found in _batch(fetch, waiting, Path(folder))]
            measured += await _decoded(batch, Path(folder))
        del waiting[: len(batch)]
    return measured


async def _batch(fetch: Fetch, entries: Sequence[Entry], folder: Path) -> AsyncIterator[Segment]:
    """Put the first segments into the folder, as many as share an initialisation segment and a child."""
    total, first = 0, entries[0]
    try:
        (folder / "init").write_bytes(await fetch(first.init) if first.init else b"")
    except NotFetched as error:
        yield Segment(first, 0, None, str(error), fetched=False)
        return
    for number, entry in enumerate(entries[:_BATCH_SEGMENTS]):
        if entry.init != first.init or total > _BATCH_BYTES:
            return
        try:
            content = await fetch(entry.uri)
        except NotFetched as error:
            yield Segment(entry, 0, None, str(error), fetched=False)
            continue
        (folder / f"{number:05d}").write_bytes(content)
        total += len(content)
        yield Segment(entry, len(content), None)


async def _decoded(batch: Sequence[Segment], folder: Path) -> list[Segment]:
    there = [segment for segment in batch if segment.fetched]
    if not there:
        return list(batch)
    command = [sys.executable, "-I", "/measure_child.py", "/segments"]
    mounted = {"/measure_child.py": _CHILD, "/segments": folder}
    try:
        child = await run(command, limits=_LIMITS, deadline=_DEADLINE, read_only=mounted)
        answers = iter(child.stdout.splitlines())
    except ProcessError as error:
        return [_unread(segment, f"the decoder was ended by it or its neighbours: {error}") for segment in batch]
    return [_read(segment, next(answers, b"")) if segment.fetched else segment for segment in batch]


def _read(segment: Segment, answer: bytes) -> Segment:
    """Validate what the child says: it has read media of anybody's making."""
    try:
        found = json.loads(answer)
        if "error" in found:
            return _unread(segment, str(found["error"]))
        return Segment(segment.entry, segment.size, Content.model_validate(found))
    except (ValueError, TypeError, ValidationError) as error:
        return _unread(segment, f"the decoder's answer makes no sense: {error}")


def _unread(segment: Segment, error: str) -> Segment:
    return segment if not segment.fetched else Segment(segment.entry, segment.size, None, error)
