"""What people write is cleaned of what deceives or breaks, and never becomes markup that acts."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError

from core.text import Line, OptionalLine, Prose, clean_text, render_text


class Written(BaseModel):
    """One field of each kind."""

    line: Line = Field("x", max_length=20)
    optional: OptionalLine = ""
    prose: Prose = ""


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  plain  ", "plain"),
        ("e\u0301t\u00e9", "été"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("bell\x07 escape\x1b[2J \x9b", "bell escape[2J"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("Z" + "\u0335" * 40, "Z" + "\u0335" * 3),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("مرحبا", "مرحبا"),
    ],
)
def test_text_keeps_its_letters_and_loses_what_deceives(written: str, kept: str) -> None:
    assert clean_text(written) == kept


@pytest.mark.parametrize("written", ["nul\0", "half of a pair \ud83d"])
def test_what_is_no_text_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no text"):
        clean_text(written)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_clean_text_is_clean_and_normal(written: str) -> None:
    cleaned = clean_text(written)

    assert cleaned == cleaned.strip()
    assert unicodedata.is_normalized("NFC", cleaned)
    assert {unicodedata.category(character) for character in cleaned} & {"Cc"} == set() or set(cleaned) & set("\n\t\r")


def test_line_is_one_line_that_says_something() -> None:
    assert Written(line=" a\n\n  b\t").line == "a b"
    for nothing in ("", "   ", "\u200b\n"):
        with pytest.raises(ValidationError, match="This is needed"):
            Written(line=nothing)


def test_optional_line_may_be_empty() -> None:
    assert Written(optional=" \n ").optional == ""


def test_length_is_that_of_what_is_kept() -> None:
    assert Written(line=" " * 30 + "x" * 20).line == "x" * 20
    # U+FB2C is three characters in NFC: what is stored must fit its column.
    with pytest.raises(ValidationError, match="at most 20"):
        Written(line="\ufb2c" * 10)
    with pytest.raises(ValidationError, match="at most 5000"):
        Written(prose="x" * 5001)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a *b* **c** `d`", "<p>a <em>b</em> <strong>c</strong> <code>d</code></p>\n"),
        ("one\ntwo", "<p>one<br>\ntwo</p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("# Loud", "Loud\n"),
        (
            "[site](https://example.org)",
            '<p><a href="https://example.org" rel="nofollow ugc noopener noreferrer">site</a></p>\n',
        ),
    ],
)
def test_light_markdown_is_rendered(written: str, shown: str) -> None:
    assert render_text(written) == shown


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://spy.example/pixel.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "<a href='https://x' onclick='alert(1)'>x</a>",
        "<svg/onload=alert(1)>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "`<script>`",
        "[x](https://x \"' onmouseover=alert(1) x='\")",
        ">" * 200 + " deep",
    ],
)
def test_nothing_that_acts_survives(written: str) -> None:
    tags = re.findall(r"<[^>]*>", render_text(written).lower())

    assert not [tag for tag in tags if re.search(r"script|img|svg|data:|title=|\son", tag)]


@given(st.text())
def test_any_text_renders_to_known_tags_only(written: str) -> None:
    html = render_text(written)

    tags = {piece.partition(">")[0].partition(" ")[0].strip("/") for piece in html.split("<")[1:]}
    assert tags <= {"p", "br", "a", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "hr"}
