"""Files of anybody become our own WebVTT, or a sentence about what is wrong with them (T-10)."""

import re
import time
from contextlib import suppress
from datetime import timedelta

import pytest
import webvtt
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.api import Problem
from plugins.captions.parsing import MAX_BYTES, MAX_CUES, rewrite
from tests.plugins.captions.conftest import SRT, VTT

MINUTE = 60.0
TAG = re.compile(r"<[^>]*>")


def cue(text: str, times: str = "00:01.000 --> 00:02.000") -> bytes:
    """Return a WebVTT file of one cue."""
    return f"WEBVTT\n\n{times}\n{text}\n".encode()


def read_back(text: str) -> list[tuple[float, float, str]]:
    """Read WebVTT with a library that is not ours."""
    found = webvtt.from_string(text, strict=True).captions
    return [(_seconds(each.start), _seconds(each.end), each.raw_text) for each in found]


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds)).total_seconds()


def only(content: bytes) -> str:
    """Return the text of the one cue that the file becomes."""
    ((_, _, text),) = read_back(rewrite(content, MINUTE))
    return text


def refusal(content: bytes, duration: float = MINUTE) -> Problem:
    with pytest.raises(Problem) as caught:
        rewrite(content, duration)
    return caught.value


def test_both_formats_become_webvtt() -> None:
    assert read_back(rewrite(VTT, MINUTE)) == [(1, 2.5, "Good <b>morning</b>")]
    assert read_back(rewrite(SRT, MINUTE)) == [(1, 2.5, "Guten <i>Morgen</i>")]


