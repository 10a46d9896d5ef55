"""Playlists as the `m3u8` package reads them: nothing of ours that wrote them takes part."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import m3u8
from m3u8.version_matching import validate

_MAP_VERSION = 6  # RFC 8216, section 7: EXT-X-MAP of anything but I-frames


class NotAPlaylist(Exception):
    """What was read is no playlist of the kind that was expected; the message says what it is."""


@dataclass(frozen=True, slots=True)
class Variant:
    """An EXT-X-STREAM-INF. Bit rates are in bits per second; None where the attribute is missing."""

    uri: str
    bandwidth: int | None
    average_bandwidth: int | None
    codecs: tuple[str, ...]
    resolution: tuple[int, int] | None
    frame_rate: float | None
    audio_group: str | None


@dataclass(frozen=True, slots=True)
class Alternative:
    """An EXT-X-MEDIA; `kind` is its TYPE in small letters. Without an address, it is inside the variants' segments."""

    kind: str
    group: str
    name: str
    uri: str | None
    default: bool


@dataclass(frozen=True, slots=True)
class Master:
    """A master playlist; `outdated` are tags that its EXT-X-VERSION does not have."""

    url: str
    variants: tuple[Variant, ...]
    alternatives: tuple[Alternative, ...]
    independent: bool
    outdated: tuple[str, ...]

    def audio_of(self, variant: Variant) -> list[Alternative]:
        """Return the sound tracks that can be played with the variant."""
        return [each for each in self.alternatives if each.kind == "audio" and each.group == variant.audio_group]


@dataclass(frozen=True, slots=True)
class Entry:
    """One media segment as announced; `duration` is in seconds, `init` the address of its EXT-X-MAP."""

    uri: str
    duration: float
    init: str | None
    interrupted: bool
    """A discontinuity, gap, key or byte range is attached to it: nothing this verifier's transcoders write."""


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """A media playlist; not `ended` while it still grows."""

    url: str
    target_duration: float | None
    entries: tuple[Entry, ...]
    independent: bool
    ended: bool
    outdated: tuple[str, ...]


def parse_master(text: str, url: str) -> Master:
    """Raises NotAPlaylist."""
    parsed = _parse(text, url)
    if not parsed.playlists:
        raise NotAPlaylist(f"{url} lists no variants (EXT-X-STREAM-INF): give the address of the master playlist")
    return Master(
        url=url,
        variants=tuple(_variant(each.stream_info, urljoin(url, each.uri)) for each in parsed.playlists),
        alternatives=tuple(_alternative(each, url) for each in parsed.media),
        independent=bool(parsed.is_independent_segments),
        outdated=_outdated(text, parsed),
    )


def parse_media(text: str, url: str) -> MediaPlaylist:
    """Raises NotAPlaylist."""
    parsed = _parse(text, url)
    if not parsed.segments:
        raise NotAPlaylist(f"{url} lists no segments")
    return MediaPlaylist(
        url=url,
        target_duration=parsed.target_duration,
        entries=tuple(_entry(each, url) for each in parsed.segments),
        independent=bool(parsed.is_independent_segments),
        ended=bool(parsed.is_endlist),
        outdated=_outdated(text, parsed),
    )


def short_name(url: str) -> str:
    """Return what a person knows a playlist or a segment by: the last part of its address, without a query."""
    return urlsplit(url).path.rpartition("/")[2].removesuffix(".m3u8")


def _parse(text: str, url: str) -> Any:
    if not text.startswith("#EXTM3U"):
        raise NotAPlaylist(f"{url} does not begin with #EXTM3U but with {text[:40]!r}")
    try:
        return m3u8.loads(text)
    # The package lets whatever its conversions raise pass through.
    except (m3u8.ParseError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise NotAPlaylist(f"{url} cannot be parsed: {str(error) or type(error).__name__}") from error


def _outdated(text: str, parsed: Any) -> tuple[str, ...]:
    lines = [f"line {each.line_number + 1}: {each.description}" for each in validate(text.splitlines())]
    # The package checks no tag that came after version 4.
    if any(segment.init_section for segment in parsed.segments) and (parsed.version or 1) < _MAP_VERSION:
        lines.append(f"EXT-X-VERSION is {parsed.version}, EXT-X-MAP needs {_MAP_VERSION}")
    return tuple(lines)


def _variant(info: Any, uri: str) -> Variant:
    return Variant(
        uri=uri,
        bandwidth=info.bandwidth,
        average_bandwidth=info.average_bandwidth,
        codecs=tuple(part.strip() for part in (info.codecs or "").split(",") if part.strip()),
        resolution=info.resolution,
        frame_rate=info.frame_rate,
        audio_group=info.audio,
    )


def _alternative(media: Any, url: str) -> Alternative:
    return Alternative(
        kind=(media.type or "").lower(),
        group=media.group_id or "",
        name=media.name or "",
        uri=urljoin(url, media.uri) if media.uri else None,
        default=media.default == "YES",
    )


def _entry(segment: Any, url: str) -> Entry:
    init = segment.init_section
    ranged = segment.byterange or (init and init.byterange)
    encrypted = segment.key is not None and segment.key.method != "NONE"
    return Entry(
        uri=urljoin(url, segment.uri),
        duration=float(segment.duration or 0),
        init=urljoin(url, init.uri) if init else None,
        interrupted=bool(segment.discontinuity or segment.gap_tag or ranged or encrypted),
    )
