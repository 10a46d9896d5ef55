"""A reverse proxy that makes a careful, or a careless, or a failing object store of moto."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession, web
from yarl import URL

from tests.s3_faults import Fault, Faults, operation_of
from tests.s3_signatures import Refused, check, check_digests, is_signed

_BODY_LIMIT = 512 * 1024**2
_NOT_PASSED = ("access-control-", "connection", "content-encoding", "content-length", "date", "server", "transfer-")


@dataclass(frozen=True)
class Rules:
    """What the store takes care of. The default is strict."""

    signatures: bool = True
    unsigned_headers: bool = False
    """Whether `x-amz-*` headers count that nobody signed, as in CVE-2026-97731."""
    expiry: bool = True
    digests: bool = True
    ranges: bool = True
    conditions: bool = True
    aborts: bool = True
    keeps_headers: bool = True
    public: tuple[str, ...] = ()
    """Beginnings of keys that everybody may read."""
    origins: tuple[str, ...] = ()
    """Sites whose pages may send and read; `*` stands for all."""


BUGGY_UNSIGNED_HEADERS = Rules(unsigned_headers=True)
BUGGY_NO_SIGNATURE = Rules(signatures=False, unsigned_headers=True, expiry=False)


@dataclass
class Gateway:
    """The running proxy. A test may exchange the rules and order faults at any time."""

    store: str
    session: ClientSession
    rules: Rules = Rules()
    faults: Faults = field(default_factory=Faults)
    url: str = ""
    seen: list[str] = field(default_factory=list)
    """Operations in the order of their requests, those that were refused too."""

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Check one request, let it fail if that is its turn, and pass it on."""
        if request.method == "OPTIONS":
            return self._preflight(request)
        operation = operation_of(request.method, request.rel_url.path, request.query)
        self.seen.append(operation)
        body = await request.read()
        fault = self.faults.next(operation)
        try:
            self._check(request, body)
        except Refused as refused:
            return _error(refused.status, refused.code, str(refused))
        if fault is not None and (failed := _failed(request, fault)):
            return failed
        if fault is Fault.SLOW:
            await asyncio.sleep(0.2)
        if operation == "AbortMultipartUpload" and not self.rules.aborts:
            return web.Response(status=204)
        return await self._passed_on(request, body, fault)

    def _check(self, request: web.BaseRequest, body: bytes) -> None:
        if not is_signed(request):
            _, _, key = request.rel_url.path.lstrip("/").partition("/")
            if request.method in ("GET", "HEAD") and key and key.startswith(self.rules.public or "\0"):
                return
            raise Refused(403, "AccessDenied", "anonymous")
        if self.rules.signatures:
            check(request, body, unsigned_headers=self.rules.unsigned_headers, expiry=self.rules.expiry)
        if self.rules.digests:
            check_digests(request.headers, body)

    async def _passed_on(self, request: web.BaseRequest, body: bytes, fault: Fault | None) -> web.StreamResponse:
        dropped = {"host", "content-length", "transfer-encoding", "expect"}
        dropped |= set() if self.rules.ranges else {"range"}
        dropped |= set() if self.rules.conditions else {"if-none-match"}
        headers = {name: value for name, value in request.headers.items() if name.lower() not in dropped}
        headers.setdefault(
            "Authorization", "AWS gateway:trusted"
        )  # moto refuses strangers, whatever the bucket's policy
        url = URL(self.store + request.rel_url.raw_path_qs, encoded=True)
        sent = io.BytesIO(body) if body else None
        async with self.session.request(request.method, url, headers=headers, data=sent) as answer:
            content = await answer.read()
            response = web.Response(status=answer.status, body=_changed(content, fault))
            for name, value in answer.headers.items():
                if not name.lower().startswith(_NOT_PASSED):
                    response.headers[name] = value
            if request.method == "HEAD":
                response.headers["Content-Length"] = answer.headers.get("Content-Length", "0")
        if not self.rules.keeps_headers:
            for name in ("Cache-Control", "Content-Disposition"):
                response.headers.pop(name, None)
        if fault is Fault.LOST_ANSWER:
            return _cut(request)
        if fault is Fault.CUT_BODY and content:
            return await _cut_in_the_middle(request, response, content)
        return self._with_cors(request, response)

    def _preflight(self, request: web.BaseRequest) -> web.StreamResponse:
        allowed = self._with_cors(request, web.Response())
        if "Access-Control-Allow-Origin" not in allowed.headers:
            return _error(403, "AccessForbidden", "CORSResponse: This CORS request is not allowed.")
        allowed.headers["Access-Control-Allow-Methods"] = "GET, HEAD, PUT"
        return allowed

    def _with_cors(self, request: web.BaseRequest, response: web.Response) -> web.Response:
        origin = request.headers.get("Origin", "")
        if "*" in self.rules.origins or origin in self.rules.origins:
            response.headers["Access-Control-Allow-Origin"] = "*" if "*" in self.rules.origins else origin
        return response


@asynccontextmanager
async def open_gateway(store: str, rules: Rules = Rules()) -> AsyncIterator[Gateway]:
    """Serve a gateway to a store on a free port, for as long as the context is open."""
    async with ClientSession(auto_decompress=False, skip_auto_headers=["Content-Type"]) as session:
        gateway = Gateway(store, session, rules)
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.router.add_route("*", "/{path:.*}", gateway.answer)
        runner = web.AppRunner(app, auto_decompress=False, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            gateway.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield gateway
        finally:
            await runner.cleanup()


def _error(status: int, code: str, message: str) -> web.Response:
    text = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return web.Response(status=status, text=text, content_type="application/xml")


def _failed(request: web.BaseRequest, fault: Fault) -> web.StreamResponse | None:
    """Return the answer to a request of which the store never hears, None where it does."""
    if fault is Fault.RESET:
        return _cut(request)
    errors = {
        Fault.INTERNAL_ERROR: (500, "InternalError"),
        Fault.SLOW_DOWN: (503, "SlowDown"),
        Fault.ERROR_IN_200: (200, "InternalError"),
    }
    return _error(*errors[fault], "by order of a test") if fault in errors else None


def _cut(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _cut_in_the_middle(request: web.BaseRequest, response: web.Response, content: bytes) -> web.StreamResponse:
    begun = web.StreamResponse(status=response.status, headers=response.headers)
    begun.content_length = len(content)
    await begun.prepare(request)
    await begun.write(content[: len(content) // 2])
    return _cut(request)


def _changed(content: bytes, fault: Fault | None) -> bytes:
    if fault is Fault.STALE_LIST:
        return re.sub(rb"<Part>(?:(?!<Part>).)*</Part>(?!.*<Part>)", b"", content, count=1, flags=re.DOTALL)
    if fault is Fault.ENDLESS_LIST:
        return content.replace(b"<IsTruncated>false<", b"<IsTruncated>true<")
    if fault is Fault.KEY_ERRORS:
        error = rb"<Error><Key>\1</Key><Code>InternalError</Code><Message>by order of a test</Message></Error>"
        return re.sub(rb"<Deleted>\s*<Key>([^<]*)</Key>.*?</Deleted>", error, content, flags=re.DOTALL)
    return content
