"""Runs in the sandbox: looks at one file with FFmpeg's libraries and prints what it is.

It is called with the file and a JSON object of rules, and answers `{"info": {…}}` or `{"refused": [reason, detail]}`.
"""

import json
import sys
from typing import Any

import av

from .refusal import Refused
from .streams import described, shown_video
from .times import read_times

_SIGNATURES = ((4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (0, b"\x1aE\xdf\xa3"), (0, b"OggS"), (0, b"FLV"), (8, b"AVI "))
"""Offset and bytes of containers; a file that begins so and cannot be read is damaged, not of another kind."""


def main() -> None:
    path, rules = sys.argv[1], json.loads(sys.argv[2])
    av.logging.set_level(av.logging.WARNING)
    av.logging.set_skip_repeated(False)
    try:
        answer: dict[str, object] = {"info": _probe(path, rules)}
    except Refused as refusal:
        answer = {"refused": refusal.args}
    except MemoryError:
        answer = {"refused": ("too_large", "looking at it takes more memory than allowed")}
    except (av.error.FFmpegError, UnicodeDecodeError) as error:
        answer = {"refused": ("damaged" if _begins_like_media(path) else "unsupported_format", str(error))}
    sys.stdout.write(json.dumps(answer))


def _begins_like_media(path: str) -> bool:
    with open(path, "rb") as file:  # noqa: PTH123 -- one read in a script of few imports
        head = file.read(16)
    return any(head[offset:].startswith(signature) for offset, signature in _SIGNATURES)


def _probe(path: str, rules: dict[str, Any]) -> dict[str, object]:
    # Probing decodes: only listed decoders may do it, so that nothing rare is ever opened.
    options = {
        "format_whitelist": rules["containers"],
        "protocol_whitelist": rules["protocols"],
        "codec_whitelist": rules["decoders"],
        # Before anything is decoded: a header of a few bytes asks for as much memory as it likes.
        "max_pixels": str(rules["max_pixels"]),
    }
    with av.open(path, options=options) as container:
        if len(container.streams) > rules["max_streams"]:
            raise Refused("too_many_streams", f"{len(container.streams)} streams")
        video = shown_video(container, rules)
        number, times = container.streams.video.index(video), read_times(container, video, rules["size"])
    # Opened again, because what was read to its end does not always go back.
    with av.open(path, options=options) as container:
        return described(container, container.streams.video[number], times, rules)
