"""A whole site for a test: real server on a free port, real database in a folder of its own, any plugins."""

import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http.cookies import Morsel
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

import aiohttp
from yarl import URL

from core.app import running_web
from core.http.csrf import own_origin
from core.http.sessions import cookie_name, start_session
from core.models import Role, User
from core.services import Services, apps_of, configure_from, open_services
from core.storage import PartRequest
from core.testing.once import COMPILED_TEMPLATES, hurry, lay_tables
from core.users import create_user

QUICK_JOBS = {
    "embedded_worker": False,
    "first_delay": 0,
    "lease": 3,
    "heartbeat": 0.5,
    "sweep": 0.2,
    "min_free_bytes": 0,  # tests run where little of the disk is free, too
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: Mapping[str, Morsel[str]]

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Browser:
    """An HTTP client that behaves like a browser on the site's own pages: cookies, Origin, no redirects followed."""

    def __init__(self, base_url: str, origin: str) -> None:
        self.base_url = base_url
        self._session = aiohttp.ClientSession(
            base_url, cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": origin, "Accept": "text/html"}
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    def request(self, method: str, path: str | URL, **options: Any) -> Any:
        """Send a request; used as `async with`, as in aiohttp, where a body is not to be read at once."""
        return self._session.request(method, path, allow_redirects=False, **options)

    async def get(self, path: str, **options: Any) -> Answer:
        """GET a path and read the answer."""
        return await self._read("GET", path, **options)

    async def post(self, path: str, form: Mapping[str, str] | None = None, **options: Any) -> Answer:
        """POST a form and read the answer."""
        return await self._read("POST", path, data=form or {}, **options)

    async def api(self, method: str, path: str, body: object = None, **options: Any) -> Answer:
        """Call the JSON API below /api/v1 and read the answer."""
        return await self._read(method, f"/api/v1{path}", json=body, headers={"Accept": "application/json"}, **options)

    async def put_part(self, part: PartRequest, content: bytes) -> Answer:
        """Send one part as it was signed."""
        return await self._read(
            "PUT", URL(part.url, encoded=True), data=io.BytesIO(content), headers=dict(part.headers)
        )

    def add_cookie(self, name: str, value: str, url: str) -> None:
        """Put a cookie into the jar."""
        self._session.cookie_jar.update_cookies({name: value}, URL(url))

    async def _read(self, method: str, path: str | URL, **options: Any) -> Answer:
        if options.get("json", ...) is None:
            del options["json"]
        async with self.request(method, path, **options) as response:
            return Answer(response.status, response.headers, await response.read(), response.cookies)


@dataclass(slots=True)
class Site:
    """A running site. Jobs run only when `work()` is called, unless the settings say otherwise."""

    services: Services
    url: str
    _stack: AsyncExitStack

    async def browser(self, user: User | None = None) -> Browser:
        """Return a new browser, signed in as `user`; it is closed with the site."""
        settings = self.services.settings
        browser = await self._stack.enter_async_context(Browser(self.url, own_origin(settings)))
        if user is not None:
            browser.add_cookie(cookie_name(settings), await start_session(user, settings), self.url)
        return browser

    async def user(self, handle: str = "ada", role: Role = Role.CREATOR) -> User:
        """Create a user."""
        return await create_user(handle=handle, email=f"{handle}@example.org", display_name=handle.title(), role=role)

    async def work(self) -> None:
        """Run every job that is due, and those that follow from it."""
        await self.services.worker().drain()

    async def upload(self, browser: Browser, content: bytes, **fields: object) -> dict[str, Any]:
        """Upload a file through the API as the browser's user, and return the accepted upload's JSON."""
        new = {"file_name": "clip.mp4", "size": len(content), "content_type": "video/mp4", **fields}
        created = await browser.api("POST", "/uploads", new)
        assert created.status == 201, created.text
        upload = created.json
        numbers = list(range(1, upload["parts"] + 1))
        signed = (await browser.api("POST", f"/uploads/{upload['id']}/sign", {"parts": numbers})).json
        for part in signed["parts"]:
            start = (part["number"] - 1) * upload["part_size"]
            request = PartRequest(part["url"], part["headers"])
            sent = await browser.put_part(request, content[start : start + upload["part_size"]])
            assert sent.status < 300, sent.text
        completed = await browser.api("POST", f"/uploads/{upload['id']}/complete", {})
        assert completed.status == 200, completed.text
        accepted: dict[str, Any] = completed.json
        return accepted


@asynccontextmanager
async def open_site(
    data_dir: Path, plugins: Mapping[str, ModuleType | None], settings: Mapping[str, Any] | None = None
) -> AsyncIterator[Site]:
    """Open a site with the named plugins; give a module for those that no entry point declares, None for the others."""
    raw = {"jobs": QUICK_JOBS, **(settings or {}), "plugins": list(plugins), "data_dir": str(data_dir)}
    extra = {name: module for name, module in plugins.items() if module is not None}
    configured, loaded = configure_from(raw, extra)
    await lay_tables(configured, apps_of(loaded))
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(configured, loaded))
        await hurry(services.database)
        services.templates.bytecode_cache = COMPILED_TEMPLATES
        port = await stack.enter_async_context(running_web(services, port=0))
        yield Site(services, f"http://127.0.0.1:{port}", stack)
