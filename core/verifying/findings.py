"""The rules by name, and what the verifier says when one is broken."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """What every published set keeps. The closed list: names are stable for scripts that read `--json`."""

    REACHABLE = "reachable"
    SYNTAX = "syntax"
    GROUPS = "groups"
    ONE_STREAM = "one_stream"
    DECODES = "decodes"
    INDEPENDENT_TAG = "independent_tag"
    INDEPENDENT = "independent"
    CONTINUOUS = "continuous"
    MONOTONIC = "monotonic"
    GAPLESS = "gapless"
    ALIGNED = "aligned"
    FRAME_COUNT = "frame_count"
    STARTS = "starts"
    ENDS = "ends"
    EXTINF = "extinf"
    TARGET_DURATION = "target_duration"
    CODECS = "codecs"
    BANDWIDTH = "bandwidth"
    AVERAGE_BANDWIDTH = "average_bandwidth"
    RESOLUTION = "resolution"
    SHAPE = "shape"
    SQUARE_PIXELS = "square_pixels"
    ROTATION = "rotation"
    FRAME_RATE = "frame_rate"


REMEDIES = {
    Rule.REACHABLE: "Publish every file before the playlist that names it, and check who may read it.",
    Rule.SYNTAX: "Write the playlist as RFC 8216 says, with the EXT-X-VERSION of the newest tag in it.",
    Rule.GROUPS: "Give each AUDIO group of a variant EXT-X-MEDIA lines with different names, one of them DEFAULT=YES.",
    Rule.ONE_STREAM: "Put one stream into each rendition: pictures in the variants, each sound track in its own.",
    Rule.DECODES: "Encode the rendition again, or refuse to copy this source.",
    Rule.INDEPENDENT_TAG: "Write EXT-X-INDEPENDENT-SEGMENTS into the master playlist, or into every media playlist.",
    Rule.INDEPENDENT: "Begin each segment with a keyframe of a closed GOP (-sc_threshold 0, no open-gop).",
    Rule.CONTINUOUS: "Join chunks on one timeline: no discontinuity, gap, key or byte range.",
    Rule.MONOTONIC: "Let decoding times rise from packet to packet; look at how timestamps of the source were mended.",
    Rule.GAPLESS: "Put every frame on the grid of the frame rate (fps filter, absolute times), also where chunks meet.",
    Rule.ALIGNED: "Cut every rendition at the same frames: one keyframe distance, or forced keyframes.",
    Rule.FRAME_COUNT: "Make every rendition of one rate from the same decoded frames, to the last.",
    Rule.STARTS: "Begin sound and pictures together: pad late sound with silence (aresample=first_pts=0).",
    Rule.ENDS: "End sound and pictures together: pad short sound with silence, cut long sound.",
    Rule.EXTINF: "Write the duration each segment has until the next begins, in microseconds.",
    Rule.TARGET_DURATION: "Raise EXT-X-TARGETDURATION to the longest EXTINF, rounded (RFC 8216, 4.3.3.1).",
    Rule.CODECS: "Write CODECS from the initialisation segments: of the pictures, and of the group's sound.",
    Rule.BANDWIDTH: "Write the measured peak of pictures and loudest sound track (RFC 8216, 4.3.4.2).",
    Rule.AVERAGE_BANDWIDTH: "Write the measured average of pictures and largest sound track (RFC 8216, 4.3.4.2).",
    Rule.RESOLUTION: "Write the size of the decoded pictures.",
    Rule.SHAPE: "Scale every rendition to the same aspect ratio, to the nearest even size.",
    Rule.SQUARE_PIXELS: "Scale to square pixels (scale by the ratio, then setsar=1).",
    Rule.ROTATION: "Turn the pictures while encoding, and drop the display matrix.",
    Rule.FRAME_RATE: "Write the measured frame rate with three decimals.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken; `rendition` is the name of its playlist, `detail` holds the values."""

    rule: Rule
    rendition: str
    detail: str

    @property
    def remedy(self) -> str:
        """What whoever made the set can do about it."""
        return REMEDIES[self.rule]

    def __str__(self) -> str:
        return f"{self.rule} ({self.rendition}): {self.detail}"