SAME = "1\n00:00:01,000 --> 00:00:02,000\nÀ demain, 世界\n"
SPELLINGS = {
    "UTF-8": SAME.encode(),
    "byte order mark": SAME.encode("utf-8-sig"),
    "UTF-16, little end first": b"\xff\xfe" + SAME.encode("utf-16-le"),
    "UTF-16, big end first": b"\xfe\xff" + SAME.encode("utf-16-be"),
    "CRLF": SAME.replace("\n", "\r\n").encode(),
    "CR": SAME.replace("\n", "\r").encode(),
    "empty lines first": f"\n\n{SAME}".encode(),
    "no counter": SAME.removeprefix("1\n").encode(),
    "no line break at the end": SAME.rstrip().encode(),
    "points": SAME.replace(",0", ".0").encode(),
    "coordinates": SAME.replace("02,000", "02,000  X1:0 X2:10 Y1:0 Y2:10").encode(),
    "WebVTT": f"WEBVTT - a title\nKind: captions\n\n{SAME.replace(',0', '.0')}".encode(),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_spelling_makes_no_difference(name: str) -> None:
    assert read_back(rewrite(SPELLINGS[name], MINUTE)) == [(1, 2, "À demain, 世界")]


POISON = {
    "image": ("Hi <img src=x onerror=alert(1)>there", "Hi there"),
    "script": ("Hi <script>alert(1)</script>there", "Hi there"),
    "attribute": ('<b onclick="alert(1)" style="top:0">Hi</b>', "<b>Hi</b>"),
    "class": ("<c.x style=left:0>Hi</c>", "Hi"),
    "voice": ("<v.loud Ada>Hi</v>", "Hi"),
    "link": ('<a href="javascript:alert(1)">Hi</a>', "Hi"),
    "escaped": ("&lt;img src=x onerror=alert(1)&gt;", "&lt;img src=x onerror=alert(1)&gt;"),
    "half a tag": ("Hi <img src=x onerror=alert(1)", "Hi"),
    "nested": ("<<b>script>Hi</b>", "&lt;<b>script&gt;Hi</b>"),
    "unbalanced": ("<b><i>Hi</b>", "<b><i>Hi</i></b>"),
    "times": ("Hi <00:01.500>there", "Hi there"),
    "arrow in disguise": ("00:03.000 --&gt; 00:04.000", "00:03.000 --&gt; 00:04.000"),
    "ASS override": (r"{\an8\fs200}Hi", "Hi"),
    "reordering": ("Hi \u202eereht &#x202e;", "Hi ereht"),
    "controls": ("Hi\x1b[31m &#27;there", "Hi[31m there"),
    "line breaks": ("Hi<br/>&#10;&#10;there", "Hi\nthere"),
    "Persian joiner": ("می‌خواهم", "می‌خواهم"),
    "less than three": ("I <3 you & me", "I &lt;3 you &amp; me"),
}


@pytest.mark.parametrize("name", POISON)
def test_t10_text_keeps_bold_italic_and_underline_only(name: str) -> None:
    raw, kept = POISON[name]
    assert only(cue(raw)) == kept


@pytest.mark.parametrize(
    "block",
    [
        "STYLE\n::cue { background: url(https://evil.example/pixel) }",
        "REGION\nid:fred\nwidth:0%",
        "NOTE a secret of the editor",
        "identifier",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_t10_nothing_but_cues_is_kept(block: str, *, first: bool) -> None:
    times = "00:01.000 --> 00:02.000\nHi"
    text = rewrite(f"WEBVTT\n\n{block}\n\n{times}\n".encode() if first else cue(f"Hi\n\n{block}"), MINUTE)
    assert text.endswith("MPEGTS:0,LOCAL:00:00:00.000\n\n00:00:01.000 --> 00:00:02.000\nHi\n")
    assert text.count("\n\n") == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("align:start line:10% position:20%", "align:start line:10% position:20%"),
        ("line:-1 align:left", "line:-1 align:left"),
        ("line:0 size:0%", "line:0"),
        ("position:0% align:end", "align:end"),
        ("line:500 line:100% position:99%", ""),
        ("region:fred vertical:rl", ""),
        ("align:start;x line:1e9", ""),
    ],
)
def test_t10_settings_cannot_hide_text(given: str, kept: str) -> None:
    text = rewrite(cue("Hi", f"00:01.000 --> 00:02.000 {given}"), MINUTE)
    assert text.splitlines()[3] == f"00:00:01.000 --> 00:00:02.000 {kept}".rstrip()


WITH_TIMES = "1\n00:00:01,000 --> 00:00:02,000\n"
REFUSED = {
    "nothing": (b"", 415),
    "prose": (b"Dear diary", 415),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), 415),
    "ASS": (b"[Script Info]\nScriptType: v4.00+\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,,,,,,,Hi\n", 415),
    "TTML": (b'<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml"/>', 415),
    "MicroDVD": (b"{24}{48}Hi", 415),
    "WEBVTTX": (b"WEBVTTX\n\n00:01.000 -- 00:02.000\nHi\n", 415),
    "Latin-1": ((WITH_TIMES + "café\n").encode("latin-1"), 415),
    "UTF-16 without a mark": ((WITH_TIMES + "Hi\n").encode("utf-16-le"), 415),
    "UTF-32": ((WITH_TIMES + "Hi\n").encode("utf-32"), 415),
    "half a UTF-16 character": (b"\xff\xfe" + WITH_TIMES.encode("utf-16-le") + b"x", 415),
    "NUL": (cue("H\0i"), 415),
    "no cue": (b"WEBVTT\n\nNOTE nothing yet\n", 422),
    "no text": (cue("<b></b>\n<c> </c>"), 422),
    "arrow without times": (cue("Hi", "soon --> later"), 422),
    "minutes beyond sixty": (cue("Hi", "00:61.000 --> 01:02.000"), 422),
    "digits of another script": (cue("Hi", "00:0１.000 --> 00:02.000"), 422),
    "backwards": (cue("Hi", "00:02.000 --> 00:01.000"), 422),
    "no time at all": (cue("Hi", "00:02.000 --> 00:02.000"), 422),
    "after the end": (cue("Hi", "01:00.000 --> 01:02.000"), 422),
    "endless cue": (cue("x" * 4001), 422),
    "too long": (cue("Hi\n\nNOTE " + "x" * MAX_BYTES), 413),
    "too many cues": (VTT + b"\n00:01.000 --> 00:02.000\na\n" * MAX_CUES, 413),
    "too long when escaped": (b"WEBVTT\n" + b"\n00:01.000 --> 00:02.000\n".join([b"", *[b"&" * 3900] * 250]), 413),
}


@pytest.mark.parametrize("name", REFUSED)
def test_t10_anything_else_is_refused_with_a_reason(name: str) -> None:
    content, status = REFUSED[name]
    problem = refusal(content)
    assert problem.status == status
    assert problem.detail.endswith(".")


def test_mistake_is_named_by_its_line() -> None:
    content = VTT + b"\n00:03.000 -> 00:04.000 --> 00:05.000\nHi\n"
    assert refusal(content).detail == (
        "Line 6: it should hold two times, such as 00:00:01.000 --> 00:00:04.000."
    )  # fmt: skip


