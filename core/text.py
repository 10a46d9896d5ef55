"""Text that people write: cleaned of what can only deceive or break, and rendered without ever trusting it."""

import re
import unicodedata
from typing import Annotated

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup
from pydantic import AfterValidator, BeforeValidator, StringConstraints

# Controls, and the marks that reorder or hide text. U+200D stays: it joins emoji.
_UNWANTED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_STACKED = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Normalise to NFC; drop control, bidi-override and zero-width characters, and all but three stacked accents."""
    if "\0" in text or _SURROGATE.search(text):
        raise ValueError("This holds characters that are no text")
    return _STACKED.sub(r"\1", _UNWANTED.sub("", unicodedata.normalize("NFC", text))).strip()


def _clean(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value


def _one_line(value: object) -> object:
    return " ".join(clean_text(value).split()) if isinstance(value, str) else value


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("This is needed")
    return text


# Cleaned first: NFC can make a text longer, and what is kept must fit its column.
Prose = Annotated[str, BeforeValidator(_clean), StringConstraints(max_length=5000)]
"""Several lines; rendered with `render_text`."""

OptionalLine = Annotated[str, BeforeValidator(_one_line), StringConstraints(max_length=500)]
"""One line, perhaps empty."""

Line = Annotated[OptionalLine, AfterValidator(_not_empty)]
"""One line that says something."""

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True, "maxNesting": 20}).disable(
    "image"
)
_TAGS = {"p", "br", "a", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "hr"}


def render_text(text: str) -> Markup:
    """Render light Markdown (CommonMark without HTML, images and headings) to markup that carries no script."""
    html = nh3.clean(
        _markdown.render(text),
        tags=_TAGS,
        attributes={"a": {"href"}, "*": set()},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener noreferrer",
    )
    return Markup(html)  # noqa: S704 - sanitised above, by the allow-list
