"""Verifies a published HLS set: reads it as a player would, and asks every rule about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.verifying import media_rules, playlist_rules, timeline_rules
from core.verifying.fetched import Fetch
from core.verifying.findings import Finding
from core.verifying.media_rules import peak_of
from core.verifying.parsed import Variant
from core.verifying.published import Published, Rendition, read_published

RULES: tuple[Callable[[Published], Iterator[Finding]], ...] = (
    playlist_rules.reachable,
    playlist_rules.syntax,
    playlist_rules.groups,
    playlist_rules.independent_tag,
    playlist_rules.continuous,
    playlist_rules.target_duration,
    playlist_rules.extinf,
    media_rules.one_stream,
    media_rules.decodes,
    timeline_rules.independent,
    timeline_rules.monotonic,
    timeline_rules.gapless,
    timeline_rules.aligned,
    timeline_rules.frame_count,
    timeline_rules.starts,
    timeline_rules.ends,
    media_rules.codecs,
    media_rules.bandwidth,
    media_rules.average_bandwidth,
    media_rules.resolution,
    media_rules.shape,
    media_rules.square_pixels,
    media_rules.rotation,
    media_rules.frame_rate,
)


@dataclass(frozen=True, slots=True)
class Summary:
    """One rendition as measured; what does not apply, or could not be read, is None.

    `duration` is in seconds; bit rates are in bits per second, `measured_peak` with the largest sound track, as
    `declared_bandwidth` has to be.
    """

    name: str
    kind: str
    segments: int
    ended: bool
    codecs: str | None = None
    size: str | None = None
    frame_rate: float | None = None
    frames: int | None = None
    duration: float | None = None
    measured_peak: int | None = None
    declared_bandwidth: int | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What was read and what is wrong with it. `notes` say what was left out, and why."""

    url: str
    renditions: tuple[Summary, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


async def verify(fetch: Fetch, url: str) -> Verified:
    """Verify everything below a master playlist, every frame of it.

    Raises NotFetched or NotAPlaylist when there is no master playlist to begin with; all else ends as findings.
    """
    published = await read_published(fetch, url)
    return Verified(
        url=url,
        renditions=tuple(_summary(published, rendition) for rendition in published.renditions.values()),
        findings=tuple(finding for rule in RULES for finding in rule(published)),
        notes=tuple(_notes(published)),
    )


def _summary(published: Published, rendition: Rendition) -> Summary:
    variant = next((each for each in published.master.variants if each.uri == rendition.uri), None)
    kind = rendition.kind or ("video" if variant else "audio")
    if not rendition.contents:
        return Summary(rendition.name, kind, len(rendition.segments), rendition.ended)
    pictures, sizes = rendition.kind == "video", rendition.contents[0].sizes
    return Summary(
        name=rendition.name,
        kind=kind,
        segments=len(rendition.segments),
        ended=rendition.ended,
        codecs=rendition.contents[0].codecs,
        size=f"{sizes[0][0]}x{sizes[0][1]}" if sizes else None,
        frame_rate=round(rendition.frame_rate, 3) if pictures else None,
        frames=rendition.frames,
        duration=round(float(rendition.duration), 6),
        measured_peak=_peak(published, rendition, variant),
        declared_bandwidth=variant.bandwidth if variant else None,
    )


def _peak(published: Published, rendition: Rendition, variant: Variant | None) -> int:
    return round(peak_of(rendition, published.heard_with(variant) if variant else []))


def _notes(published: Published) -> Iterator[str]:
    growing = [rendition.name for rendition in published.renditions.values() if not rendition.ended]
    if growing:
        yield f"still growing, verified as far as they are (no EXT-X-ENDLIST): {', '.join(growing)}"
    others = [each for each in published.master.alternatives if each.kind != "audio"]
    if others:
        yield f"listed, not verified: {', '.join(f'{each.kind} {each.name!r}' for each in others)}"