def test_cues_are_sorted_and_end_with_the_video() -> None:
    content = cue("later", "00:03.000 --> 99:59:59.999") + b"\n00:01.000 --> 00:02.000\nsooner\n"
    assert read_back(rewrite(content, 4.0)) == [(1, 2, "sooner"), (3, 4, "later")]


def test_subrip_text_may_hold_empty_lines_and_numbers() -> None:
    content = "1\n00:00:01,000 --> 00:00:02,000\nIt was\n\n1984\n\n2\n00:00:03,000 --> 00:00:04,000\n1985"
    assert [text for _, _, text in read_back(rewrite(content.encode(), MINUTE))] == ["It was\n1984", "1985"]


TIRING = {
    "line breaks": b"\n" * MAX_BYTES,
    "spaces": b" " * MAX_BYTES,
    "digits": b"1" * MAX_BYTES,
    "arrows": b"WEBVTT\n" + b"-->" * (MAX_BYTES // 3 - 3),
    "spaces before an arrow": cue("Hi", f"00:01.000 {' ' * 1_000_000} --> 00:02.000"),
    "tags": b"WEBVTT\n" + b"\n00:01.000 --> 00:02.000\n".join([b"", *[b"<b>" * 1300] * 200]),
    "misnested tags": b"WEBVTT\n" + b"\n00:01.000 --> 00:02.000\n".join([b"", *[b"<b><i></b><u></i>" * 230] * 200]),
    "half tags": b"WEBVTT\n" + b"\n00:01.000 --> 00:02.000\n".join([b"", *[b"<" * 3900] * 200]),
    "tables": b"WEBVTT\n" + b"\n00:01.000 --> 00:02.000\n".join([b"", *[b"<table>a" * 450] * 200]),
    "references": b"WEBVTT\n" + b"\n00:01.000 --> 00:02.000\n".join([b"", *[b"&amp" * 950] * 200]),
    "many cues": b"WEBVTT\n" + b"\n00:01.000 --> 00:02.000\n<b>Hi</b>\n" * MAX_CUES,
}


@pytest.mark.parametrize("name", TIRING)
def test_t10_no_file_takes_long(name: str) -> None:
    started = time.process_time()
    with suppress(Problem):
        rewrite(TIRING[name][:MAX_BYTES], MINUTE)
    assert time.process_time() - started < 5


PIECES = st.sampled_from(
    ["WEBVTT", "\n", "\n\n", "\r", "1\n", "00:00:01.000 --> 00:00:02.000", "00:01,5 --> 00:59,9", " --> ", "<b>",
     "</b>", "<i", "<u class=x>", "<c.x>", "<script>", "&lt;", "&#10;", "&#0;", "<!--", "NOTE", "STYLE", " align:end",
     "\ufeff", "\0", "\u202e", "<plaintext>", "<table>", "{\\an8}", "Hi", "-->"]
)  # fmt: skip
TIMES = "\n00:00:01.000 --> 00:00:02.000\n"
FILES = st.one_of(
    st.binary(max_size=200),
    st.lists(PIECES | st.text(max_size=5), max_size=30).map(lambda pieces: "".join(pieces).encode(errors="replace")),
    st.lists(PIECES | st.text(max_size=5), max_size=30).map(
        lambda pieces: ("WEBVTT\n" + TIMES + "".join(pieces)).encode(errors="replace")
    ),
)


@settings(max_examples=600, deadline=None)
@given(FILES)
@example(b"WEBVTT")
@example(b"\xff\xfe")
def test_t10_every_file_becomes_sound_captions_or_a_reason(content: bytes) -> None:
    text = ""
    try:
        text = rewrite(content, MINUTE)
    except Problem as problem:
        status = problem.status
    if not text:
        assert status in (413, 415, 422)
        return
    cues = read_back(text)
    assert len(cues) == text.count("-->") > 0
    assert [cue[:2] for cue in cues] == sorted(cue[:2] for cue in cues)
    for start, end, words in cues:
        assert 0 <= start < end <= MINUTE
        assert set(TAG.findall(words)) <= {"<b>", "</b>", "<i>", "</i>", "<u>", "</u>"}
    assert rewrite(text.encode(), MINUTE) == text
