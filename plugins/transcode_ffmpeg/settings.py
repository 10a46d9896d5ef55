"""What the deployer may choose: the ladder, the encoder's effort, and every limit on what a file may cost."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MIB = 1024 * 1024


class LadderRung(BaseModel):
    """One step of the ladder; sources smaller than it never get it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    short_side: int = Field(ge=16, le=4320, multiple_of=2, description="Pixels of the picture's shorter side.")
    kbits: int = Field(ge=32, le=200_000, description="Highest bit rate in kbit/s, averaged over two seconds.")


DEFAULT_LADDER = (
    LadderRung(short_side=1080, kbits=5000),
    LadderRung(short_side=720, kbits=2800),
    LadderRung(short_side=480, kbits=1400),
    LadderRung(short_side=360, kbits=800),
    LadderRung(short_side=240, kbits=400),
)


class TranscodeSettings(BaseModel):
    """The table [transcode_ffmpeg] of settings.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ffmpeg: str = Field("", description="Path of an ffmpeg with libx264; empty means the bundled one.")
    sandbox: Literal["auto", "required", "off"] = Field(
        "auto", description="`auto` uses bubblewrap where it works, `required` refuses to start where it does not."
    )

    ladder: tuple[LadderRung, ...] = Field(DEFAULT_LADDER, min_length=1, max_length=12)
    segment_seconds: int = Field(
        4,
        ge=1,
        le=10,
        description="Length of a segment, and distance of keyframes, in seconds; less in videos under a minute.",
    )
    preset: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"] = "veryfast"
    crf: int = Field(23, ge=15, le=35, description="x264's quality: lower is better and larger.")
    audio_kbits: int = Field(128, ge=32, le=512, description="AAC bit rate in kbit/s, stereo.")
    threads: int = Field(0, ge=0, le=64, description="Encoder threads of each rung; 0 shares the cores out by area.")
    max_sounds: int = Field(8, ge=1, le=32, description="Sound tracks that are kept, in the order of the file.")
    storyboard_seconds: int = Field(2, ge=1, le=60, description="Seconds between two pictures of the storyboard.")
    storyboard_pictures: int = Field(
        800, ge=10, le=10_000, description="Pictures a storyboard has at most: in longer videos they are further apart."
    )
    storyboard_side: int = Field(160, ge=16, le=480, description="Pixels of the longer side of a storyboard's picture.")
    copy_headroom: float = Field(
        2.0, ge=1, le=20, description="A source is offered as it is up to this many times its rung's highest bit rate."
    )
    copy_keyframe_seconds: float = Field(
        8.0, ge=1, le=30, description="A source is offered as it is when its keyframes are at most this far apart."
    )

    max_duration: int = Field(12 * 3600, ge=1, description="Seconds of video.")
    max_pixels: int = Field(35_389_440, ge=256, description="Pixels of a picture; the default is 8192 x 4320.")
    min_side: int = Field(16, ge=2, description="Pixels of the shorter side.")
    max_fps: int = Field(120, ge=1, le=1000, description="Frames per second of the source.")
    max_output_fps: int = Field(60, ge=10, le=240, description="Faster sources are halved until they fit.")
    max_frames: int = Field(
        12 * 3600 * 60, ge=1, description="Frames of the output; the default is twelve hours at 60 a second."
    )
    max_streams: int = Field(32, ge=1, le=1000, description="Streams of any kind in one file.")
    min_bytes_per_second: int = Field(500, ge=0, description="Less, in a file of over a minute, is no real video.")

    probe_deadline: int = Field(120, ge=1, le=3600, description="Seconds a probe may take.")
    probe_memory: int = Field(1024 * MIB, ge=256 * MIB, description="Bytes of address space for a probe.")
    deadline_floor: int = Field(120, ge=1, description="Seconds every encode may take, however short the video.")
    deadline_factor: float = Field(20.0, gt=0, description="Seconds an encode may take for each second of video.")
    deadline_ceiling: int = Field(6 * 3600, ge=1, description="Seconds no encode may exceed.")
    idle_timeout: int = Field(60, ge=1, description="Seconds an encode may stand still.")
    encode_memory: int = Field(
        6144 * MIB, ge=512 * MIB, description="Bytes of address space for an encode; 4K takes 2.5 GiB on two cores."
    )

    @model_validator(mode="after")
    def _ladder_descends(self) -> Self:
        sides = [rung.short_side for rung in self.ladder]
        if sides != sorted(set(sides), reverse=True):
            raise ValueError(f"ladder: the rungs' short sides must fall from the first to the last, not {sides}")
        return self

    def deadline(self, duration: float) -> float:
        """Return how many seconds the encode of `duration` seconds may take."""
        return min(max(self.deadline_floor, self.deadline_factor * duration), self.deadline_ceiling)
