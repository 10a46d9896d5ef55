"""The look keeps its promises: one source of colours and sizes, readable contrast, small files."""

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
THEME = ROOT / "themes" / "default" / "static"
CATALOG = ROOT / "plugins" / "catalog" / "static"
TOKENS = THEME / "tokens.css"
STYLE_SHEETS = sorted(
    path
    for room in ("core/static", "plugins", "themes")
    for path in (ROOT / room).rglob("*.css")
    if "vendor" not in path.parts
)

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# Breakpoints cannot be custom properties, so what stands in a condition is free.
_CONDITION = re.compile(r"@(media|container)[^{]*")
_RAW = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch)\(|\b\d*\.?\d+px\b|:\s*(?:white|black)\b"
)
# Widths and heights belong to their part; the rest of the rhythm of a page comes from the scales.
_SCALED = re.compile(
    r"^\s*(?:font-size|padding|margin|gap|row-gap|column-gap|border-radius)[\w-]*:[^;]*?\d(?:rem|ch)", re.MULTILINE
)
_DECLARED = re.compile(r"(--[\w-]+):")
_USED = re.compile(r"var\((--[\w-]+)\)")

_TEXT, _CONTROL = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11
PAIRS = [
    *((text, paper, _TEXT) for text in ("text", "text-2") for paper in ("bg", "surface", "surface-2", "surface-3")),
    *(("accent", paper, _TEXT) for paper in ("bg", "surface", "surface-2")),
    *(("on-accent", paper, _TEXT) for paper in ("accent", "accent-hover")),
    ("on-soft", "accent-soft", _TEXT),
    ("danger", "danger-soft", _TEXT),
    *(("danger", paper, _TEXT) for paper in ("bg", "surface")),
    ("on-danger", "danger", _TEXT),
    ("warn", "warn-soft", _TEXT),
    ("bg", "text", _TEXT),
    *(("line-strong", paper, _CONTROL) for paper in ("bg", "surface")),
    *((f"ink-{number}", "paper", _CONTROL) for number in range(8)),
]


def without_comments(path: Path) -> str:
    return _COMMENT.sub("", path.read_text())


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def colours() -> dict[str, tuple[str, str]]:
    """Light and dark value of every plain colour token."""
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", TOKENS.read_text())
    return {name: (light, dark) for name, light, dark in found}


def compressed(paths: list[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)


@pytest.mark.parametrize("sheet", [path for path in STYLE_SHEETS if path != TOKENS], ids=lambda path: path.name)
def test_colours_and_sizes_come_from_tokens(sheet: Path) -> None:
    css = _CONDITION.sub("", without_comments(sheet))
    assert [match.group().strip() for pattern in (_RAW, _SCALED) for match in pattern.finditer(css)] == []


@pytest.mark.parametrize("sheet", STYLE_SHEETS, ids=lambda path: path.name)
def test_every_custom_property_in_use_is_a_token_or_declared_beside_it(sheet: Path) -> None:
    declared = {*_DECLARED.findall(TOKENS.read_text()), *_DECLARED.findall(without_comments(sheet))}
    assert {*_USED.findall(without_comments(sheet))} - declared == set()


@pytest.mark.parametrize("sheet", [path for path in STYLE_SHEETS if path != TOKENS], ids=lambda path: path.name)
def test_every_rule_stands_in_a_cascade_layer(sheet: Path) -> None:
    at_top = re.findall(r"^([^\s@}/][^{]*)\{", without_comments(sheet), re.MULTILINE)
    assert at_top == []


@pytest.mark.parametrize(("ink", "paper", "least"), PAIRS)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_token_pair_has_enough_contrast(ink: str, paper: str, least: float, mode: str) -> None:
    index = ("light", "dark").index(mode)
    assert contrast(colours()[ink][index], colours()[paper][index]) >= least


def test_home_page_styles_and_scripts_stay_small() -> None:
    assert compressed(sorted(THEME.glob("*.css"))) <= 10_000
    assert compressed(sorted(THEME.glob("*.js"))) <= 10_000


def test_watch_page_scripts_stay_small() -> None:
    assert compressed([*THEME.glob("*.js"), *CATALOG.rglob("*.js")]) <= 17_000
