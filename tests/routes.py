"""Addresses for tests that go over every route there is."""

import re

from core.api import Route
from core.http.routing import PARAMETER

_CANDIDATES = [letter * length for letter in "01a" for length in range(1, 65)]


def example_path(route: Route, **values: str) -> str:
    """Return a path that the route matches; parameters without a value get one that names nothing."""

    def fill(match: re.Match[str]) -> str:
        name, pattern = match.groups()
        return values.get(name) or next(text for text in _CANDIDATES if re.fullmatch(pattern, text))

    return PARAMETER.sub(fill, route.path)
