"""Queries and forms: one value for each name, and only names that are known (H-8)."""

import pytest
import pytest_asyncio

from core.testing.sites import Browser, Site
from tests.core.http.sending import FORM, send

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def client(shared_site: Site) -> Browser:
    return await shared_site.browser()


QUERIES = {
    "doubled": "name=a&name=b",
    "doubled with one value": "count=1&count=1",
    "unknown": "colour=red",
    "unknown spelling": "NAME=a",
    "no number": "count=one",
    "fraction": "count=1.5",
    "power": "count=1e1",
    "too large": "count=101",
    "negative": "count=-1",
    "huge": f"count={2**70}",
    "very long number": "count=" + "9" * 5000,
    "NUL": "name=a%00b",
    "overlong": "name=" + "x" * 21,
}


@pytest.mark.parametrize("name", QUERIES)
async def test_bad_query_is_refused_h_8(client: Browser, name: str) -> None:
    answer = await client.get(f"/api/v1/proving/thing?{QUERIES[name]}")
    assert answer.status == 422


async def test_route_without_parameters_takes_none(client: Browser) -> None:
    assert (await client.api("GET", "/proving/bare")).status == 200
    answer = await client.api("GET", "/proving/bare?limit=1")
    assert (answer.status, answer.json["errors"]) == (422, {"limit": "This is not known here."})


async def test_form_gives_back_what_was_typed(client: Browser) -> None:
    answer = await client.post("/proving/form", {"name": "x" * 21, "text": "a\r\nb"})
    assert answer.status == 422
    assert answer.json["raw"] == {"name": "x" * 21, "text": "a\nb"}
    assert list(answer.json["errors"]) == ["name"]


@pytest.mark.parametrize("multipart", [False, True])
async def test_form_is_read_however_the_page_sends_it(client: Browser, multipart: bool) -> None:  # noqa: FBT001
    form = {"name": "🎬", "text": "a\r\nb"}
    body, kind = (b"name=%F0%9F%8E%AC&text=a%0D%0Ab", FORM["Content-Type"]) if not multipart else _multipart(form)
    answer = await send(client, "/proving/form", body, {"Content-Type": kind})
    assert answer.json["value"] == {"name": "🎬", "text": "a\nb"}


def _multipart(form: dict[str, str]) -> tuple[bytes, str]:
    parts = "".join(f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in form.items())
    return f"{parts}--x--\r\n".encode(), "multipart/form-data; boundary=x"


_PART = b'--x\r\nContent-Disposition: form-data; name="name"'
FORMS = {
    "doubled field": (b"name=a&name=b", FORM["Content-Type"], 422),
    "unknown field": (b"name=a&role=admin", FORM["Content-Type"], 422),
    "NUL": (b"name=a%00b", FORM["Content-Type"], 400),
    "no UTF-8": (b"name=\xff", FORM["Content-Type"], 400),
    "unknown charset": (b"name=a", "application/x-www-form-urlencoded; charset=klingon", 400),
    "charset that is no text": (b"name=a", "application/x-www-form-urlencoded; charset=base64", 400),
    "100,000 fields": (b"&".join(b"f%d=" % n for n in range(100_000)), FORM["Content-Type"], 413),
    "no boundary": (b"name=a", "multipart/form-data", 400),
    "boundary that is not there": (b"name=a", "multipart/form-data; boundary=x", 400),
    "cut off": (_PART + b"\r\n\r\na", "multipart/form-data; boundary=x", 400),
    "file": (_PART + b'; filename="a.txt"\r\n\r\na\r\n--x--\r\n', "multipart/form-data; boundary=x", 422),
    "part without a name": (b"--x\r\n\r\na\r\n--x--\r\n", "multipart/form-data; boundary=x", 400),
    "broken part header": (b"--x\r\nno header\r\n\r\na\r\n--x--\r\n", "multipart/form-data; boundary=x", 400),
    "unknown transfer encoding": (
        _PART + b"\r\nContent-Transfer-Encoding: morse\r\n\r\na\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
        400,
    ),
    "JSON": (b'{"name": "a"}', "application/json", 415),
    "text": (b"name=a", "text/plain", 415),
    "no type": (b"name=a", "", 415),
}


@pytest.mark.parametrize("name", FORMS)
async def test_bad_form_is_refused(client: Browser, name: str) -> None:
    body, content_type, status = FORMS[name]
    answer = await send(client, "/proving/form", body, {"Content-Type": content_type})
    assert answer.status == status
