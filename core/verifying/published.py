"""A published set as rules look at it: what is announced beside what was measured."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from core.verifying.fetched import Fetch, NotFetched
from core.verifying.measured import Content, Segment, measure
from core.verifying.parsed import (
    Master,
    MediaPlaylist,
    NotAPlaylist,
    Variant,
    parse_master,
    parse_media,
    short_name,
)

_SHORTEST = Fraction(1, 1000)
"""Seconds: no duration is 0 or less, whatever times segments carry."""


@dataclass(frozen=True)
class Rendition:
    """One media playlist and its segments; `playlist` is None when it could not be read, for the reason in `error`."""

    uri: str
    playlist: MediaPlaylist | None
    segments: tuple[Segment, ...] = ()
    error: str = ""
    fetched: bool = True

    @property
    def name(self) -> str:
        """What a person knows it by."""
        return short_name(self.uri)

    @cached_property
    def contents(self) -> tuple[Content, ...]:
        """Every segment's content, or nothing when any is missing: a broken rendition is judged for that alone."""
        found = tuple(segment.content for segment in self.segments if segment.content is not None)
        return found if len(found) == len(self.segments) else ()

    @property
    def kind(self) -> str:
        """`video` or `audio`; empty for a broken rendition."""
        return self.contents[0].kind if self.contents else ""

    @property
    def ended(self) -> bool:
        """False while more segments may come."""
        return self.playlist is not None and self.playlist.ended

    @cached_property
    def starts(self) -> tuple[Fraction, ...]:
        """When each segment is first seen or heard, in seconds."""
        return tuple(content.seconds(content.start) for content in self.contents)

    @property
    def end(self) -> Fraction:
        """When its last picture or sound is over, in seconds."""
        return self.contents[-1].seconds(self.contents[-1].end)

    @property
    def duration(self) -> Fraction:
        """From the first picture or sound to the end of the last, in seconds."""
        return max(self.end - self.starts[0], _SHORTEST)

    @cached_property
    def durations(self) -> tuple[Fraction, ...]:
        """How long each segment lasts until the next one begins, in seconds."""
        borders = (*self.starts, self.end)
        return tuple(after - before for before, after in pairwise(borders))

    @property
    def frames(self) -> int:
        """How many pictures, or frames of sound, there are."""
        return sum(content.packets for content in self.contents)

    @property
    def step(self) -> Fraction:
        """How long one frame lasts, in seconds: the median of the segments' medians."""
        steps = sorted(content.seconds(content.step) for content in self.contents)
        return steps[len(steps) // 2]

    @property
    def frame_rate(self) -> float:
        """Pictures in a second, on average."""
        return float(self.frames / self.duration)

    @property
    def peak(self) -> float:
        """The peak segment bit rate, in bits per second (RFC 8216, 4.1)."""
        sizes, told = self._announced
        longest = math.floor(max(told) + 0.5)
        target = self.playlist.target_duration if self.playlist else None
        return peak_bit_rate(sizes, told, max(target or 0, longest, 1))

    @property
    def average(self) -> float:
        """Bits in a second, over the whole."""
        sizes, told = self._announced
        return 8 * sum(sizes) / max(sum(told), float(_SHORTEST))

    @property
    def _announced(self) -> tuple[list[int], list[float]]:
        """Sizes and EXTINF: the durations by which RFC 8216 defines bit rates, and which a rule of their own proves."""
        return [each.size for each in self.segments], [each.entry.duration for each in self.segments]


@dataclass(frozen=True)
class Published:
    """A master playlist and all renditions it leads to, each once."""

    master: Master
    renditions: dict[str, Rendition] = field(default_factory=dict)

    def pictures(self) -> Iterator[tuple[Variant, Rendition]]:
        """Yield every variant whose pictures could be read whole."""
        for variant in self.master.variants:
            if self.renditions[variant.uri].kind == "video":
                yield variant, self.renditions[variant.uri]

    def sound(self) -> list[Rendition]:
        """Return every rendition of sound that could be read whole."""
        return [each for each in self.renditions.values() if each.kind == "audio"]

    def heard_with(self, variant: Variant) -> list[Rendition]:
        """Return the readable sound tracks that can be played with the variant."""
        found = [self.renditions[each.uri] for each in self.master.audio_of(variant) if each.uri]
        return [each for each in found if each.kind == "audio"]

    def whole(self, variant: Variant) -> bool:
        """Tell whether the variant and every sound track that goes with it could be read."""
        uris = [variant.uri, *(each.uri for each in self.master.audio_of(variant) if each.uri)]
        return all(self.renditions[uri].contents for uri in uris)


async def read_published(fetch: Fetch, url: str) -> Published:
    """Read everything below a master playlist. Raises NotFetched or NotAPlaylist when there is none to begin with."""
    master = parse_master((await fetch(url)).decode("utf-8", "replace"), url)
    uris = [variant.uri for variant in master.variants]
    uris += [each.uri for each in master.alternatives if each.uri and each.kind == "audio"]
    return Published(master, {uri: await _rendition(fetch, uri) for uri in dict.fromkeys(uris)})


async def _rendition(fetch: Fetch, uri: str) -> Rendition:
    try:
        playlist = parse_media((await fetch(uri)).decode("utf-8", "replace"), uri)
    except NotFetched as error:
        return Rendition(uri, None, error=str(error), fetched=False)
    except NotAPlaylist as error:
        return Rendition(uri, None, error=str(error))
    return Rendition(uri, playlist, tuple(await measure(fetch, playlist.entries)))


def peak_bit_rate(sizes: Sequence[int], durations: Sequence[float], target: float) -> float:
    """Return the highest bit rate of any segments in a row that last 0.5 to 1.5 target durations (RFC 8216, 4.1).

    Sizes are in bytes, times in seconds. It is the average where no segments last that long.
    """
    peak = 8 * sum(sizes) / max(sum(durations), float(_SHORTEST))
    for first in range(len(sizes)):
        size, duration = 0, 0.0
        for last in range(first, len(sizes)):
            size, duration = size + sizes[last], duration + durations[last]
            if duration > 1.5 * target:
                break
            if duration >= 0.5 * target:
                peak = max(peak, 8 * size / duration)
    return peak
