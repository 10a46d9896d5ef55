"""A client of the upload protocol, step by step."""

from datetime import UTC, datetime
from typing import Any

from core.models import Job
from core.storage import PartRequest, StorageKey
from core.testing.sending import keys_below, some_bytes
from core.testing.sites import Answer, Browser, Site

PART = 1024
SIZE = 2 * PART + 500
CONTENT = some_bytes(SIZE)
NEW = {"file_name": "clip.mp4", "size": SIZE, "content_type": "video/mp4"}
LIMITS = {"part_size": PART, "max_size": 1_000_000}


async def send(browser: Browser, upload: dict[str, Any], *numbers: int) -> None:
    """Sign and send these parts of CONTENT; all must be taken."""
    signed = await browser.api("POST", f"/uploads/{upload['id']}/sign", {"parts": list(numbers)})
    for part in signed.json["parts"]:
        start = (part["number"] - 1) * PART
        sent = await browser.put_part(PartRequest(part["url"], part["headers"]), CONTENT[start : start + PART])
        assert sent.status < 300, sent.text


async def complete(browser: Browser, upload: dict[str, Any]) -> Answer:
    """Say that every part was sent."""
    return await browser.api("POST", f"/uploads/{upload['id']}/complete", {})


async def stored(site: Site) -> set[str]:
    """Return the keys of all originals."""
    return await keys_below(site.services.storage, StorageKey("originals"))


async def due(site: Site, kind: str) -> None:
    """Let the time of a kind of job come, and run what is due."""
    await Job.filter(kind=kind).update(run_at=datetime.now(UTC))
    await site.work()
