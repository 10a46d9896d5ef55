"""`storage audit` on a bucket: it mends what rows and objects disagree on, and leaves open uploads to their sweep."""

import pytest

from core.api import StorageKey
from core.models import RenditionSet, Upload
from core.storage_audit import Discrepancy, Kind, Tally, audit
from core.testing.sending import StorageHttp, keys_below
from core.testing.sites import Browser, Site
from plugins.storage_s3.forgotten import abort_forgotten
from plugins.storage_s3.storage import S3Storage
from tests.core.videos.uploading import due
from tests.plugins.storage_s3.test_site import segments, upload

pytestmark = pytest.mark.slow

NOBODYS = StorageKey("originals/0000000000000000/00000000000000000000000000")


@pytest.fixture
def storage(site: Site) -> S3Storage:
    found = site.services.storage
    assert isinstance(found, S3Storage)
    return found


async def audited(site: Site, *, mend: bool = False) -> list[Discrepancy]:
    return [each async for each in audit(site.services, ["storage_s3"], Tally(), deep=True, mend=mend)]


async def published(site: Site, creator: Browser, http: StorageHttp) -> str:
    """Publish a video, and sweep behind it; return its id."""
    video_id = await upload(creator, http)
    await site.work()
    await due(site, "videos.sweep_attempts")
    return video_id


async def test_audit_finds_and_repairs_both_ways(
    site: Site, creator: Browser, http: StorageHttp, storage: S3Storage
) -> None:
    video_id = await published(site, creator, http)
    assert await audited(site) == []
    prefix = (await RenditionSet.get(current_of=video_id)).prefix
    lost = next(key for key in await keys_below(storage, StorageKey(prefix)) if key.endswith("_00000.m4s"))
    await storage.delete([StorageKey(lost)])
    bucket = storage.bucket
    await bucket.client.put_object(Bucket=bucket.name, Key=NOBODYS, Body=b"12345")
    found = await audited(site, mend=True)
    assert [(each.kind, each.where, each.repaired) for each in found] == [
        (Kind.BROKEN_SET, prefix, "it is processed again"),
        (Kind.ORPHANS, NOBODYS, "deleted 1"),
    ]
    await site.work()
    await due(site, "videos.retire")
    await due(site, "videos.sweep_attempts")
    assert await audited(site) == []
    assert {(await http.get(address))[0] for address in await segments(creator, site, video_id)} == {200}


async def test_u_15_open_uploads_are_no_difference_and_those_of_no_row_are_swept(
    site: Site, creator: Browser, http: StorageHttp, storage: S3Storage
) -> None:
    await published(site, creator, http)
    new = {"file_name": "clip.mp4", "size": 10_000, "content_type": "video/mp4"}
    known = (await creator.api("POST", "/uploads", new)).json["id"]
    await storage.open_upload(NOBODYS, size=10, part_size=10, content_type="")
    assert await audited(site, mend=True) == []
    bucket = storage.bucket
    assert await abort_forgotten(bucket, 0) == 2  # by age alone: what a site may still be sending is younger
    assert "Uploads" not in await bucket.client.list_multipart_uploads(Bucket=bucket.name)
    assert await audited(site, mend=True) == []
    await due(site, "uploads.expire")
    assert not await Upload.exists(id=known)
