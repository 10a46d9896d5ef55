"""The one place that builds addresses of our own."""

import re
from collections.abc import Iterable
from urllib.parse import quote, urlencode

from core.http.routing import PARAMETER, Route


class Urls:
    """Builds paths from route names."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._paths: dict[str, str] = {}

    def add(self, routes: Iterable[Route]) -> None:
        """Make routes known by name."""
        self._paths.update({route.name: route.path for route in routes})

    def path(self, route: str, /, **parameters: object) -> str:
        """Return a route's path. Parameters that are not in its pattern become the query; None is left out.

        Raises KeyError for an unknown route or a missing parameter.
        """
        if route not in self._paths:
            raise KeyError(f"there is no route {route!r}; its plugin may not be enabled")
        used: set[str] = set()

        def fill(match: re.Match[str]) -> str:
            used.add(match[1])
            return quote(str(parameters[match[1]]), safe="/")

        path = PARAMETER.sub(fill, self._paths[route])
        query = {name: value for name, value in parameters.items() if name not in used and value is not None}
        return f"{path}?{urlencode(query)}" if query else path

    def knows(self, route: str) -> bool:
        """Tell whether some enabled plugin has the route."""
        return route in self._paths

    def absolute(self, path: str) -> str:
        """Return the address outsiders use. It comes from settings, never from a request's Host."""
        return path if "://" in path else self._base_url + path
