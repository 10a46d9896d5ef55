"""What an upload may be: bounds, names and numbers, each refused with a reason and without a trace."""

import re
from typing import Any

import pytest

from core.models import Job, Upload, User, Video
from core.testing.sites import Browser, Site
from tests.core.videos.uploading import NEW, complete, send, stored

REFUSED: dict[str, tuple[dict[str, object], int, str]] = {
    "empty": ({"size": 0}, 422, "empty_file"),
    "too large": ({"size": 1_000_001}, 413, "file_too_large"),
    "far too large": ({"size": 2**53}, 413, "file_too_large"),
    "beyond all numbers": ({"size": 2**53 + 1}, 400, "malformed_json"),
    "negative": ({"size": -1}, 422, "invalid"),
    "fraction": ({"size": 1.5}, 422, "invalid"),
    "whole fraction": ({"size": 10.0}, 422, "invalid"),
    "text": ({"size": "10"}, 422, "invalid"),
    "truth": ({"size": True}, 422, "invalid"),
    "no size": ({"size": None}, 422, "invalid"),
    "title of 121": ({"title": "x" * 121}, 422, "invalid"),
    "title with NUL": ({"title": "a\0"}, 422, "invalid"),
    "description of 5,001": ({"description": "x" * 5001}, 422, "invalid"),
    "type of 101": ({"content_type": "x" * 101}, 422, "invalid"),
    "fingerprint of 201": ({"fingerprint": "x" * 201}, 422, "invalid"),
    "name of 256": ({"file_name": "x" * 256}, 422, "invalid"),
    "no name": ({"file_name": ""}, 422, "invalid"),
    "blank name": ({"file_name": " \u200b\t"}, 422, "invalid"),
    "unknown visibility": ({"visibility": "secret"}, 422, "invalid"),
    **{
        f"field {name}": ({name: value}, 422, "invalid")
        for name, value in {
            "owner_id": "x",
            "id": "x",
            "video_id": "0" * 16,
            "key": "originals/a",
            "state": "accepted",
            "part_size": 1,
            "published_at": "2026-11-22T00:00:00Z",
            "role": "admin",
        }.items()
    },
}


@pytest.mark.parametrize("name", REFUSED)
async def test_upload_that_is_refused_leaves_nothing_z_2(studio: Browser, name: str) -> None:
    changes, status, code = REFUSED[name]
    answer = await studio.api("POST", "/uploads", {**NEW, **changes})
    assert (answer.status, answer.json["code"]) == (status, code)
    assert not await Video.exists()
    assert not await Upload.exists()
    assert not await Job.exists()


async def test_bounds_themselves_are_taken(studio: Browser) -> None:
    new = {
        "file_name": "x" * 255,
        "size": 1_000_000,
        "content_type": "x" * 100,
        "fingerprint": "x" * 200,
        "title": "x" * 120,
        "description": "x" * 5000,
    }
    assert (await studio.api("POST", "/uploads", new)).status == 201
    assert (await studio.api("POST", "/uploads", {**NEW, "size": 1})).json["parts"] == 1


async def test_sixth_open_upload_has_to_wait_u_15(studio: Browser) -> None:
    created = [await studio.api("POST", "/uploads", NEW) for _ in range(6)]
    assert [answer.status for answer in created] == [201] * 5 + [429]
    assert (created[5].json["code"], created[5].headers["Retry-After"]) == ("too_many_uploads", "60")
    await studio.api("DELETE", f"/uploads/{created[0].json['id']}")
    await studio.api("DELETE", f"/videos/{created[1].json['video_id']}")
    again = [(await studio.api("POST", "/uploads", NEW)).status for _ in range(3)]
    assert again == [201, 201, 429]


NAMES = {
    "../../etc/passwd": "../../etc/passwd",
    "..\\..\\boot.ini": "..\\..\\boot",
    "C:\\films\\a.mp4": "C:\\films\\a",
    "/absolute.mp4": "/absolute",
    ".mp4": "Untitled",
    "...": "...",
    "-i": "-i",
    "con": "con",
    "a\r\nSet-Cookie: b.mp4": "a Set-Cookie: b",
    "a\u202egpj.mp4": "agpj",
    "\u200bzero.mp4": "zero",
    "ﬁlm.mp4": "ﬁlm",
    "🎬 film.mp4": "🎬 film",
    "My_holiday-2026.final.MP4": "My holiday-2026.final",
    "<script>alert(1)</script>.mp4": "<script>alert(1)</script>",
    "'; DROP TABLE video; --.mp4": "'; DROP TABLE video; --",
    "{{ 7*7 }}.mp4": "{{ 7*7 }}",
    "@format {this.SECRET}": "@format {this.SECRET}",
    "%00.mp4": "%00",
    "é" * 200: "é" * 120,
    "a" * 251 + ".mp4": "a" * 120,
}


@pytest.mark.parametrize("file_name", NAMES)
async def test_file_name_is_words_and_never_a_path_u_9(site: Site, studio: Browser, file_name: str) -> None:
    created = await studio.api("POST", "/uploads", {**NEW, "file_name": file_name})
    assert created.status == 201, created.text
    upload = await Upload.get().select_related("video")
    assert upload.video.title == NAMES[file_name]
    assert re.fullmatch(r"originals/[0-9a-z]{16}/[0-9a-z]{26}", upload.key)
    await send(studio, created.json, 1, 2, 3)
    await complete(studio, created.json)
    assert await stored(site) == {upload.key}


async def test_upload_creates_at_once_what_is_shown_later(studio: Browser, creator: User) -> None:
    fields = {"title": " A \n title ", "description": "a\n\nb", "visibility": "unlisted"}
    created = await studio.api("POST", "/uploads", {**NEW, **fields})
    video = await Video.get(id=created.json["video_id"])
    assert (video.title, video.description, video.visibility, video.owner_id) == (
        "A title",
        "a\n\nb",
        "unlisted",
        creator.id,
    )


BAD_PARTS: dict[str, tuple[object, int]] = {
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


@pytest.mark.parametrize("name", BAD_PARTS)
async def test_part_that_is_not_of_the_upload_is_not_signed_u_10(
    studio: Browser, upload: dict[str, Any], name: str
) -> None:
    parts, status = BAD_PARTS[name]
    answer = await studio.api("POST", f"/uploads/{upload['id']}/sign", {"parts": parts})
    assert answer.status == status


async def test_each_part_is_signed_once_in_order(studio: Browser, upload: dict[str, Any]) -> None:
    signed = await studio.api("POST", f"/uploads/{upload['id']}/sign", {"parts": [3, 1, 1]})
    assert [part["number"] for part in signed.json["parts"]] == [1, 3]
