"""Joins what the jobs of a run have made into one set. Pure: rows and files are not looked at."""

from collections.abc import Mapping, Sequence

from core.models import EncodedPart
from core.transcoding import (
    EncodedRendition,
    EncodedSet,
    Plan,
    Segment,
    average_bandwidth,
    peak_bandwidth,
)

COPIED, SOUNDS = "copy", "sound"
_LEAST_SHARE = 0.9
_SLACK_SECONDS = 2.0
"""Announced durations are estimates in some containers; less than this share, by more than this, is a broken file."""


class PartsDisagree(Exception):
    """The parts do not fit together: they cannot be played one after another."""


def chunk_name(index: int) -> str:
    """Return the name of a chunk's part; sorted by name they are in playing order."""
    return f"chunk-{index:05}"


def below(encoded: EncodedSet, folder: str) -> EncodedSet:
    """Return the same set with every file name below a folder."""

    def moved(rendition: EncodedRendition) -> EncodedRendition:
        segments = tuple(
            segment.model_copy(update={"name": f"{folder}/{segment.name}"}) for segment in rendition.segments
        )
        return rendition.model_copy(update={"init": f"{folder}/{rendition.init}", "segments": segments})

    return encoded.model_copy(
        update={
            "renditions": tuple(map(moved, encoded.renditions)),
            "posters": tuple(f"{folder}/{name}" for name in encoded.posters),
            "sheets": tuple(sheet.model_copy(update={"name": f"{folder}/{sheet.name}"}) for sheet in encoded.sheets),
        }
    )


def extended(rendition: EncodedRendition, first: int, segments: Sequence[Segment]) -> EncodedRendition:
    """Return the rendition with these segments in place of its own from number `first` on, and its bit rates anew."""
    whole = (*rendition.segments[:first], *segments)
    return rendition.model_copy(
        update={
            "segments": whole,
            "peak_bandwidth": peak_bandwidth(whole),
            "average_bandwidth": average_bandwidth(whole),
        }
    )


def joined(plan: Plan, parts: Mapping[str, EncodedPart]) -> EncodedSet:
    """Return the complete set of a run: the copy where its cuts are everybody's, the rungs, the sounds, all images.

    Raises PartsDisagree when a rendition's parts cannot follow each other, or end long before the file should.
    """
    sets = {name: EncodedSet.model_validate(part.encoded) for name, part in sorted(parts.items())}
    chunks = _with_pictures([each for name, each in sets.items() if name not in (COPIED, SOUNDS)])
    _require_equal_inits(parts)
    copied = sets.get(COPIED)
    renditions = list(copied.renditions) if copied else []
    if copied and copied.cuts is None:
        renditions = [rendition for rendition in renditions if rendition.kind == "audio"]
    renditions += _rungs(chunks)
    if SOUNDS in sets:
        renditions += sets[SOUNDS].renditions
    images = [*chunks, copied] if copied else chunks
    result = EncodedSet(
        renditions=tuple(renditions),
        duration=max(sum(segment.duration for segment in each.segments) for each in renditions),
        posters=tuple(poster for each in images for poster in each.posters),
        sheets=tuple(sheet for each in chunks for sheet in each.sheets),
        cpu_seconds=sum(each.cpu_seconds for each in sets.values()),
    )
    announced = plan.info.duration
    if result.duration < min(announced * _LEAST_SHARE, announced - _SLACK_SECONDS):
        raise PartsDisagree(f"it ends after {result.duration:.1f} of {announced:.1f} seconds")
    return result


def _with_pictures(chunks: Sequence[EncodedSet]) -> list[EncodedSet]:
    """Leave out the chunks behind the end of the pictures, where the file announced more than it holds."""
    if not chunks:
        raise PartsDisagree("it has no chunks")
    kept = list(chunks)
    while len(kept) > 1 and kept[0].renditions and not any(each.segments for each in kept[-1].renditions):
        kept.pop()
    return kept


def _rungs(chunks: Sequence[EncodedSet]) -> list[EncodedRendition]:
    names = [rendition.name for rendition in chunks[0].renditions]
    if any([rendition.name for rendition in chunk.renditions] != names for chunk in chunks):
        raise PartsDisagree("its chunks do not hold the same renditions")
    rungs = []
    for index, first in enumerate(chunks[0].renditions):
        if not all(chunk.renditions[index].segments for chunk in chunks):
            raise PartsDisagree(f"{first.name} has a gap")
        segments = [segment for chunk in chunks for segment in chunk.renditions[index].segments]
        rungs.append(extended(first, 0, segments))
    return rungs


def _require_equal_inits(parts: Mapping[str, EncodedPart]) -> None:
    digests = [part.inits for name, part in sorted(parts.items()) if name not in (COPIED, SOUNDS)]
    if any(each != digests[0] for each in digests if each):
        raise PartsDisagree("its chunks were encoded with different parameters")
