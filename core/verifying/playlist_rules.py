"""Rules about the playlists: what they lead to, and what their tags promise."""

import math
from collections import Counter
from collections.abc import Iterator

from core.verifying.findings import Finding, Rule
from core.verifying.parsed import MediaPlaylist
from core.verifying.published import Published, Rendition

_MOST_NAMED = 3


def reachable(published: Published) -> Iterator[Finding]:
    """Every address in a playlist leads to a file."""
    for rendition in published.renditions.values():
        if not rendition.fetched:
            yield Finding(Rule.REACHABLE, rendition.name, rendition.error)
        errors = [segment.error for segment in rendition.segments if not segment.fetched]
        if errors:
            yield Finding(Rule.REACHABLE, rendition.name, _some(errors, "segments", len(rendition.segments)))


def syntax(published: Published) -> Iterator[Finding]:
    """Every playlist parses, and uses no tag that its EXT-X-VERSION does not have."""
    if published.master.outdated:
        yield Finding(Rule.SYNTAX, "master", "; ".join(published.master.outdated[:_MOST_NAMED]))
    for rendition in published.renditions.values():
        if rendition.playlist is None and rendition.fetched:
            yield Finding(Rule.SYNTAX, rendition.name, rendition.error)
        elif rendition.playlist is not None and rendition.playlist.outdated:
            yield Finding(Rule.SYNTAX, rendition.name, "; ".join(rendition.playlist.outdated[:_MOST_NAMED]))


def groups(published: Published) -> Iterator[Finding]:
    """A variant's AUDIO group exists; tracks of a group have names of their own, and one plays by default."""
    master = published.master
    for variant in master.variants:
        if variant.audio_group is not None and not master.audio_of(variant):
            known = ", ".join(sorted({each.group for each in master.alternatives})) or "none"
            yield Finding(
                Rule.GROUPS,
                published.renditions[variant.uri].name,
                f"AUDIO={variant.audio_group!r} names no group of EXT-X-MEDIA; there are: {known}",
            )
    for kind, group in dict.fromkeys((each.kind, each.group) for each in master.alternatives if each.kind == "audio"):
        members = [each for each in master.alternatives if (each.kind, each.group) == (kind, group)]
        double = [name for name, count in Counter(each.name for each in members).items() if count > 1]
        if double:
            yield Finding(Rule.GROUPS, "master", f"group {group!r} has several tracks named {', '.join(double)}")
        if (defaults := sum(each.default for each in members)) != 1:
            yield Finding(Rule.GROUPS, "master", f"{defaults} of {len(members)} tracks of group {group!r} are DEFAULT")


def independent_tag(published: Published) -> Iterator[Finding]:
    """EXT-X-INDEPENDENT-SEGMENTS stands in the master playlist, or in every media playlist."""
    if published.master.independent:
        return
    for rendition in published.renditions.values():
        if rendition.playlist is not None and not rendition.playlist.independent:
            yield Finding(
                Rule.INDEPENDENT_TAG,
                rendition.name,
                "EXT-X-INDEPENDENT-SEGMENTS stands neither here nor in the master playlist",
            )


def continuous(published: Published) -> Iterator[Finding]:
    """A set is one timeline of whole, plain files."""
    for rendition in published.renditions.values():
        names = [segment.name for segment in rendition.segments if segment.entry.interrupted]
        if names:
            detail = "EXT-X-DISCONTINUITY, EXT-X-GAP, EXT-X-KEY or EXT-X-BYTERANGE at "
            yield Finding(Rule.CONTINUOUS, rendition.name, detail + _some(names, "segments", len(rendition.segments)))


def target_duration(published: Published) -> Iterator[Finding]:
    """Each EXTINF, rounded to the nearest integer, is at most EXT-X-TARGETDURATION (RFC 8216, 4.3.3.1)."""
    for rendition, playlist in _with_playlists(published):
        target = playlist.target_duration
        longest = max(playlist.entries, key=lambda entry: entry.duration).duration
        if target is None:
            yield Finding(Rule.TARGET_DURATION, rendition.name, "EXT-X-TARGETDURATION is missing")
        elif math.floor(longest + 0.5) > target:
            yield Finding(
                Rule.TARGET_DURATION,
                rendition.name,
                f"EXT-X-TARGETDURATION is {target}, the longest EXTINF {longest:.6f} s",
            )


def extinf(published: Published) -> Iterator[Finding]:
    """Each EXTINF is the segment's real duration, to half a picture or one frame of sound; so is their sum."""
    for rendition, playlist in _with_playlists(published):
        if not rendition.contents:
            continue
        bound = float(rendition.step) * (0.5 if rendition.kind == "video" else 1.001)
        told, real = [entry.duration for entry in playlist.entries], [float(each) for each in rendition.durations]
        off = [abs(said - lasts) for said, lasts in zip(told, real, strict=True)]
        worst = off.index(max(off))
        if off[worst] > bound:
            detail = f"{rendition.segments[worst].name}: EXTINF {told[worst]:.6f} s, it lasts {real[worst]:.6f} s"
            yield Finding(Rule.EXTINF, rendition.name, detail)
        elif abs(sum(told) - sum(real)) > 2 * bound:
            detail = f"all EXTINF are {sum(told):.6f} s, all segments last {sum(real):.6f} s"
            yield Finding(Rule.EXTINF, rendition.name, detail)


def _with_playlists(published: Published) -> Iterator[tuple[Rendition, MediaPlaylist]]:
    for rendition in published.renditions.values():
        if rendition.playlist is not None:
            yield rendition, rendition.playlist


def _some(names: list[str], what: str, of: int) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more} ({len(names)} of {of} {what})"
