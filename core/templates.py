"""Pages: templates of the theme stand in for plugins', plugins' for the core's; slots take plugins' fragments."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp_jinja2
import humanize
from aiohttp import web
from jinja2 import BytecodeCache, ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from core.http.keys import NONCE, PAGE, ROUTE, SERVICES, VIEWER
from core.pages import Fragment, LoginOption, NavItem
from core.text import render_text

if TYPE_CHECKING:
    from core.services import Services


_WEEK = 7  # days
_WEEKS = range(_WEEK, 5 * _WEEK)


def _ago(moment: datetime) -> str:
    passed = datetime.now(UTC) - moment
    if passed.days in _WEEKS:  # where humanize already speaks of a month
        return "a week ago" if passed.days < 2 * _WEEK else f"{passed.days // _WEEK} weeks ago"
    return humanize.naturaltime(passed)


def _date(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(max(int(seconds), 0), 60)  # as players do: a second that has not passed is not shown
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _compact(number: int) -> str:
    for unit, letter in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if number >= unit:
            return f"{number * 10 // unit / 10:g}{letter}"  # rounded down: 999,999 have not become a million
    return str(number)


_FILTERS: dict[str, Callable[..., str]] = {
    "ago": _ago,
    "date": _date,
    "duration": _duration,
    "compact": _compact,
    "prose": render_text,
    "filesize": humanize.naturalsize,
}


class Templates:
    """Renders templates by name; `<plugin>:<name>` and `core:<name>` reach the original from an override."""

    def __init__(self, themes: Iterable[Path], plugins: Mapping[str, Path], core: Path) -> None:
        """Folders of templates; the first theme comes first of all."""
        own = {name: FileSystemLoader(folder) for name, folder in plugins.items()}
        originals = {**own, "core": FileSystemLoader(core)}
        loaders = [*(FileSystemLoader(folder) for folder in themes), *own.values(), originals["core"]]
        self._loader = ChoiceLoader([*loaders, PrefixLoader(originals, delimiter=":")])
        self.bytecode_cache: BytecodeCache | None = None  # a site compiles each template once; tests open many sites

    def install(self, app: web.Application, services: "Services") -> None:
        """Make the environment the application's, and the site's services reachable from every template."""
        self._services = services
        self._nav: list[NavItem] = [item for _, items in services.hooks.collect("nav_items") for item in items]
        environment = aiohttp_jinja2.setup(
            app,
            loader=self._loader,
            bytecode_cache=self.bytecode_cache,
            enable_async=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            default_helpers=False,
            filters=_FILTERS,
        )
        site = services.settings.core.site
        environment.globals.update(
            site={"name": site.name, "description": site.description, "base_url": services.settings.base_url},
            asset=services.assets.url,
            import_map=Markup(services.assets.import_map()),  # noqa: S704 - JSON of our own file names
            url=services.urls.path,
            has_route=services.urls.knows,
            slot=pass_context(_slot),
        )

    async def render(self, request: web.Request, template: str, context: Mapping[str, object]) -> str:
        """Render a template for the request's viewer."""
        if PAGE not in request:  # a page and the fragments on it share what they know of the request
            request[PAGE] = await self._page(request)
        page = request[PAGE]
        return await aiohttp_jinja2.render_string_async(template, request, page | dict(context))

    async def _page(self, request: web.Request) -> dict[str, object]:
        viewer = request.get(VIEWER)
        allows = self._services.authorizer.role_allows
        theme = request.cookies.get("theme", "")
        nav = [item for item in self._nav if item.permission is None or allows(viewer, item.permission)]
        return {
            "request": request,
            "viewer": viewer,
            "nonce": request[NONCE],
            "here": request.get(ROUTE, ""),
            "path": request.path,
            "theme_choice": theme if theme in ("light", "dark") else "",
            "may": lambda permission: allows(viewer, permission),
            "nav": nav,
            "nav_here": self._nearest(nav, request.path),
            "login_options": await self._login_options(request),
        }

    def _nearest(self, nav: Iterable[NavItem], path: str) -> str:
        """Return the route of the entry whose page the current one is, or lies below."""
        places = {self._services.urls.path(item.route): item.route for item in nav}
        above = [place for place in places if path == place or (place != "/" and path.startswith(f"{place}/"))]
        return places[max(above, key=len)] if above else ""

    async def _login_options(self, request: web.Request) -> list[LoginOption]:
        answers = [answer async for answer in self._services.hooks.ask("login_options", request=request)]
        return [option for options in answers for option in options]


async def _slot(context: Context, name: str, **values: object) -> Markup:
    """Return the fragments plugins have for a slot, in settings order; one that fails leaves the page intact."""
    request: web.Request = context["request"]
    from_plugins = request.app[SERVICES].hooks.ask("page_slot", slot=name, request=request, context=values)
    return Markup().join([fragment.html async for fragment in from_plugins if isinstance(fragment, Fragment)])
