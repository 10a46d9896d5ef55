"""A reverse proxy that makes a careful, or a careless, or a failing object store of moto."""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import ClientSession, web
from yarl import URL

from tests.s3_checksums import PartChecksums
from tests.s3_failures import changed, cut, cut_in_the_middle, error, failed
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
    deletes: bool = True
    keeps_headers: bool = True
    keeps_checksums: bool = True
    """Whether it remembers the SHA-256 of parts and whole."""
    demands_checksums: bool = False
    """Whether every part of an upload opened with SHA-256 has to declare its own, as on AWS and MinIO."""
    public: tuple[str, ...] = ()
    """Beginnings of keys that everybody may read."""
    strangers: tuple[str, ...] = ()
    """Operations that nobody has to sign."""
    origins: tuple[str, ...] = ()
    """Sites whose pages may send and read; `*` stands for all."""
    cors_headers: tuple[str, ...] = ("*",)
    """What such a page may send; `*` stands for all."""


BUGGY_UNSIGNED_HEADERS = Rules(unsigned_headers=True)
BUGGY_NO_SIGNATURE = Rules(signatures=False, unsigned_headers=True, expiry=False)


@dataclass
class Gateway:
    """The running proxy. A test may exchange the rules and order faults at any time."""

    store: str
    session: ClientSession
    rules: Rules = Rules()
    faults: Faults = field(default_factory=Faults)
    checksums: PartChecksums = field(default_factory=PartChecksums)
    url: str = ""
    seen: list[str] = field(default_factory=list)
    """Operations in the order of their requests, those that were refused too."""
    headers: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    """The same, with the headers that came with each."""

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Check one request, let it fail if that is its turn, and pass it on."""
        if request.method == "OPTIONS":
            return self._preflight(request)
        operation = _operation_of(request)
        self.seen.append(operation)
        self.headers.append((operation, request.headers))
        body = await request.read()
        fault = self.faults.next(operation)
        try:
            self._check(request, operation, body)
        except Refused as refused:
            return error(refused.status, refused.code, str(refused))
        if fault is not None and (failure := failed(request, fault)):
            return failure
        if fault is Fault.SLOW:
            await asyncio.sleep(0.2)
        if fault is Fault.STALLED:
            await asyncio.Event().wait()  # until the other end gives up, or the gateway closes
        if (operation, False) in (("AbortMultipartUpload", self.rules.aborts), ("DeleteObjects", self.rules.deletes)):
            return web.Response(text="<DeleteResult/>", content_type="application/xml")
        return await self._passed_on(request, body, fault)

    def _check(self, request: web.BaseRequest, operation: str, body: bytes) -> None:
        if not is_signed(request):
            if operation in self.rules.strangers:
                return
            _, _, key = _path_of(request).lstrip("/").partition("/")
            if request.method in ("GET", "HEAD") and key and key.startswith(self.rules.public or "\0"):
                return
            raise Refused(403, "AccessDenied", "anonymous")
        if self.rules.signatures:
            check(request, body, unsigned_headers=self.rules.unsigned_headers, expiry=self.rules.expiry)
        if self.rules.digests:
            check_digests(request.headers, body)
        if operation == "UploadPart" and self.rules.demands_checksums:
            self.checksums.check_part(request.query, request.headers)
        if operation == "CompleteMultipartUpload" and self.rules.keeps_checksums:
            self.checksums.check_completion(request.query, body)

    async def _passed_on(self, request: web.BaseRequest, body: bytes, fault: Fault | None) -> web.StreamResponse:
        dropped = {"host", "content-length", "transfer-encoding", "expect"}
        dropped |= set() if self.rules.ranges else {"range"}
        dropped |= set() if self.rules.conditions else {"if-none-match"}
        headers = {name: value for name, value in request.headers.items() if name.lower() not in dropped}
        headers.setdefault(
            "Authorization", "AWS gateway:trusted"
        )  # moto refuses strangers, whatever the bucket's policy
        url = URL(f"{self.store}{_path_of(request)}?{request.rel_url.raw_query_string}", encoded=True)
        sent = io.BytesIO(body) if body else None
        async with self.session.request(request.method, url, headers=headers, data=sent) as answer:
            content = await answer.read()
            if answer.status == HTTPStatus.OK:
                content = self._with_checksums(request, content)
            response = web.Response(status=answer.status, body=changed(content, fault))
            for name, value in answer.headers.items():
                if not name.lower().startswith(_NOT_PASSED):
                    response.headers[name] = value
            if not self.rules.keeps_checksums:
                response.headers.pop("X-Amz-Checksum-Sha256", None)
            if request.method == "HEAD":
                response.headers["Content-Length"] = answer.headers.get("Content-Length", "0")
        if not self.rules.keeps_headers:
            for name in ("Cache-Control", "Content-Disposition"):
                response.headers.pop(name, None)
        if fault is Fault.LOST_ANSWER:
            return cut(request)
        if fault is Fault.CUT_BODY and content:
            return await cut_in_the_middle(request, response, content)
        return self._with_cors(request, response)

    def _with_checksums(self, request: web.BaseRequest, content: bytes) -> bytes:
        operation = _operation_of(request)
        self.checksums.note(operation, request.query, request.headers, content)
        if operation != "ListParts" or not self.rules.keeps_checksums:
            return content
        return self.checksums.listed(request.query["uploadId"], content)

    def _preflight(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer as S3 does: with the headers that were asked for, or with a refusal if one of them may not be sent."""
        allowed = self._with_cors(request, web.Response())
        asked = request.headers.get("Access-Control-Request-Headers", "").lower().replace(" ", "")
        unfit = "*" not in self.rules.cors_headers and set(asked.split(",")) - {"", *self.rules.cors_headers}
        if asked:
            allowed.headers["Access-Control-Allow-Headers"] = asked
        if "Access-Control-Allow-Origin" not in allowed.headers or unfit:
            return error(403, "AccessForbidden", "CORSResponse: This CORS request is not allowed.")
        allowed.headers["Access-Control-Allow-Methods"] = "GET, HEAD, PUT"
        return allowed

    def _with_cors(self, request: web.BaseRequest, response: web.Response) -> web.Response:
        origin = request.headers.get("Origin", "")
        if "*" in self.rules.origins or origin in self.rules.origins:
            response.headers["Access-Control-Allow-Origin"] = "*" if "*" in self.rules.origins else origin
        return response


def _path_of(request: web.BaseRequest) -> str:
    """Return the path as it was spelled, with the bucket in front also where the host began with it."""
    bucket, virtual, _ = request.host.rpartition(".localhost:")
    return f"/{bucket}{request.rel_url.raw_path}" if virtual else request.rel_url.raw_path


def _operation_of(request: web.BaseRequest) -> str:
    return operation_of(request.method, _path_of(request), request.query)


@asynccontextmanager
async def open_gateway(store: str, rules: Rules = Rules()) -> AsyncIterator[Gateway]:
    """Serve a gateway to a store on a free port, for as long as the context is open."""
    async with ClientSession(auto_decompress=False, skip_auto_headers=["Content-Type"]) as session:
        gateway = Gateway(store, session, rules)
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.router.add_route("*", "/{path:.*}", gateway.answer)
        runner = web.AppRunner(app, auto_decompress=False, handler_cancellation=True, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            gateway.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield gateway
        finally:
            await runner.cleanup()
