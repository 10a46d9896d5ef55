"""U-10: a part's number is an integer from 1 to the upload's own number of parts, written in one way.

Completing takes no list of parts (what arrived is compared with what was declared), so a list is refused as unknown.
"""

from typing import Any

import pytest

from core.models import Job
from core.testing.sites import Answer, Browser, Site
from tests.core.videos.uploading import CONTENT, send
from tests.fakes.storage_memory import sha256_of
from tests.threats.on_disk import FIRST, ask, link_of, parts_on_disk, received

SUM = sha256_of(FIRST)

# 2^63 is refused with every number that JavaScript cannot hold, before anybody asks what it is for.
BAD_LISTS: dict[str, tuple[object, int]] = {
    "0": ([0], 422),
    "-1": ([-1], 422),
    "one too many": ([4], 422),
    "10,001": ([10_001], 422),
    "1.5": ([1.5], 422),
    "1.0": ([1.0], 422),
    "as text": (["1"], 422),
    "full-width digit": (["１"], 422),
    "true": ([True], 422),
    "null": ([None], 422),
    "2^53": ([2**53], 422),
    "2^63": ([2**63], 400),
    "none": ([], 422),
    "51": ([1] * 51, 422),
    "no list": (1, 422),
    "nested": ([[1]], 422),
    "one good, one bad": ([1, 99], 422),
}
BAD_CHECKSUMS: dict[str, object] = {
    "of another part": {"2": SUM},
    "of one part more": {"1": SUM, "2": SUM},
    **{
        f"of part {text!r}": {text: SUM}
        for text in ("0", "-1", "+1", "01", "1.0", "1e0", " 1", "1 ", "1_0", "１", "¹", "", "x", "10001", "9" * 30)
    },
    "the same twice over": {"1": SUM, "01": SUM},
    "in hex": {"1": "ab" * 32},
    "in the other base64": {"1": SUM[:-2] + "-="},
    "without padding": {"1": SUM.rstrip("=")},
    "of another length": {"1": SUM[4:]},
    "empty": {"1": ""},
    "null": {"1": None},
    "a number": {"1": 1},
    "a list": [SUM],
    "text": SUM,
    "null for all": None,
}
# Nothing of the kind is in an address: these lead to no route, or are not what was signed.
BAD_IN_PATH = ["0", "-1", "01", "4", "10001", "100000", "1.5", "1e3", "1e0", "%EF%BC%91", "9223372036854775808", "1%00"]


async def sign(browser: Browser, upload: dict[str, Any], **body: object) -> Answer:
    return await browser.api("POST", f"/uploads/{upload['id']}/sign", body)


async def test_u10_number_that_is_no_part_is_not_signed(ada: Browser, upload: dict[str, Any]) -> None:
    for name, (parts, status) in BAD_LISTS.items():
        assert (await sign(ada, upload, parts=parts)).status == status, name


async def test_u10_checksum_of_no_signed_part_is_refused(ada: Browser, upload: dict[str, Any]) -> None:
    for name, checksums in BAD_CHECKSUMS.items():
        answer = await sign(ada, upload, parts=[1], sha256=checksums)
        assert (answer.status, answer.json["code"]) == (422, "invalid"), name
        assert all(field.startswith("sha256") for field in answer.json["errors"]), name
    signed = await sign(ada, upload, parts=[1, 3], sha256={"1": SUM})
    assert [part["number"] for part in signed.json["parts"]] == [1, 3]


async def test_u10_checksum_said_twice_is_refused(ada: Browser, upload: dict[str, Any]) -> None:
    double = f'{{"parts": [1], "sha256": {{"1": "{SUM}", "1": "{sha256_of(CONTENT)}"}}}}'
    path = f"/api/v1/uploads/{upload['id']}/sign"
    headers = {"Content-Type": "application/json"}
    async with ada.request("POST", path, data=double, headers=headers) as answer:
        assert answer.status in (400, 422)


async def test_u10_no_other_number_in_a_link_writes_anything(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    path, _, query = (await link_of(ada, upload)).partition("?")
    before = parts_on_disk(disk)
    for number in BAD_IN_PATH:
        answer = await ask(disk, "PUT", f"{path.removesuffix('1')}{number}?{query}", FIRST)
        assert answer.status in (400, 403, 404, 405), number
    assert await received(ada, upload) == []
    assert parts_on_disk(disk) == before


@pytest.mark.parametrize("parts", [[1, 2, 3], [1, 3], [3, 2, 1], [1, 1, 2, 3], []])
async def test_u10_completing_takes_no_list(ada: Browser, upload: dict[str, Any], parts: list[int]) -> None:
    await send(ada, upload, 1, 2, 3)
    answer = await ada.api("POST", f"/uploads/{upload['id']}/complete", {"parts": parts})
    assert (answer.status, answer.json["errors"]) == (422, {"parts": "This is not known here."})
    assert (await ada.api("GET", f"/uploads/{upload['id']}")).json["state"] == "open"
    assert not await Job.exists(kind="videos.probe")


@pytest.mark.parametrize("gap", [(1, 2), (1, 3), (2, 3), ()])
async def test_u10_gap_is_no_upload(ada: Browser, upload: dict[str, Any], gap: tuple[int, ...]) -> None:
    if gap:
        await send(ada, upload, *gap)
    assert (await ada.api("POST", f"/uploads/{upload['id']}/complete", {})).status == 422
    assert not await Job.exists(kind="videos.probe")
