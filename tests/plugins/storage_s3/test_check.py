"""`mutoscope storage check` passes a careful store, and names what a careless one does wrong and how to mend it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.api import Finding, Level
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import StorageOpener, new_bucket
from tests.s3_gateway import BUGGY_NO_SIGNATURE, BUGGY_UNSIGNED_HEADERS, Gateway, Rules

pytestmark = pytest.mark.slow

SITE = "https://video.example"
CAREFUL = Rules(origins=(SITE,))


def named(found: Sequence[Finding], level: Level) -> set[str]:
    return {each.what for each in found if each.level is level}


async def test_careful_store_passes_everything_and_keeps_nothing(storage: S3Storage, gateway: Gateway) -> None:
    gateway.rules = CAREFUL
    found = await storage.check(SITE)
    assert [each for each in found if each.level is not Level.PASS] == []
    assert len(found) > 25
    bucket = storage.bucket
    assert (await bucket.client.list_objects_v2(Bucket=bucket.name))["KeyCount"] == 0
    assert "Uploads" not in await bucket.client.list_multipart_uploads(Bucket=bucket.name)


async def test_u_7_unsigned_headers_are_found(storage: S3Storage, gateway: Gateway) -> None:
    gateway.rules = replace(BUGGY_UNSIGNED_HEADERS, origins=(SITE,))
    found = await storage.check(SITE)
    assert named(found, Level.FAIL) >= {"unsigned x-amz-copy-source", "unsigned x-amz-acl", "refused parts"}
    assert "wrong signature" in named(found, Level.PASS)


async def test_u_7_signatures_that_nobody_checks_are_found(storage: S3Storage, gateway: Gateway) -> None:
    gateway.rules = replace(BUGGY_NO_SIGNATURE, origins=(SITE,))
    found = await storage.check(SITE)
    unchecked = {"wrong signature", "expired link", "other length", "forged read", "expired read"}
    assert named(found, Level.FAIL) >= unchecked | {"unsigned x-amz-copy-source"}


@pytest.mark.parametrize(
    ("rules", "level", "what"),
    [
        (replace(CAREFUL, expiry=False), Level.FAIL, {"expired link", "refused parts", "expired read"}),
        (replace(CAREFUL, aborts=False), Level.FAIL, {"abort"}),
        (replace(CAREFUL, deletes=False), Level.FAIL, {"delete"}),
        (replace(CAREFUL, origins=()), Level.FAIL, {"CORS of uploads", "CORS of signed reads", "CORS of public reads"}),
        (replace(CAREFUL, cors_headers=("content-type",)), Level.FAIL, {"CORS of uploads"}),
        (replace(CAREFUL, origins=("*",)), Level.WARN, {"CORS of other sites"}),
        (replace(CAREFUL, ranges=False), Level.WARN, {"ranges"}),
        (replace(CAREFUL, digests=False), Level.FAIL, {"part with a wrong checksum"}),
        (replace(CAREFUL, digests=False), Level.WARN, {"checksums"}),
        (replace(CAREFUL, keeps_checksums=False), Level.WARN, {"checksum of the whole", "checksums of parts"}),
        (replace(CAREFUL, conditions=False), Level.WARN, {"conditional writes"}),
        (replace(CAREFUL, keeps_headers=False), Level.WARN, {"public cache", "private cache"}),
        (replace(CAREFUL, keeps_headers=False), Level.FAIL, {"originals are downloads"}),
    ],
)
async def test_u_7_each_carelessness_is_named_and_nothing_else(
    storage: S3Storage, gateway: Gateway, rules: Rules, level: Level, what: set[str]
) -> None:
    gateway.rules = rules
    found = await storage.check(SITE)
    assert named(found, level) == what
    assert all(each.fix for each in found if each.level is not Level.PASS)


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        (replace(CAREFUL, public=("",)), {"anonymous read of an original", "anonymous read of media"}),
        (replace(CAREFUL, public=("videos/",)), {"anonymous read of media"}),
        (replace(CAREFUL, strangers=("ListObjectsV2",)), {"anonymous list"}),
        (replace(CAREFUL, strangers=("PutObject",)), {"anonymous write"}),
    ],
)
async def test_p_4_what_strangers_may_do_is_found(
    storage: S3Storage, gateway: Gateway, rules: Rules, what: set[str]
) -> None:
    gateway.rules = rules
    found = await storage.check(SITE)
    assert named(found, Level.FAIL) == what
    assert all("policy" in each.fix for each in found if each.level is Level.FAIL)


async def test_p_4_public_bucket_shows_media_and_no_originals(open_s3: StorageOpener, gateway: Gateway) -> None:
    gateway.rules = replace(CAREFUL, public=("videos/",))
    async with open_s3(public_bucket=True) as storage:
        found = await storage.check(SITE)
        assert (named(found, Level.FAIL), named(found, Level.WARN)) == (set(), {"private after public"})
        gateway.rules = replace(CAREFUL, public=("videos/", "originals/"))
        assert named(await storage.check(SITE), Level.FAIL) == {"anonymous read of an original"}


async def test_p_4_cdn_that_shows_originals_is_found(open_s3: StorageOpener, gateway: Gateway) -> None:
    gateway.rules = replace(CAREFUL, public=("",))
    bucket_url = (await _url_of(open_s3)).rstrip("/")
    async with open_s3(public_base_url=bucket_url) as storage:
        assert "anonymous read through the CDN" in named(await storage.check(SITE), Level.FAIL)


async def _url_of(open_s3: StorageOpener) -> str:
    async with open_s3() as storage:
        return storage.bucket.settings.bucket_url


@pytest.mark.parametrize(
    ("site", "level"), [(SITE, Level.PASS), ("http://localhost:8000", Level.PASS), ("http://nas.lan", Level.FAIL)]
)
async def test_store_that_demands_checksums_needs_a_site_whose_pages_can_compute_them(
    storage: S3Storage, gateway: Gateway, site: str, level: Level
) -> None:
    """AWS and MinIO do; browsers have crypto.subtle on secure pages only."""
    gateway.rules = Rules(origins=(site,), demands_checksums=True)
    [finding] = [each for each in await storage.check(site) if each.what == "part without a checksum"]
    assert (finding.level, "400 InvalidRequest" in finding.detail) == (level, True)
    assert ("storage_s3.checksums" in finding.fix) is (level is Level.FAIL)


@pytest.mark.parametrize("checksums", ["md5", "none"])
async def test_store_without_sha256_is_not_asked_for_it(
    open_s3: StorageOpener, gateway: Gateway, checksums: str
) -> None:
    gateway.rules = replace(CAREFUL, cors_headers=())
    async with open_s3(checksums=checksums) as storage:
        found = await storage.check(SITE)
    assert [each for each in found if each.level is not Level.PASS] == []
    assert not {"part with a wrong checksum", "checksum of the whole"} & named(found, Level.PASS)


async def test_u_18_preflight_of_another_site_is_tried(storage: S3Storage, gateway: Gateway) -> None:
    gateway.rules = replace(CAREFUL, origins=(SITE, "https://evil.example"))
    [finding] = [each for each in await storage.check(SITE) if each.what == "CORS of other sites"]
    assert (finding.level, "evil.example" in finding.detail, SITE in finding.fix) == (Level.WARN, True, True)


async def test_store_that_checks_signatures_but_knows_no_cors_is_told_so(
    rclone_url: str, open_s3: StorageOpener
) -> None:
    own: dict[str, Any] = await new_bucket(rclone_url)
    async with open_s3(**own) as storage:
        found = await storage.check(SITE)
    assert named(found, Level.PASS) >= {"wrong signature", "expired link", "other length", "unsigned x-amz-copy-source"}
    assert named(found, Level.FAIL) == {"CORS of uploads", "part with a wrong checksum"}
    assert named(found, Level.WARN) >= {"ranges", "conditional writes", "checksum of the whole"}


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"bucket": "no-such-bucket"}, "storage_s3.bucket"),
        ({"secret_key": "wrong"}, "storage_s3.access_key"),
        ({"endpoint": "http://127.0.0.1:9", "attempts": 1}, "can be reached"),
    ],
)
async def test_store_that_cannot_be_used_is_one_finding(
    open_s3: StorageOpener, changes: dict[str, Any], remedy: str
) -> None:
    async with open_s3(**changes) as storage:
        [finding] = await storage.check(SITE)
    assert (finding.level, remedy in finding.detail + finding.fix) == (Level.FAIL, True), finding
