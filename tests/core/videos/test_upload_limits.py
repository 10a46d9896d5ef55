"""What an upload may be: each bound is refused beyond with a reason and without a trace."""

from typing import Any

import pytest

from core.models import Job, Upload, User, Video
from core.testing.sites import Browser
from tests.core.videos.uploading import NEW

REFUSED: dict[str, tuple[dict[str, object], int, str]] = {
    "empty": ({"size": 0}, 422, "empty_file"),
    "a byte": ({"size": 1}, 422, "file_too_small"),
    "too small": ({"size": 1023}, 422, "file_too_small"),
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
    assert (await studio.api("POST", "/uploads", {**NEW, "size": 1024})).json["parts"] == 1


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


async def test_each_part_is_signed_once_in_order(studio: Browser, upload: dict[str, Any]) -> None:
    signed = await studio.api("POST", f"/uploads/{upload['id']}/sign", {"parts": [3, 1, 1]})
    assert [part["number"] for part in signed.json["parts"]] == [1, 3]
