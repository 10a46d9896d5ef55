"""Landscapes drawn as SVG from a seed, for clips that look like somebody's videos and belong to nobody else."""

# ruff: noqa: INP001, S311 -- pictures in a folder of documents, not secrets

import random
from collections.abc import Sequence
from itertools import pairwise

WIDTH, HEIGHT = 1600, 900

Point = tuple[float, float]


def scene(*layers: str) -> str:
    """Return a whole SVG document."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">{"".join(layers)}</svg>'


def sky(*colours: str) -> str:
    """A gradient from the zenith down to the horizon."""
    stops = "".join(
        f'<stop offset="{index / (len(colours) - 1)}" stop-color="{colour}"/>' for index, colour in enumerate(colours)
    )
    name = "sky" + "".join(colours).replace("#", "")
    gradient = f'<linearGradient id="{name}" x1="0" y1="0" x2="0" y2="1">{stops}</linearGradient>'
    return f'<defs>{gradient}</defs><rect width="{WIDTH}" height="{HEIGHT}" fill="url(#{name})"/>'


def sun(x: float, y: float, radius: float, colour: str) -> str:
    """A disc with a glow."""
    glow = "".join(
        f'<circle cx="{x}" cy="{y}" r="{radius * (1 + step * 0.55)}" fill="{colour}" opacity="{0.16 / step}"/>'
        for step in range(6, 0, -1)
    )
    return f'{glow}<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"/>'


def stars(seed: int, number: int) -> str:
    """Dots, fewer towards the horizon."""
    rng = random.Random(seed)
    return "".join(
        f'<circle cx="{rng.uniform(0, WIDTH):.0f}" cy="{rng.random() ** 1.5 * HEIGHT * 0.6:.0f}" '
        f'r="{rng.uniform(0.6, 2.2):.1f}" fill="#fff" opacity="{rng.uniform(0.3, 1):.2f}"/>'
        for _ in range(number)
    )


def ridge(seed: int, y: float, height: float, colour: str, *, roughness: float = 0.5, steps: int = 8) -> str:
    """A mountain range by midpoint displacement; `roughness` 0.4 rolls, 0.6 is jagged. Fills all that is below."""
    rng = random.Random(seed)
    line = [y + rng.uniform(-height, height) for _ in range(3)]
    for step in range(steps):
        reach = height * roughness ** (step + 1)
        between = [(left + right) / 2 + rng.uniform(-reach, reach) for left, right in pairwise(line)]
        line = [point for pair in zip(line, [*between, 0.0], strict=True) for point in pair][:-1]
    points = [(WIDTH * index / (len(line) - 1), value) for index, value in enumerate(line)]
    return polygon([*points, (WIDTH, HEIGHT), (0, HEIGHT)], colour)


def polygon(points: Sequence[Point], colour: str, opacity: float = 1) -> str:
    """A filled shape."""
    corners = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    return f'<polygon points="{corners}" fill="{colour}" opacity="{opacity}"/>'


def box(x: float, y: float, width: float, height: float, colour: str, opacity: float = 1) -> str:
    """An upright rectangle."""
    place = f'x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return f'<rect {place} fill="{colour}" opacity="{opacity:.2f}"/>'


def water(seed: int, y: float, colours: tuple[str, str], glint: str, x: float) -> str:
    """A lake from `y` down, with the light of something above it at `x`."""
    rng = random.Random(seed)
    dark = sky(*colours).replace(f'height="{HEIGHT}"', f'y="{y}" height="{HEIGHT - y}"')
    glints = "".join(
        f'<rect x="{x + rng.gauss(0, 14 + depth * 0.28) - (length := rng.uniform(14, 60 + depth * 0.25)) / 2:.0f}" '
        f'y="{y + depth:.0f}" width="{length:.0f}" height="{1.5 + depth / 110:.1f}" rx="2" fill="{glint}" '
        f'opacity="{rng.uniform(0.25, 0.8):.2f}"/>'
        for depth in (rng.random() ** 1.4 * (HEIGHT - y) for _ in range(170))
    )
    return dark + glints


def pines(seed: int, y: float, tallest: float, colour: str, number: int = 90) -> str:
    """A row of firs whose feet stand around `y`."""
    rng = random.Random(seed)
    trees = []
    for _ in range(number):
        x, foot, size = rng.uniform(-20, WIDTH + 20), y + rng.uniform(-8, 30), tallest * rng.uniform(0.45, 1)
        for tier in range(4):
            top, bottom = foot - size * (1 - tier * 0.2), foot - size * (0.6 - tier * 0.2)
            half = size * (0.09 + tier * 0.045)
            trees.append(polygon([(x, top), (x + half, bottom), (x - half, bottom)], colour))
    return "".join(trees) + polygon([(0, y), (WIDTH, y), (WIDTH, HEIGHT), (0, HEIGHT)], colour)


def skyline(seed: int, y: float, tallest: float, colour: str, lights: str) -> str:
    """Houses with some windows lit."""
    rng = random.Random(seed)
    houses, x = [], -10.0
    while x < WIDTH:
        width, height = rng.uniform(50, 120), tallest * rng.uniform(0.3, 1)
        houses.append(box(x, y - height, width + 1, HEIGHT, colour))
        rows, columns = range(int(height // 24)), range(int(width // 18))
        places = [(x + 8 + 18 * column, y - height + 12 + 24 * row) for row in rows for column in columns]
        lit = [place for place in places if rng.random() < 0.33]
        houses += [box(left, top, 8, 12, lights, rng.uniform(0.35, 1)) for left, top in lit]
        x += width
    return "".join(houses)


SCENES = {
    "lake": scene(
        sky("#2b3a67", "#7d6b9c", "#f0a58f", "#ffd9a0"),
        sun(1010, 470, 46, "#fff1c9"),
        ridge(3, 430, 120, "#a98aa8", roughness=0.55),
        ridge(11, 480, 90, "#75618c", roughness=0.55),
        ridge(8, 530, 60, "#4a4570"),
        water(4, 560, ("#e9a391", "#32325c"), "#ffe9c2", 1010),
        pines(2, 850, 230, "#1a1d35", 46),
    ),
    "train": scene(
        sky("#070b1f", "#131c44", "#31407a", "#6d6a9e"),
        stars(7, 320),
        sun(1260, 170, 42, "#f4efd9"),
        ridge(21, 560, 90, "#232c5a", roughness=0.5),
        ridge(5, 650, 60, "#151b3f", roughness=0.45),
        pines(9, 790, 150, "#090d22", 120),
    ),
    "dunes": scene(
        sky("#3f6fa8", "#9ec3d8", "#fbe3b8"),
        sun(420, 300, 52, "#fffbe6"),
        ridge(31, 520, 60, "#eec07f", roughness=0.36, steps=6),
        ridge(34, 610, 90, "#dc9a55", roughness=0.34, steps=6),
        ridge(38, 730, 100, "#b96f3a", roughness=0.32, steps=6),
        ridge(41, 850, 70, "#7c4427", roughness=0.32, steps=6),
    ),
    "forest": scene(
        sky("#f6efd9", "#e7d8a8", "#c7c58c"),
        sun(790, 260, 60, "#fffdf0"),
        ridge(51, 430, 70, "#b9c09a", roughness=0.45),
        pines(52, 560, 170, "#8fa67c", 90),
        pines(53, 680, 240, "#567a5c", 70),
        pines(54, 820, 330, "#254236", 40),
    ),
    "city": scene(
        sky("#1d1440", "#55246b", "#c24d7c", "#ff9e6b"),
        sun(610, 520, 80, "#ffd08a"),
        skyline(61, 640, 260, "#5a2a6b", "#ffb27a"),
        skyline(62, 690, 330, "#2c1850", "#ffd48a"),
        water(63, 720, ("#6b2d6e", "#140c2e"), "#ffb98a", 610),
    ),
    "coast": scene(
        sky("#1c6aa8", "#6db6d9", "#d9f0ef"),
        sun(1180, 230, 50, "#ffffff"),
        ridge(71, 470, 40, "#7fa9a0", roughness=0.5),
        water(72, 480, ("#3f9fb5", "#0b4566"), "#f0ffff", 1180),
        ridge(74, 800, 150, "#2f5d46", roughness=0.5),
        pines(75, 880, 120, "#173626", 50),
    ),
    "pass": scene(
        sky("#123152", "#3f7696", "#a9d3d8", "#f3ead7"),
        ridge(82, 380, 210, "#dfe9ee", roughness=0.6),
        ridge(85, 520, 150, "#8fb0c4", roughness=0.58),
        ridge(88, 650, 110, "#46708c", roughness=0.55),
        pines(89, 830, 190, "#17334a", 60),
    ),
}
"""Name → picture."""
