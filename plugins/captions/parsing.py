"""Reads SubRip and WebVTT files of anybody, in time linear in their length, and writes our own WebVTT."""

import codecs
import re
from collections.abc import Callable, Iterator
from itertools import takewhile

from core.api import MIB, Problem
from plugins.captions.cues import Cue, safe_settings, safe_text, write

MAX_BYTES = MIB
MAX_CUES = 20_000
_MAX_CUE = 4_000  # characters, with markup
_CLOCK = r"(?:([0-9]{1,4}):)?([0-5]?[0-9]):([0-5]?[0-9])[.,]([0-9]{1,3})"
_TIMES = re.compile(rf"{_CLOCK}[ \t]*-->[ \t]*{_CLOCK}(?:[ \t]+(.*))?")
_ARROW = "-->"
_WEBVTT = re.compile(r"WEBVTT(?:[ \t].*)?")

Block = tuple[int, str, list[str]]
"""The number of a line with an arrow, that line, and all lines up to the next one."""


def rewrite(content: bytes, duration: float) -> str:
    """Return the captions as WebVTT of ours, every cue within `duration` seconds.

    Raises Problem 413 for too much of anything, 415 for what is neither SRT nor WebVTT in UTF-8 or UTF-16, and 422,
    which names the line, for a file with a mistake.
    """
    lines = _decoded(content).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    webvtt = _WEBVTT.fullmatch(lines[0]) is not None
    if not webvtt and not _begins_with_times(lines):
        raise Problem(415, "unsupported_captions", "This is neither SRT nor WebVTT. Export it as one of them.")
    text = write(_cues(lines, _webvtt_text if webvtt else _subrip_text, int(duration * 1000)))
    if len(text.encode()) > MAX_BYTES:
        raise too_large()
    return text


def too_large() -> Problem:
    """Return the 413 of a file that is too long."""
    return Problem(413, "too_large", f"A file of captions may have at most {MAX_BYTES} bytes.")


def _decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise too_large()
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Problem(415, "unsupported_charset", "The text is not UTF-8. Save the captions as UTF-8 and try again.")
    return text


def _begins_with_times(lines: list[str]) -> bool:
    """Tell whether the first line with something on it, or the one after the counter there, holds two times."""
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    return any(_TIMES.fullmatch(line.strip()) for line in lines[first : first + 2])


def _cues(lines: list[str], text_of: Callable[[list[str]], list[str]], duration: int) -> list[Cue]:
    cues = []
    for count, (number, line, below) in enumerate(_blocks(lines), 1):
        if count > MAX_CUES:
            raise Problem(413, "too_many_cues", f"Captions may have at most {MAX_CUES} cues.")
        start, end, settings = _times(number, line, duration)
        raw = "\n".join(text_of(below))
        if len(raw) > _MAX_CUE:
            raise _mistake(number, f"the text of a cue may have at most {_MAX_CUE} characters")
        if text := safe_text(raw):
            cues.append(Cue(start, end, text, settings))
    if not cues:
        raise Problem(422, "invalid_captions", "There is no text in this file.")
    return cues


def _blocks(lines: list[str]) -> Iterator[Block]:
    begun: Block | None = None
    for number, line in enumerate(lines, 1):
        if _ARROW in line:
            if begun:
                yield begun
            begun = (number, line, [])
        elif begun:
            begun[2].append(line)
    if begun:
        begun[2].append("")  # no counter of a next cue stands at the end
        yield begun


def _webvtt_text(below: list[str]) -> list[str]:
    """Leave out what follows the empty line: the next cue's identifier, notes, and blocks that do not belong there."""
    return list(takewhile(str.strip, below))


def _subrip_text(below: list[str]) -> list[str]:
    """Leave out the next cue's counter. Empty lines are common in texts, so they do not end one."""
    return below[:-1] if below and below[-1].strip().isdecimal() else below


def _times(number: int, line: str, duration: int) -> tuple[int, int, str]:
    match = _TIMES.fullmatch(line.strip()) if len(line) <= _MAX_CUE else None
    if match is None:
        raise _mistake(number, "it should hold two times, such as 00:00:01.000 --> 00:00:04.000")
    start, end = _milliseconds(*match.groups()[:4]), _milliseconds(*match.groups()[4:8])
    if end <= start:
        raise _mistake(number, "the cue should end after it begins")
    if start >= duration:
        raise _mistake(number, f"the cue begins when the video, of {duration / 1000:.3f} seconds, is over")
    return start, min(end, duration), safe_settings(match[9] or "")


def _milliseconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> int:
    return (int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))


def _mistake(number: int, what: str) -> Problem:
    return Problem(422, "invalid_captions", f"Line {number}: {what}.")
