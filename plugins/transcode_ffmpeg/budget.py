"""What one call of ffmpeg may cost: seconds, bytes and files."""

import math
from dataclasses import dataclass
from typing import Self

from core.api import MIB, Chunk, Limits, Plan
from plugins.transcode_ffmpeg.grid import length_of, segment_seconds
from plugins.transcode_ffmpeg.settings import TranscodeSettings

_MARGIN_BYTES = 32 * MIB
_MARGIN_FILES = 32
_THREADS = 1024
_PICTURE_BYTES = 16 * 1024
_HEADROOM = 2
"""How many times the expected output is the end (THREATS T-11)."""

_REMUXED = 1.1
"""Segments need a little more than the file they are cut from."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What is expected of one call. `seconds` is the length of what it makes."""

    seconds: float
    size: int
    files: int
    deadline: float

    @classmethod
    def of_chunk(cls, plan: Plan, chunk: Chunk, settings: TranscodeSettings) -> Self:
        seconds = length_of(plan, chunk)
        bits = sum(rung.max_bitrate for rung in plan.rungs) * seconds
        segments = max(len(chunk.cuts), math.ceil(seconds / segment_seconds(plan))) + 1
        pictures = math.ceil(seconds / plan.storyboard.interval) + 1 if plan.storyboard else 0
        sound = cls.of_sound(plan, settings) if chunk.with_sound else cls(0, 0, 0, 0)
        return cls(
            seconds=seconds,
            size=round(bits / 8) + pictures * _PICTURE_BYTES + sound.size,
            files=segments * len(plan.rungs) + pictures + sound.files,
            deadline=settings.deadline(seconds),
        )

    @classmethod
    def of_sound(cls, plan: Plan, settings: TranscodeSettings) -> Self:
        seconds = plan.info.duration
        # What is copied is never larger than the source, whatever its bit rate.
        copied = plan.info.size if any(sound.copy_refused is None for sound in plan.sounds) else 0
        encoded = sum(sound.copy_refused is not None for sound in plan.sounds) * settings.audio_kbits * 125 * seconds
        return cls(
            seconds=seconds,
            size=round(encoded + copied),
            files=len(plan.sounds) * (math.ceil(seconds / segment_seconds(plan)) + 1),
            deadline=settings.deadline(seconds),
        )

    @classmethod
    def of_copy(cls, plan: Plan, settings: TranscodeSettings) -> Self:
        sound = cls.of_sound(plan, settings)
        return cls(
            seconds=sound.seconds,
            size=round(_REMUXED * plan.info.size) + sound.size,
            files=sound.files + math.ceil(sound.seconds / segment_seconds(plan)) + 1,
            deadline=sound.deadline,
        )

    @property
    def most(self) -> int:
        """Bytes that it may write: twice what is expected, and a margin for the shortest videos."""
        return _HEADROOM * self.size + _MARGIN_BYTES

    def limits(self, memory: int) -> Limits:
        """Return where it is stopped."""
        return Limits(
            memory=memory,
            cpu_seconds=round(self.deadline * 8),
            file_size=self.most,
            processes=_THREADS,
            output_bytes=self.most,
            output_files=_HEADROOM * self.files + _MARGIN_FILES,
        )
