"""`mutoscope storage_s3 check` passes a careful store, and names what a careless one does wrong and how to mend it."""

from dataclasses import replace
from typing import Any

import pytest

from plugins.storage_s3.check import check_store
from plugins.storage_s3.findings import Finding, Level
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import StorageOpener, new_bucket
from tests.s3_gateway import BUGGY_NO_SIGNATURE, BUGGY_UNSIGNED_HEADERS, Gateway, Rules

pytestmark = pytest.mark.slow

SITE = "https://video.example"
CAREFUL = Rules(origins=(SITE,))


def named(found: list[Finding], level: Level) -> set[str]:
    return {each.what for each in found if each.level is level}


async def test_careful_store_passes_everything_and_keeps_nothing(storage: S3Storage, gateway: Gateway) -> None:
    gateway.rules = CAREFUL
    found = await check_store(storage, SITE)
    assert [each for each in found if each.level is not Level.PASS] == []
    assert len(found) > 25
    bucket = storage.bucket
    assert (await bucket.client.list_objects_v2(Bucket=bucket.name))["KeyCount"] == 0
    assert "Uploads" not in await bucket.client.list_multipart_uploads(Bucket=bucket.name)


async def test_u_7_unsigned_headers_are_found(storage: S3Storage, gateway: Gateway) -> None:
    gateway.rules = replace(BUGGY_UNSIGNED_HEADERS, origins=(SITE,))
    found = await check_store(storage, SITE)
    assert named(found, Level.FAIL) >= {"unsigned x-amz-copy-source", "unsigned x-amz-acl", "refused parts"}
    assert "wrong signature" in named(found, Level.PASS)


async def test_u_7_signatures_that_nobody_checks_are_found(storage: S3Storage, gateway: Gateway) -> None:
    gateway.rules = replace(BUGGY_NO_SIGNATURE, origins=(SITE,))
    found = await check_store(storage, SITE)
    unchecked = {"wrong signature", "expired link", "other length", "forged read", "expired read"}
    assert named(found, Level.FAIL) >= unchecked | {"unsigned x-amz-copy-source"}


@pytest.mark.parametrize(
    ("rules", "level", "what"),
    [
        (replace(CAREFUL, expiry=False), Level.FAIL, {"expired link", "refused parts", "expired read"}),
        (replace(CAREFUL, public=("",)), Level.FAIL, {"anonymous read of an original"}),
        (replace(CAREFUL, aborts=False), Level.FAIL, {"abort"}),
        (replace(CAREFUL, origins=()), Level.FAIL, {"CORS of uploads", "CORS of signed reads", "CORS of public reads"}),
        (replace(CAREFUL, origins=("*",)), Level.WARN, {"CORS of other sites"}),
        (replace(CAREFUL, ranges=False), Level.WARN, {"ranges"}),
        (replace(CAREFUL, digests=False), Level.WARN, {"checksums"}),
        (replace(CAREFUL, conditions=False), Level.WARN, {"conditional writes"}),
        (replace(CAREFUL, keeps_headers=False), Level.WARN, {"public cache", "private cache"}),
        (replace(CAREFUL, keeps_headers=False), Level.FAIL, {"originals are downloads"}),
    ],
)
async def test_each_carelessness_is_named_and_nothing_else(
    storage: S3Storage, gateway: Gateway, rules: Rules, level: Level, what: set[str]
) -> None:
    gateway.rules = rules
    found = await check_store(storage, SITE)
    assert named(found, level) == what
    assert all(each.fix for each in found if each.level is not Level.PASS)


async def test_u_18_preflight_of_another_site_is_tried(storage: S3Storage, gateway: Gateway) -> None:
    gateway.rules = replace(CAREFUL, origins=(SITE, "https://evil.example"))
    [finding] = [each for each in await check_store(storage, SITE) if each.what == "CORS of other sites"]
    assert (finding.level, "evil.example" in finding.detail, SITE in finding.fix) == (Level.WARN, True, True)


async def test_store_that_checks_signatures_but_knows_no_cors_is_told_so(
    rclone_url: str, open_s3: StorageOpener
) -> None:
    own: dict[str, Any] = await new_bucket(rclone_url)
    async with open_s3(**own) as storage:
        found = await check_store(storage, SITE)
    assert named(found, Level.PASS) >= {"wrong signature", "expired link", "other length", "unsigned x-amz-copy-source"}
    assert named(found, Level.FAIL) == {"CORS of uploads"}
    assert named(found, Level.WARN) >= {"ranges", "conditional writes"}


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
        [finding] = await check_store(storage, SITE)
    assert (finding.level, remedy in finding.detail + finding.fix) == (Level.FAIL, True), finding
