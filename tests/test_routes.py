"""Every route of a full site: named once, closed by a policy, and open to well-formed parameters only."""

import re
from collections import Counter

from core.http.policies import Policy
from core.http.routing import Operation, Route
from core.testing.sites import Site

_PARAMETER = re.compile(r"\{(\w+)(:(?:[^{}]|\{[^{}]*\})*)?\}")


def routes_of(site: Site) -> list[Route]:
    """Return every route of the site, plugins' included."""
    assert len(site.services.routes) > 30
    return site.services.routes


async def test_every_route_declares_a_policy(site: Site) -> None:
    policies: dict[str, object] = {route.name: route.policy for route in routes_of(site)}

    assert [name for name, policy in policies.items() if not isinstance(policy, Policy)] == []


async def test_every_permission_of_a_route_is_declared(site: Site) -> None:
    declared = site.services.authorizer.permissions
    asked = {route.name: route.policy.permission for route in routes_of(site) if route.policy.permission}

    assert {name: permission for name, permission in asked.items() if permission not in declared} == {}


async def test_every_route_has_a_name_of_its_own_that_begins_with_its_owner(site: Site) -> None:
    names = Counter(route.name for route in routes_of(site))
    owners = {"core", *(plugin.name for plugin in site.services.plugins)}

    assert [name for name, count in names.items() if count > 1] == []
    assert [name for name in names if name.partition(".")[0] not in owners] == []


async def test_every_path_parameter_has_a_pattern(site: Site) -> None:
    open_ended = [
        f"{route.name}: {name}"
        for route in routes_of(site)
        for name, pattern in _PARAMETER.findall(route.path)
        if not pattern
    ]
    assert open_ended == []


async def test_every_api_route_is_described(site: Site) -> None:
    api = [route for route in routes_of(site) if route.path.startswith("/api/") and route.name != "core.openapi"]

    assert [route.name for route in api if not isinstance(route.operation, Operation)] == []


async def test_routes_that_change_something_use_the_session_or_a_signature(site: Site) -> None:
    unguarded = [
        route.name
        for route in routes_of(site)
        if route.method not in ("GET", "HEAD") and not route.policy.session and "signed" not in route.policy.summary
    ]
    assert unguarded == []
