"""The stream of a video's status: at once, at each change, and no longer than its viewer may watch."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientResponse

from core.models import User, Video
from core.testing.sites import Browser, Site
from tests.fakes.transcoder_instant import instant_video

SECONDS = 10


async def next_status(stream: ClientResponse) -> dict[str, Any] | None:
    """Return the next status of a stream, or None at its end."""
    event = b""
    async with asyncio.timeout(SECONDS):
        async for line in stream.content:
            if line.startswith(b"event:"):
                event = line.split(b":", 1)[1].strip()
            if line.startswith(b"data:"):
                assert event == b"status"
                status: dict[str, Any] = json.loads(line[5:])
                return status
    return None


@pytest.fixture
async def video_id(site: Site, studio: Browser) -> str:
    return str((await site.upload(studio, instant_video()))["video_id"])


@pytest.fixture
async def stream(studio: Browser, video_id: str) -> AsyncIterator[ClientResponse]:
    """The owner's stream, after its first status."""
    async with studio.request("GET", f"/api/v1/videos/{video_id}/events") as stream:
        first = await next_status(stream)
        assert first is not None
        assert first["state"] == "processing"
        yield stream


async def test_each_change_is_told(site: Site, stream: ClientResponse) -> None:
    await site.work()
    status = await next_status(stream)
    assert status is not None
    assert (status["state"], status["progress"]) == ("published", 1)


async def test_stream_carries_the_headers_of_every_answer_w_9(stream: ClientResponse) -> None:
    assert stream.headers["Content-Type"] == "text/event-stream"
    assert stream.headers["Cache-Control"] == "no-store"
    assert stream.headers["X-Content-Type-Options"] == "nosniff"
    assert stream.headers["Content-Security-Policy"]
    assert stream.headers["X-Request-Id"]


async def test_stream_ends_when_the_site_stops_r_12(site: Site, stream: ClientResponse) -> None:
    site.services.stopping.set()
    assert await next_status(stream) is None


async def test_stream_ends_when_the_video_is_deleted(studio: Browser, video_id: str, stream: ClientResponse) -> None:
    await studio.api("DELETE", f"/videos/{video_id}")
    assert await next_status(stream) is None


async def test_stream_ends_when_its_viewer_is_suspended_z_8(creator: User, stream: ClientResponse) -> None:
    await User.filter(id=creator.id).update(suspended_at=datetime.now(UTC))
    assert await next_status(stream) is None


async def test_stream_ends_when_its_viewer_logs_out(studio: Browser, stream: ClientResponse) -> None:
    await studio.post("/proving/logout")
    assert await next_status(stream) is None


async def test_viewer_who_leaves_is_no_fault_of_ours(studio: Browser, video_id: str, site: Site) -> None:
    async with studio.request("GET", f"/api/v1/videos/{video_id}/events") as stream:
        await next_status(stream)
        stream.close()
    await Video.filter(id=video_id).update(title="Another")
    await site.work()


async def test_hidden_video_has_no_stream(client: Browser, video_id: str) -> None:
    answer = await client.api("GET", f"/videos/{video_id}/events")
    assert (answer.status, answer.json["code"]) == (404, "not_found")
