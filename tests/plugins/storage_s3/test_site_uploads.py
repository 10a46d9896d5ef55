"""Uploads of a whole site: checksums are kept, what was never finished is swept, and a store that is away is said."""

from datetime import UTC, datetime

import pytest

from core.api import PartRequest, composite
from core.models import Job, Upload
from core.testing.sending import StorageHttp, sha256_of
from core.testing.sites import Browser, Site
from plugins.storage_s3.storage import S3Storage
from tests.fakes import transcoder_instant
from tests.s3_faults import Fault
from tests.s3_gateway import Gateway

pytestmark = pytest.mark.slow


async def test_u_15_upload_that_was_never_finished_leaves_nothing_in_the_bucket(
    site: Site, creator: Browser, http: StorageHttp
) -> None:
    new = {"file_name": "clip.mp4", "size": 6_000_000, "content_type": "video/mp4"}
    opened = (await creator.api("POST", "/uploads", new)).json
    signed = (await creator.api("POST", f"/uploads/{opened['id']}/sign", {"parts": [1]})).json["parts"][0]
    body = bytes(min(opened["part_size"], opened["size"]))
    assert await http.send(PartRequest(signed["url"], signed["headers"]), body) == 200
    await Job.filter(kind="uploads.expire").update(run_at=datetime.now(UTC))
    await site.work()
    storage = site.services.storage
    assert isinstance(storage, S3Storage)
    assert "Uploads" not in await storage.bucket.client.list_multipart_uploads(Bucket=storage.bucket.name)


async def test_u_13_site_declares_checksums_and_keeps_that_of_the_whole(
    site: Site, creator: Browser, http: StorageHttp
) -> None:
    content = transcoder_instant.instant_video()
    new = {"file_name": "clip.mp4", "size": len(content), "content_type": "video/mp4"}
    opened = (await creator.api("POST", "/uploads", new)).json
    asked = {"parts": [1], "sha256": {"1": sha256_of(content)}}
    signed = (await creator.api("POST", f"/uploads/{opened['id']}/sign", asked)).json["parts"][0]
    part = PartRequest(signed["url"], signed["headers"])
    assert [opened["checksums"], await http.send(part, content[::-1]), await http.send(part, content)] == [
        True,
        400,
        200,
    ]
    assert (await creator.api("POST", f"/uploads/{opened['id']}/complete", {})).status == 200
    assert (await Upload.get(id=opened["id"])).checksum == composite([sha256_of(content)])


async def test_r_9_request_is_answered_with_503_while_the_store_is_away(
    site: Site, creator: Browser, gateway: Gateway
) -> None:
    gateway.faults.always("*", Fault.SLOW_DOWN)
    new = {"file_name": "clip.mp4", "size": 10_000, "content_type": "video/mp4"}
    answer = await creator.api("POST", "/uploads", new)
    assert (answer.status, answer.json["code"], "Retry-After" in answer.headers) == (503, "storage_away", True)
    assert (await creator.api("GET", "/uploads")).json == {"items": []}
    gateway.faults.end()
    assert (await creator.api("POST", "/uploads", new)).status == 201
