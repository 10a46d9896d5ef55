"""Asks a sandboxed child what a file is: nothing in this process ever opens one."""

import asyncio
import json
import sys
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.api import ChildFailed, DeadlineExceeded, Limits, MediaInfo, MediaRejected, Reason, run
from plugins.transcode_ffmpeg.formats import AUDIO_DECODERS, CONTAINERS, DECODERS, PROTOCOLS, VIDEO_DECODERS
from plugins.transcode_ffmpeg.settings import TranscodeSettings

_CHILD = Path(__file__).with_name("probing")
_START = (
    "import sys, pathlib; sys.path.append(str(pathlib.Path(sys.argv.pop(1)).parent)); import probing.child;"
    "probing.child.main()"
)
"""A child sees the package by itself, wherever it lies."""

_REFUSED = TypeAdapter(tuple[Reason, str])


async def probe(source: Path, settings: TranscodeSettings) -> MediaInfo:
    """Say what the file is, whatever its name is. Raises MediaRejected; ProcessError when something of ours fails."""
    size = (await asyncio.to_thread(source.stat)).st_size
    if size == 0:
        raise MediaRejected(Reason.DAMAGED, "the file is empty")
    try:
        child = await run(
            [sys.executable, "-I", "-c", _START, "/probing", "/source", json.dumps(_rules(size, settings))],
            limits=Limits(memory=settings.probe_memory, cpu_seconds=settings.probe_deadline, file_size=0),
            deadline=settings.probe_deadline,
            read_only={"/probing": _CHILD, "/source": source},
            sandboxed=settings.sandbox != "off",
        )
    except DeadlineExceeded as error:
        raise MediaRejected(Reason.DEADLINE_EXCEEDED, error.detail) from error
    except ChildFailed as error:
        if error.crashed:
            raise MediaRejected(Reason.DAMAGED, f"the file crashed the probe: {error.detail}") from error
        raise
    return _parse(child.stdout, size)


def _rules(size: int, settings: TranscodeSettings) -> dict[str, object]:
    return {
        "size": size,
        "containers": CONTAINERS,
        "protocols": PROTOCOLS,
        "decoders": DECODERS,
        "video_codecs": sorted(VIDEO_DECODERS),
        "audio_codecs": sorted(AUDIO_DECODERS),
        "max_streams": settings.max_streams,
        "max_pixels": settings.max_pixels,
    }


def _parse(answer: bytes, size: int) -> MediaInfo:
    """Validate what the child says: it has read a hostile file and is not believed blindly."""
    try:
        found = json.loads(answer)
        if "refused" in found:
            raise MediaRejected(*_REFUSED.validate_python(found["refused"]))
        return MediaInfo.model_validate({**found["info"], "size": size})
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise MediaRejected(Reason.DAMAGED, f"the probe made no sense of it: {error}") from error
