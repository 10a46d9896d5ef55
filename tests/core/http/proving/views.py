"""The handlers of the proving plugin."""

import asyncio
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from core.api import (
    JobContext,
    Line,
    OptionalLine,
    Prose,
    json_response,
    read_form,
    read_json,
    read_query,
    render,
    safe_next,
    see_other,
    sign_in,
    sign_out,
    sign_out_everywhere,
    signed_in,
)
from core.models import User


class Signals:
    """What the slow ones tell a test, and wait for; a test puts its own here, for an event belongs to one loop."""

    def __init__(self) -> None:
        self.entered, self.released, self.working = asyncio.Event(), asyncio.Event(), asyncio.Event()


signals = Signals()


opinion: bool | Exception | None = None
"""What the plugin says of whether somebody may do something."""

VALUES: dict[str, Any] = {}
"""What templates that are not the page get."""


class Thing(BaseModel):
    """Something with a name, a count and anything inside."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(max_length=20)]
    count: int = Field(0, ge=0, le=100)
    inside: object = None


class ThingQuery(BaseModel):
    """How to ask for one."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[OptionalLine, Field(max_length=20)] = ""
    count: int = Field(0, ge=0, le=100)


class ThingForm(BaseModel):
    """The same as a form."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(max_length=20)]
    text: Prose = ""


async def page(request: web.Request) -> web.Response:
    return await render(request, "proving/page.html", word="<b>word</b>")


async def template(request: web.Request) -> web.Response:
    return await render(request, f"proving/{request.match_info['name']}.html", **VALUES)


async def broken(request: web.Request) -> web.Response:
    raise RuntimeError("the password is hunter2")


async def disconnected(request: web.Request) -> web.Response:
    raise ConnectionResetError("the object store hung up")


async def cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"the beginning")
    raise RuntimeError("the disk is gone")


async def elsewhere(request: web.Request) -> web.Response:
    raise web.HTTPFound("/proving")


async def slow(request: web.Request) -> web.Response:
    signals.entered.set()
    await signals.released.wait()
    return web.Response(text="finished")


async def unhurried(request: web.Request) -> web.Response:
    await asyncio.sleep(0.2)  # four times the deadline of the test
    return web.Response(text="finished")


async def slow_job(context: JobContext) -> None:
    signals.working.set()
    await asyncio.Event().wait()


async def form(request: web.Request) -> web.Response:
    got = await read_form(request, ThingForm)
    value = got.value.model_dump() if got.value else None
    return web.json_response({"value": value, "errors": got.errors, "raw": got.raw}, status=200 if got.value else 422)


async def login(request: web.Request) -> web.Response:
    response = see_other(safe_next(request.query.get("next")))
    await sign_in(request, response, await User.get(handle=request.match_info["handle"]))
    return response


async def logout(request: web.Request) -> web.Response:
    response = see_other("/proving")
    await sign_out(request, response)
    return response


async def logout_others(request: web.Request) -> web.Response:
    await sign_out_everywhere(signed_in(request), keep=request)
    return see_other("/proving")


async def members(request: web.Request) -> web.Response:
    return web.Response(text=f"hello {signed_in(request).handle}")


async def thing(request: web.Request) -> web.Response:
    return json_response(await read_json(request, Thing))


async def thing_query(request: web.Request) -> web.Response:
    query = read_query(request, ThingQuery)
    return json_response(Thing(name=query.name or "nameless", count=query.count))


async def bare(request: web.Request) -> web.Response:
    return json_response(Thing(name="bare"))
