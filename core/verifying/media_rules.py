"""Rules about what is decoded: that it is, and that it is what the master playlist announces."""

from collections.abc import Iterator

from core.verifying.findings import Finding, Rule
from core.verifying.published import Published, Rendition

_HEADROOM = 1.15
_ROUNDING = 0.999
"""EXTINF and BANDWIDTH are rounded: a bit rate this much below the measured one is the same."""

_RATE_TOLERANCE = 0.0005
"""Share of a frame rate: 29.97 and 30 differ by twice as much."""

_CLOCK = 0.001
"""Seconds by which a duration may be off: Matroska counts milliseconds, and what is copied from it keeps them."""

_EVEN = 2
"""Pixels that rounding to even sizes may cost either side."""


def one_stream(published: Published) -> Iterator[Finding]:
    """A rendition holds pictures or sound; what stands in the master playlist decides which."""
    seen = {variant.uri for variant in published.master.variants}
    for rendition in published.renditions.values():
        expected = "video" if rendition.uri in seen else "audio"
        for segment, content in zip(rendition.segments, rendition.contents, strict=False):
            if content.streams != (expected,):
                detail = f"{segment.name} holds {' and '.join(content.streams)}, expected is {expected} alone"
                yield Finding(Rule.ONE_STREAM, rendition.name, detail)
                break


def decodes(published: Published) -> Iterator[Finding]:
    """Each segment decodes alone after its initialisation segment: every frame, and without a warning."""
    for rendition in published.renditions.values():
        complaints = [complaint for complaint in _complaints(rendition) if complaint]
        if complaints:
            more = f" ({len(complaints)} of {len(rendition.segments)} segments)"
            yield Finding(Rule.DECODES, rendition.name, complaints[0] + more)


def _complaints(rendition: Rendition) -> Iterator[str]:
    for segment in rendition.segments:
        content = segment.content
        if content is None:
            yield f"{segment.name}: {segment.error}" if segment.fetched else ""
        elif not content.first_is_key or content.leading:
            continue  # that it is not independent is said once
        elif content.messages:
            yield f"{segment.name} decodes with warnings: {'; '.join(content.messages)}"
        elif content.corrupt:
            yield f"{content.corrupt} of {content.packets} frames of {segment.name} are corrupt"
        # The first frame of sound only prepares the decoder for the second.
        elif content.decoded < content.packets - (content.kind == "audio"):
            yield f"{segment.name} has {content.packets} frames, of which {content.decoded} could be decoded"


def codecs(published: Published) -> Iterator[Finding]:
    """CODECS names what the initialisation segments of the pictures, and of every sound track with them, say."""
    for variant, rendition in published.pictures():
        if not published.whole(variant):
            continue
        real = {content.codecs for each in (rendition, *published.heard_with(variant)) for content in each.contents}
        if {name.lower() for name in variant.codecs} != {name.lower() for name in real}:
            detail = f"CODECS is {','.join(variant.codecs) or 'missing'}, the segments hold {','.join(sorted(real))}"
            yield Finding(Rule.CODECS, rendition.name, detail)


def bandwidth(published: Published) -> Iterator[Finding]:
    """BANDWIDTH is at least the measured peak, and within 15 % of it once the variant is complete."""
    for variant, rendition in published.pictures():
        if not published.whole(variant):
            continue
        peak = peak_of(rendition, published.heard_with(variant))
        detail = _rate_complaint("BANDWIDTH", variant.bandwidth, peak, "the measured peak", ended=rendition.ended)
        if detail:
            yield Finding(Rule.BANDWIDTH, rendition.name, detail)


def average_bandwidth(published: Published) -> Iterator[Finding]:
    """AVERAGE-BANDWIDTH, where it stands, is the measured average, to 15 % above it."""
    for variant, rendition in published.pictures():
        if not published.whole(variant) or variant.average_bandwidth is None or not rendition.ended:
            continue
        average = rendition.average + max((each.average for each in published.heard_with(variant)), default=0)
        told = variant.average_bandwidth
        if detail := _rate_complaint("AVERAGE-BANDWIDTH", told, average, "the measured average", ended=True):
            yield Finding(Rule.AVERAGE_BANDWIDTH, rendition.name, detail)


def peak_of(pictures: Rendition, heard: list[Rendition]) -> float:
    """Return the peak of the pictures and of the largest sound track together, as RFC 8216, 4.3.4.2 adds them up."""
    return pictures.peak + max((each.peak for each in heard), default=0)


def _rate_complaint(attribute: str, told: int | None, real: float, what: str, *, ended: bool) -> str | None:
    if told is None:
        return f"{attribute} is missing, {what} is {real:.0f}"
    if told < real * _ROUNDING:
        return f"{attribute} is {told}, {what} {real:.0f}: {100 * (1 - told / real):.1f} % too low"
    if ended and told > real * _HEADROOM:
        return f"{attribute} is {told}, {what} {real:.0f}: {100 * (told / real - 1):.1f} % too high, 15 % are allowed"
    return None


def resolution(published: Published) -> Iterator[Finding]:
    """RESOLUTION is the size of every decoded picture."""
    for variant, rendition in published.pictures():
        sizes = {size for content in rendition.contents for size in content.sizes}
        if sizes and sizes != {variant.resolution}:
            told = _size(variant.resolution) if variant.resolution else "missing"
            detail = f"RESOLUTION is {told}, pictures have {', '.join(_size(size) for size in sorted(sizes))}"
            yield Finding(Rule.RESOLUTION, rendition.name, detail)


def shape(published: Published) -> Iterator[Finding]:
    """Every variant has the aspect ratio of the first, as far as even sizes allow."""
    shapes = [(rendition, rendition.contents[0].sizes[0]) for _, rendition in published.pictures() if _seen(rendition)]
    for rendition, (width, height) in shapes[1:]:
        first, (first_width, first_height) = shapes[0]
        # Either side may be the one that was rounded.
        across = abs(first_width * height - first_height * width)
        if across > _EVEN * max(first_width, first_height):
            detail = f"pictures of {width}x{height}, those of {first.name} have {first_width}x{first_height}"
            yield Finding(Rule.SHAPE, rendition.name, detail)


def square_pixels(published: Published) -> Iterator[Finding]:
    """The sample aspect ratio is 1:1."""
    for _, rendition in published.pictures():
        ratios = {content.sample_aspect_ratio for content in rendition.contents}
        if ratios != {1}:
            detail = f"the sample aspect ratio is {', '.join(str(ratio).replace('/', ':') for ratio in sorted(ratios))}"
            yield Finding(Rule.SQUARE_PIXELS, rendition.name, detail)


def rotation(published: Published) -> Iterator[Finding]:
    """No player has to turn the pictures."""
    for _, rendition in published.pictures():
        if turned := next((content.rotation for content in rendition.contents if content.rotation), None):
            yield Finding(Rule.ROTATION, rendition.name, f"a display matrix asks players to turn by {turned} degrees")


def frame_rate(published: Published) -> Iterator[Finding]:
    """FRAME-RATE is what was measured."""
    for variant, rendition in published.pictures():
        told, real = variant.frame_rate, rendition.frame_rate
        bound = real * max(_RATE_TOLERANCE, _CLOCK / float(rendition.duration))
        if told is None or abs(told - real) > bound:
            told_text = "missing" if told is None else f"{told:.3f}"
            yield Finding(Rule.FRAME_RATE, rendition.name, f"FRAME-RATE is {told_text}, measured are {real:.3f}")


def _seen(rendition: Rendition) -> bool:
    return bool(rendition.contents[0].sizes)


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
