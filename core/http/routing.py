"""Routes are values: method, path, handler, and a policy that cannot be forgotten."""

import re
from collections.abc import Awaitable, Callable, Container, Iterable
from dataclasses import dataclass
from typing import cast

from aiohttp import web
from pydantic import BaseModel

from core.http.policies import Policy

PARAMETER = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})*))?\}")
"""A parameter in a route's path: its name, and the pattern that may hold braces of its own."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Operation:
    """What the OpenAPI document says of an API route; `body`, `query` and `result` are the models that validate it.

    `file` is the media type of a body that is no JSON and that the handler reads itself.
    """

    summary: str
    tag: str
    status: int = 200
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    result: type[BaseModel] | None = None
    errors: tuple[int, ...] = ()
    media_type: str = "application/json"
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path. `name` is `<plugin>.<what>`, and what `url()` in templates and code takes.

    Path parameters carry a pattern (`{video_id:[0-9a-z]{16}}`), so that anything else is a 404 before any code runs.
    `streams` routes read their own body, may take long, and are exempt from the body limit and the deadline;
    `unhurried` ones are exempt from the deadline only.
    """

    method: str
    path: str
    handler: Handler
    policy: Policy
    name: str
    operation: Operation | None = None
    streams: bool = False
    unhurried: bool = False


def complaint_about(route: Route, permissions: Container[str]) -> str | None:
    """Say why a route cannot be served as it is declared, or return None."""
    if not isinstance(cast(object, route.policy), Policy):  # plugins need not be type-checked
        return f"{route.name} has no policy: give it ANYONE, SIGNED_IN, SIGNED_URL or can(…)."
    if route.policy.permission is not None and route.policy.permission not in permissions:
        return f"{route.name} asks for {route.policy.permission!r}, which nobody declares: see permissions()."
    if loose := [name for name, pattern in PARAMETER.findall(route.path) if not pattern]:
        return f"{route.name} takes {loose[0]} without a pattern: write {{{loose[0]}:[a-z]{{1,20}}}} or the like."
    return None


class RouteConflict(Exception):
    """Two routes claim one name, or one method and path."""


def check_routes(routes: Iterable[Route]) -> None:
    """Raise RouteConflict when two routes get in each other's way, naming both."""
    seen: dict[str, Route] = {}
    for route in routes:
        for claim in (route.name, f"{route.method} {route.path}"):
            if other := seen.get(claim):
                raise RouteConflict(
                    f"{claim!r} is claimed by {other.name} ({other.path}) and {route.name} ({route.path})."
                )
            seen[claim] = route
