"""A transcoder that takes no time and reads no media, as a plugin: deterministic files of the right shape."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from fractions import Fraction
from pathlib import Path

from core.api import (
    AudioStream,
    EncodedRendition,
    EncodedSet,
    MediaInfo,
    MediaRejected,
    Plan,
    Reason,
    Report,
    Rung,
    Segment,
    Transcoder,
    VideoStream,
    hookimpl,
)

_HEAD = b"\0\0\0\x18ftypinst"
_SEGMENT_SECONDS = 4.0
_SEGMENT_BYTES = 1000


def instant_video(
    *, seconds: float = 6, size: tuple[int, int] = (1280, 720), audio: bool = True, codec: str = "h264"
) -> bytes:
    """Return a file that the instant transcoder takes for such a video; only H.264 is offered without re-encoding."""
    facts = {"seconds": seconds, "size": size, "audio": audio, "codec": codec}
    return (_HEAD + json.dumps(facts).encode()).ljust(1024)  # nothing smaller may be uploaded


class InstantTranscoder:
    """Takes what `instant_video` makes, and any other file that begins like an MP4 for a 6 second 720p video."""

    name = "transcoder_instant"

    async def probe(self, source: Path) -> MediaInfo:
        content = await asyncio.to_thread(source.read_bytes)
        if content[4:8] != _HEAD[4:8]:
            raise MediaRejected(Reason.UNSUPPORTED_FORMAT, "it does not begin like an MP4")
        facts = json.loads((content if content.startswith(_HEAD) else instant_video())[len(_HEAD) :])
        width, height = facts["size"]
        return MediaInfo(
            container="mov",
            duration=facts["seconds"],
            size=len(content),
            video=_picture(facts["codec"], width, height),
            audio=(_SOUND,) if facts["audio"] else (),
        )

    def plan(self, info: MediaInfo) -> Plan:
        width, height = info.video.width, info.video.height
        sides = [side for side in (1080, 720, 360) if side <= min(width, height)] or [min(width, height)]
        rungs = tuple(_rung(width, height, side) for side in sides)
        refusal = None if info.video.codec == "h264" else f"codec {info.video.codec}"
        return Plan(info=info, rungs=rungs, frame_rate=info.video.base_rate, copy_refused=refusal)

    async def copy(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        if plan.copy_refused is not None:
            raise ValueError(f"the source cannot be offered as it is ({plan.copy_refused}): encode it")
        top = plan.rungs[0].model_copy(update={"width": plan.info.video.width, "height": plan.info.video.height})
        return await _written(plan.model_copy(update={"rungs": (top,)}), output, report)

    async def encode(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        return await _written(plan, output, report)


_SOUND = AudioStream(codec="aac", profile="LC", channels=2, sample_rate=48000, language=None)


def _picture(codec: str, width: int, height: int) -> VideoStream:
    return VideoStream(
        codec=codec,
        profile="High",
        pixel_format="yuv420p",
        width=width,
        height=height,
        sample_aspect_ratio=Fraction(1),
        rotation=0,
        average_rate=Fraction(30),
        base_rate=Fraction(30),
        interlaced=False,
        transfer=None,
        color_space=None,
        bit_rate=1_000_000,
        keyframe_interval=2.0,
    )


def _rung(width: int, height: int, side: int) -> Rung:
    share = side / min(width, height)
    return Rung(
        name=f"{side}p",
        width=int(width * share) // 2 * 2,
        height=int(height * share) // 2 * 2,
        max_bitrate=side * 2000,
    )


async def _written(plan: Plan, output: Path, report: Report) -> EncodedSet:
    renditions = [_rendition(plan, output, rung) for rung in plan.rungs]
    await report(0.5)
    if plan.info.audio:
        renditions.append(_rendition(plan, output, None))
    (output / "poster.jpg").write_bytes(b"\xff\xd8\xff a poster")
    await report(1.0)
    return EncodedSet(renditions=tuple(renditions), duration=plan.info.duration, poster="poster.jpg")


def _rendition(plan: Plan, output: Path, rung: Rung | None) -> EncodedRendition:
    name = rung.name if rung else "audio"
    segments = tuple(_segments(name, plan.info.duration))
    for segment in segments:
        (output / segment.name).write_bytes(segment.name.encode().ljust(segment.size, b"."))
    init = f"{name}_init.mp4"
    (output / init).write_bytes(b"init of " + name.encode())
    bits = round(8 * sum(segment.size for segment in segments) / plan.info.duration)
    return EncodedRendition(
        name=name,
        kind="video" if rung else "audio",
        codecs="avc1.64001f" if rung else "mp4a.40.2",
        peak_bandwidth=bits,
        average_bandwidth=bits,
        width=rung.width if rung else None,
        height=rung.height if rung else None,
        frame_rate=float(plan.frame_rate) if rung else None,
        init=init,
        segments=segments,
    )


def _segments(name: str, duration: float) -> list[Segment]:
    starts = [index * _SEGMENT_SECONDS for index in range(-int(-duration // _SEGMENT_SECONDS))]
    return [
        Segment(name=f"{name}_{index:05}.m4s", duration=min(_SEGMENT_SECONDS, duration - start), size=_SEGMENT_BYTES)
        for index, start in enumerate(starts)
    ]


@asynccontextmanager
async def _open() -> AsyncIterator[InstantTranscoder]:
    yield InstantTranscoder()


@hookimpl
def transcoder() -> AbstractAsyncContextManager[Transcoder]:
    return _open()
