"""What goes wrong is said as RFC 9457 JSON or as a page, under the same headers as everything else."""

import re
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from structlog.typing import EventDict

from core.models import Role
from core.problems import Problem
from core.storage import StorageFull
from core.testing.sites import Browser, Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = {"Accept": "application/json"}
PAGE = {"Accept": "text/html,*/*;q=0.8"}

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Server": "mutoscope",
}

ANSWERS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "page": ("GET", "/proving", {}, 200),
    "redirect": ("GET", "/proving/elsewhere", {}, 302),
    "asset": ("GET", "asset:theme/tokens.css", {}, 200),
    "health": ("GET", "/healthz", {}, 200),
    "document": ("GET", "/api/v1/openapi.json", {}, 200),
    "unknown path": ("GET", "/no/such/page", {}, 404),
    "unknown video": ("GET", "/api/v1/videos/0000000000000000", {}, 404),
    "wrong method": ("DELETE", "/proving", {}, 405),
    "unwelcome method": ("TRACE", "/proving", {}, 405),
    "not signed in": ("GET", "/api/v1/uploads", {}, 401),
    "cross-site": ("POST", "/proving/members", {"headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
    "too large": ("POST", "/api/v1/proving/thing", {"json": {"name": "x" * 300_000}}, 413),
    "no JSON": ("POST", "/api/v1/proving/thing", {"data": {"name": "x"}}, 415),
    "compressed": ("POST", "/proving/form", {"data": b"x", "headers": {"Content-Encoding": "gzip"}}, 415),
    "invalid": ("POST", "/api/v1/proving/thing", {"json": {}}, 422),
    "odd expectation": ("GET", "/proving", {"headers": {"Expect": "miracles"}}, 417),
    "broken": ("GET", "/proving/broken", {}, 500),
}


@pytest_asyncio.fixture(loop_scope="module")
async def client(shared_site: Site) -> Browser:
    return await shared_site.browser()


@pytest.mark.parametrize("accept", [JSON, PAGE], ids=["json", "page"])
@pytest.mark.parametrize("name", ANSWERS)
async def test_every_answer_carries_the_security_headers_w_9(
    shared_site: Site, client: Browser, logs: list[EventDict], name: str, accept: dict[str, str]
) -> None:
    method, path, options, status = ANSWERS[name]
    path = shared_site.services.assets.url(path.removeprefix("asset:")) if path.startswith("asset:") else path
    options = {**options, "headers": {**accept, **options.get("headers", {})}}
    async with client.request(method, path, **options) as answer:
        assert answer.status == status or (answer.status == 303 and status == 401)
        assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
        assert answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"]
        assert "Strict-Transport-Security" not in answer.headers
    logs.clear()


async def test_page_runs_only_what_carries_its_own_nonce_w_6(client: Browser) -> None:
    nonces = set()
    for _ in range(3):
        answer = await client.get("/proving")
        policy = answer.headers["Content-Security-Policy"]
        nonce = re.search(r"script-src 'nonce-([\w-]{22,})' 'strict-dynamic'", policy)
        assert nonce is not None
        assert "'unsafe" not in policy
        assert f'nonce="{nonce[1]}"' in answer.text
        nonces.add(nonce[1])
    assert len(nonces) == 3


@pytest.mark.parametrize("path", ["/no/such/page", "/proving/broken", "/proving/moderate"])
async def test_error_page_has_the_policy_of_a_page(shared_site: Site, logs: list[EventDict], path: str) -> None:
    browser = await shared_site.browser(await shared_site.user(f"vic{len(path)}", Role.VIEWER))
    answer = await browser.get(path, headers=PAGE)
    assert answer.status >= 400
    assert "require-trusted-types-for 'script'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    logs.clear()


async def test_what_is_no_page_may_do_nothing(client: Browser) -> None:
    answer = await client.get("/api/v1/openapi.json")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/nothing"])
async def test_problem_is_a_document_for_programs(client: Browser, path: str) -> None:
    answer = await client.get(path, headers=JSON)
    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    detail = answer.json.pop("detail")
    assert answer.json | {"detail": detail} == Problem(404, "not_found", detail).document()


async def test_api_answers_browsers_with_documents_too(client: Browser) -> None:
    answer = await client.get("/api/v1/nothing", headers=PAGE)
    assert answer.json["code"] == "not_found"


async def test_problem_is_a_page_for_people(client: Browser) -> None:
    answer = await client.get("/nothing?<script>alert(1)</script>", headers=PAGE)
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<h1>" in answer.text
    assert "alert(1)" not in answer.text


async def test_problem_names_the_fields_at_fault(client: Browser) -> None:
    answer = await client.api("POST", "/proving/thing", {"count": 101, "colour": "red"})
    assert answer.json["errors"] == {
        "name": "This is needed.",
        "count": "It should be less than or equal to 100.",
        "colour": "This is not known here.",
    }


async def test_signed_out_visitor_is_sent_to_log_in_and_back(client: Browser) -> None:
    answer = await client.get("/proving/members?page=2&q=a%26b", headers=PAGE)
    assert answer.status == 303
    assert answer.headers["Location"] == "/proving/login?next=%2Fproving%2Fmembers%3Fpage%3D2%26q%3Da%2526b"


async def test_form_of_a_signed_out_visitor_is_refused_on_a_page(client: Browser) -> None:
    answer = await client.post("/proving/members")
    assert answer.status == 401
    assert 'href="/proving/login"' in answer.text


async def test_signed_out_program_gets_401(client: Browser) -> None:
    answer = await client.api("GET", "/proving/members")
    assert (answer.status, answer.json["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize("headers", [JSON, PAGE], ids=["json", "page"])
@pytest.mark.parametrize(
    "path", ["/proving/broken", "/api/v1/proving/broken", "/proving/template/undefined", "/proving/mistaken"]
)
async def test_fault_of_ours_is_told_in_the_log_alone_k_4(
    client: Browser, logs: list[EventDict], path: str, headers: dict[str, str]
) -> None:
    answer = await client.get(path, headers=headers)
    assert answer.status == 500
    assert not re.search("hunter2|Traceback|RuntimeError|Undefined|missing|[.]py", answer.text)
    entry = next(entry for entry in logs if entry["event"] == "unhandled")
    logs.remove(entry)
    assert entry["request"] == answer.headers["X-Request-Id"]
    assert answer.headers["X-Request-Id"] in answer.text
    assert isinstance(entry["exc_info"], Exception)


async def test_lost_connection_to_a_store_is_a_fault_and_not_a_client_that_left(
    client: Browser, logs: list[EventDict]
) -> None:
    answer = await client.get("/proving/disconnected", headers=JSON)
    assert (answer.status, answer.json["code"]) == (500, "internal")
    assert [entry["event"] for entry in logs] == ["unhandled", "request"]
    logs.clear()


async def test_answer_that_breaks_off_is_cut_and_not_mixed_with_another(client: Browser) -> None:
    async with client.request("GET", "/proving/cut") as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_broken_error_page_is_answered_with_the_document(
    client: Browser, logs: list[EventDict], shared_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def render(*_: object) -> str:
        raise StorageFull("no temporary file")

    monkeypatch.setattr(shared_site.services.templates, "render", render)
    answer = await client.get("/nothing", headers=PAGE)
    assert (answer.status, answer.json["code"]) == (404, "not_found")
    assert "error_page_failed" in [entry["event"] for entry in logs]
