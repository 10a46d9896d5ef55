"""One cue: what of somebody else's we keep, and how we write it (W3C WebVTT)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import nh3

# RFC 8216, 3.5: where the texts' zero lies on the media's clock, which begins at zero too.
_HEADER = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000"
_TAGS = {"b", "i", "u"}
_MARKUP = re.compile(r"</?[biu]>|&nbsp;")
_TIMESTAMP = re.compile(r"<[0-9:.]*>")  # when a word is sung; to HTML it would be text
_OVERRIDE = re.compile(r"\{\\[^{}\n]*\}")  # of ASS, which also stands in SRT: {\an8}
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
# Controls and what reorders text. Joiners and direction marks stay: Persian, Hebrew and Arabic are written with them.
_UNWANTED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
# Nothing that could squeeze a cue to no width or push it out of the picture.
_SETTING = re.compile(
    r"align:(?:start|center|end|left|right)"
    r"|line:(?:-?[0-9]|[0-8]?[0-9](?:\.[0-9]{1,3})?%)"
    r"|position:[1-8][0-9](?:\.[0-9]{1,3})?%"
)


@dataclass(frozen=True, slots=True)
class Cue:
    """Safe text between two times, in milliseconds."""

    start: int
    end: int
    text: str
    settings: str = ""


def safe_text(raw: str) -> str:
    """Return cue text with balanced <b>, <i> and <u>, the rest escaped; "" where nothing would be seen."""
    text = _BREAK.sub("\n", _OVERRIDE.sub("", _TIMESTAMP.sub("", raw)))
    # HTML and WebVTT escape alike, and ">" always is escaped, so no text looks like the times of another cue.
    text = _UNWANTED.sub("", nh3.clean(text, tags=_TAGS, attributes={}))
    # An empty line would end the cue.
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    return "\n".join(lines) if _MARKUP.sub("", "".join(lines)).strip() else ""


def safe_settings(raw: str) -> str:
    """Return the settings that only move a cue or align its lines."""
    return " ".join(dict.fromkeys(setting for setting in raw.split() if _SETTING.fullmatch(setting)))


def write(cues: Iterable[Cue]) -> str:
    """Return a WebVTT file of the cues, in the order of their times."""
    ordered = sorted(cues, key=lambda cue: (cue.start, cue.end))
    return "\n\n".join([_HEADER, *map(_block, ordered)]) + "\n"


def _block(cue: Cue) -> str:
    settings = f" {cue.settings}" if cue.settings else ""
    return f"{_clock(cue.start)} --> {_clock(cue.end)}{settings}\n{cue.text}"


def _clock(milliseconds: int) -> str:
    seconds, fraction = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:03}"
