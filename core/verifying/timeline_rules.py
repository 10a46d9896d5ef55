"""Rules about time: where segments begin, that nothing is missing between them, and that all renditions agree."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from core.verifying.findings import Finding, Rule
from core.verifying.published import Published, Rendition

_HALF = Fraction(1, 2)
_SAME_RATE = 0.001
"""Frame rates that differ by less, as a share, are one."""


def independent(published: Published) -> Iterator[Finding]:
    """Each segment of pictures begins with a keyframe, and nothing of it is shown before."""
    for _, rendition in published.pictures():
        pairs = list(zip(rendition.segments, rendition.contents, strict=True))
        bad = [(segment.name, content) for segment, content in pairs if not content.first_is_key or content.leading]
        if bad:
            name, content = bad[0]
            why = f"has {content.leading} pictures before its keyframe" if content.first_is_key else "has no keyframe"
            yield Finding(
                Rule.INDEPENDENT, rendition.name, f"{name} {why} ({len(bad)} of {len(pairs)} segments are like it)"
            )


def monotonic(published: Published) -> Iterator[Finding]:
    """Decoding times rise from packet to packet. Where segments meet, `gapless` looks."""
    for rendition in published.renditions.values():
        for segment, content in zip(rendition.segments, rendition.contents, strict=False):
            if content.not_rising:
                detail = f"{content.not_rising} decoding times in {segment.name} are not after the one before"
                yield Finding(Rule.MONOTONIC, rendition.name, detail)
                break


def gapless(published: Published) -> Iterator[Finding]:
    """From one frame to the next is always one frame, in segments and across them; half a frame is tolerated."""
    for rendition in published.renditions.values():
        # Where times do not even rise, their distances mean nothing.
        rising = not any(content.not_rising for content in rendition.contents)
        if rendition.contents and rising and (detail := _gap(rendition)):
            yield Finding(Rule.GAPLESS, rendition.name, detail)


def _gap(rendition: Rendition) -> str | None:
    """Say where the first gap or overlap is. A broken grid inside a segment comes before borders."""
    step = rendition.step
    for segment, content in zip(rendition.segments, rendition.contents, strict=True):
        for ticks in (content.shortest_step, content.longest_step):
            if content.packets > 1 and abs(content.seconds(ticks) - step) > step * _HALF:
                return f"{segment.name} has two frames {_ms(content.seconds(ticks))} apart, one frame is {_ms(step)}"
    for (before, after), segment in zip(pairwise(rendition.contents), rendition.segments[1:], strict=True):
        # In the order of decoding: it has no gaps whichever pictures are shown first.
        gap = after.seconds(after.decode_start) - before.seconds(before.decode_end)
        shown = after.seconds(after.start) - before.seconds(before.end)
        for apart in (gap, shown):
            if abs(apart) > step * _HALF:
                what = "after a gap of" if apart > 0 else "and overlaps the one before by"
                return f"{segment.name} begins {what} {_ms(abs(apart))}, one frame is {_ms(step)}"
    return None


def aligned(published: Published) -> Iterator[Finding]:
    """Segments of every variant begin at the same times as those of the first; half a frame is tolerated."""
    variants = [rendition for _, rendition in published.pictures()]
    for rendition in variants[1:]:
        first = variants[0]
        both_ended = first.ended and rendition.ended
        if both_ended and len(first.starts) != len(rendition.starts):
            detail = f"{len(rendition.starts)} segments, {first.name} has {len(first.starts)}"
            yield Finding(Rule.ALIGNED, rendition.name, detail)
            continue
        bound = min(first.step, rendition.step) * _HALF
        for number, (ours, theirs) in enumerate(zip(rendition.starts, first.starts, strict=False)):
            if abs(ours - theirs) > bound:
                detail = f"segment {number} begins at {float(ours):.6f} s, in {first.name} at {float(theirs):.6f} s"
                yield Finding(Rule.ALIGNED, rendition.name, detail)
                break


def frame_count(published: Published) -> Iterator[Finding]:
    """Variants of one frame rate have the same number of pictures, once they are complete."""
    variants = [rendition for _, rendition in published.pictures() if rendition.ended]
    for rendition in variants[1:]:
        first = variants[0]
        same_rate = abs(1 - rendition.step / first.step) < _SAME_RATE
        if same_rate and rendition.frames != first.frames:
            detail = f"{rendition.frames} pictures, {first.name} has {first.frames}"
            yield Finding(Rule.FRAME_COUNT, rendition.name, detail)


def starts(published: Published) -> Iterator[Finding]:
    """Sound begins within one frame of the first variant's pictures."""
    for sound, pictures in _heard_and_seen(published):
        apart = sound.starts[0] - pictures.starts[0]
        if abs(apart) > max(sound.step, pictures.step):
            yield Finding(Rule.STARTS, sound.name, f"begins {_ms(apart)} after the pictures of {pictures.name}")


def ends(published: Published) -> Iterator[Finding]:
    """Sound ends within one frame of the first variant's pictures, once both are complete."""
    for sound, pictures in _heard_and_seen(published):
        apart = sound.end - pictures.end
        if sound.ended and pictures.ended and abs(apart) > max(sound.step, pictures.step):
            detail = f"ends at {float(sound.end):.6f} s, pictures of {pictures.name} at {float(pictures.end):.6f} s"
            yield Finding(Rule.ENDS, sound.name, detail)


def _heard_and_seen(published: Published) -> Iterator[tuple[Rendition, Rendition]]:
    first = next((rendition for _, rendition in published.pictures()), None)
    if first is not None:
        yield from ((sound, first) for sound in published.sound())


def _ms(seconds: Fraction) -> str:
    return f"{float(seconds) * 1000:.3f} ms"
