"""A transcoder that takes no time and reads no media, as a plugin: deterministic files of the right shape."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from core.api import (
    AudioStream,
    Chunk,
    EncodedSet,
    Grown,
    MediaInfo,
    MediaRejected,
    Plan,
    Reason,
    Report,
    Rung,
    Sound,
    StoryboardPlan,
    Transcoder,
    VideoStream,
    hookimpl,
    nobody_watches,
)
from tests.fakes.instant_renditions import CPU_SECONDS, SEGMENT_FRAMES, pictures, sounds, whole, write

_HEAD = b"\0\0\0\x18ftypinst"
_MOST_TRACKS = 8

Grid = Literal["regular", "irregular", "none"]


def instant_video(
    *,
    seconds: float = 6,
    size: tuple[int, int] = (1280, 720),
    audio: bool = True,
    codec: str = "h264",
    tracks: int = 1,
    languages: Sequence[str | None] = (),
    keyframes: Grid = "regular",
) -> bytes:
    """Return a file that the instant transcoder takes for such a video; only H.264 is offered without re-encoding.

    It has `tracks` sound tracks or more, in `languages` as far as they go. `keyframes` says where a copy of it is cut:
    every four seconds, elsewhere on the frame grid, or off the grid.
    """
    spoken = [*languages, *[None] * (tracks - len(languages))] if audio else []
    facts = {"seconds": seconds, "size": size, "languages": spoken, "codec": codec, "keyframes": keyframes}
    return (_HEAD + json.dumps(facts).encode()).ljust(1024)  # nothing smaller may be uploaded


class InstantTranscoder:
    """Takes what `instant_video` makes, and any other file that begins like an MP4 for a 6 second 720p video."""

    name = "transcoder_instant"
    version = "instant 1.0"

    async def probe(self, source: Path) -> MediaInfo:
        content = await asyncio.to_thread(source.read_bytes)
        facts = _facts(content)
        width, height = facts["size"]
        return MediaInfo(
            container="mov",
            duration=facts["seconds"],
            size=len(content),
            video=_picture(facts["codec"], width, height),
            audio=tuple(_SOUND.model_copy(update={"language": language}) for language in facts["languages"]),
        )

    def plan(self, info: MediaInfo) -> Plan:
        width, height = info.video.width, info.video.height
        sides = [side for side in (1080, 720, 360) if side <= min(width, height)] or [min(width, height)]
        return Plan(
            info=info,
            rungs=tuple(_rung(width, height, side) for side in sides),
            frame_rate=info.video.base_rate,
            copy_refused=None if info.video.codec == "h264" else f"codec {info.video.codec}",
            sounds=tuple(_sound(stream, audio) for stream, audio in enumerate(info.audio[:_MOST_TRACKS])),
            segment_frames=SEGMENT_FRAMES,
            storyboard=StoryboardPlan(
                interval=2, width=160, height=round(80 * height / width) * 2, columns=10, rows=10
            ),
        )

    async def copy(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        if plan.copy_refused is not None:
            raise ValueError(f"the source cannot be offered as it is ({plan.copy_refused}): encode it")
        facts = _facts(await asyncio.to_thread(source.read_bytes))
        cuts = _cuts(facts["keyframes"], plan)
        chunk = whole(plan).model_copy(update={"cuts": cuts or whole(plan).cuts})
        top = plan.rungs[0].model_copy(update={"width": plan.info.video.width, "height": plan.info.video.height})
        renditions = [*pictures(plan.model_copy(update={"rungs": (top,)}), chunk), *sounds(plan)]
        alone = plan.model_copy(update={"storyboard": None})
        copied = await write(output, renditions, chunk, alone, report, nobody_watches)
        for name in copied.posters[1:]:
            (output / name).unlink()
        return copied.model_copy(update={"posters": copied.posters[:1], "cuts": cuts})

    async def encode(
        self, source: Path, plan: Plan, chunk: Chunk, output: Path, report: Report, grown: Grown = nobody_watches
    ) -> EncodedSet:
        renditions = [*pictures(plan, chunk), *(sounds(plan) if chunk.with_sound else [])]
        return await write(output, renditions, chunk, plan, report, grown)

    async def encode_sound(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        if not plan.sounds:
            raise ValueError("the plan has no sound")
        made = plan.model_copy(update={"storyboard": None})
        alone = whole(plan).model_copy(update={"cuts": (plan.frames,)})
        encoded = await write(output, sounds(plan), alone, made, report, nobody_watches)
        return encoded.model_copy(update={"cpu_seconds": CPU_SECONDS})


def _facts(content: bytes) -> dict[str, Any]:
    if content[4:8] != _HEAD[4:8]:
        raise MediaRejected(Reason.UNSUPPORTED_FORMAT, "it does not begin like an MP4")
    facts: dict[str, Any] = json.loads((content if content.startswith(_HEAD) else instant_video())[len(_HEAD) :])
    return facts


def _cuts(grid: Grid, plan: Plan) -> tuple[int, ...] | None:
    regular = range(0, plan.frames, SEGMENT_FRAMES)
    if grid == "none":
        return None
    return tuple(regular) if grid == "regular" else tuple(sorted({*regular, *range(50, plan.frames, 90)}))


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


def _sound(stream: int, audio: AudioStream) -> Sound:
    name = f"audio_{stream + 1}" if stream else "audio"
    return Sound(stream=stream, name=name, language=audio.language, copy_refused=None)


@asynccontextmanager
async def _open() -> AsyncIterator[InstantTranscoder]:
    yield InstantTranscoder()


@hookimpl
def transcoder() -> AbstractAsyncContextManager[Transcoder]:
    return _open()
