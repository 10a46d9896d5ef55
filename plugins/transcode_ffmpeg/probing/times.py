"""Finds out when a file's pictures and sounds begin and end, and whether the sound is whole, by reading it through."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from statistics import median_low

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from .refusal import Refused

_MOST_BYTES = 2 * 1024 * 1024 * 1024
"""Of a file that is read through: that takes about as long as to copy it. Of larger ones the end is read."""

_MOST_DECODED = 1_000_000
"""Packets of sound, six hours, that are decoded to see whether they can be."""

_TAIL_SECONDS = 10
_LAST_PACKETS = 64
"""A time that is damaged must not make a file longer: only these say where it ends. Pictures are not in order."""

_HALF = Fraction(1, 2)

MediaStream = VideoStream | AudioStream


@dataclass(slots=True)
class Times:
    """When the packets of a stream are shown, in its ticks; `ticks` is empty where not all of them are known.

    `begin` is that of the first packet, even if an edit list hides it: whoever copies packets copies it too. `decodes`
    says that every packet was decoded without a complaint.
    """

    begin: int = 0
    end: int | None = None
    ticks: "array[int]" = field(default_factory=lambda: array("q"))
    decodes: bool = False

    def gapless(self) -> bool:
        """Tell whether each packet is known to come when the one before ends; half a packet is tolerated."""
        steps = self.steps()
        usual = median_low(steps) if steps else 0
        return bool(steps) and all(abs(step - usual) <= usual * _HALF for step in steps)

    def steps(self) -> list[int]:
        """Return the ticks from one to the next."""
        return [after - before for before, after in pairwise(sorted(self.ticks))]


def read_times(container: InputContainer, video: VideoStream, size: int) -> dict[int, Times]:
    """Return the times of the pictures and of all sound streams, by the stream's index, and read the file to its end.

    `size` is that of the file in bytes. Raises Refused when there are no pictures.
    """
    streams: list[MediaStream] = [video, *container.streams.audio]
    if size > _MOST_BYTES:
        found = _last(container, streams)
    else:
        copyable = [stream.index for stream in container.streams.audio if _may_be_copied(stream)]
        found = _collected(container.demux(*streams), copyable)
    if video.index not in found or found[video.index].end is None:
        raise Refused("damaged", "no packet has a time")
    return found


def _may_be_copied(stream: AudioStream) -> bool:
    # PyAV gives no context where FFmpeg has no decoder, whatever its types say.
    context: av.codec.CodecContext | None = stream.codec_context
    return context is not None and context.codec.canonical_name == "aac"


def _last(container: InputContainer, streams: list[MediaStream]) -> dict[int, Times]:
    """Look at the end only; how it was until there stays unknown."""
    begin, length = container.start_time or 0, container.duration or 0
    try:
        container.seek(begin + max(0, length - _TAIL_SECONDS * av.time_base))
        found = _collected(container.demux(*streams), [])
    except av.error.FFmpegError:
        found = {}
    if streams[0].index not in found:
        container.seek(0)
        found = _collected(container.demux(*streams), [])
    return {index: Times(end=times.end) for index, times in found.items()}


def _collected(packets: "Iterable[Packet[Stream]]", decoded: list[int]) -> dict[int, Times]:
    """Collect the times of packets; those of the streams in `decoded` are decoded too."""
    found: dict[int, Times] = {}
    ends: dict[int, list[int]] = {}
    decoding = dict.fromkeys(decoded, 0)
    try:
        for packet in packets:
            index = packet.stream.index
            if index in decoding:
                decoding[index] += 1
                if decoding[index] > _MOST_DECODED or not _decodes(packet):
                    del decoding[index]
            if packet.pts is None or not packet.size:
                continue
            times = found.setdefault(index, Times(begin=packet.pts))
            times.begin = min(times.begin, packet.pts)
            if not packet.is_discard:
                times.ticks.append(packet.pts)
                last = ends.setdefault(index, [])
                last.append(packet.pts + (packet.duration or 0))
                del last[:-_LAST_PACKETS]
    except av.error.FFmpegError:
        decoding = {}  # what is damaged ends here, for ffmpeg too
    for index, times in found.items():
        times.end, times.decodes = max(ends.get(index, []), default=None), index in decoding
    return found


def _decodes(packet: "Packet[Stream]") -> bool:
    with av.logging.Capture() as said:
        try:
            packet.decode()
        except (av.error.FFmpegError, ValueError):
            return False
    return not said
