"""Editing: only what may be changed changes; and what processes leave behind when they die."""

import asyncio

import pytest

from core.models import Job, Video
from core.testing.sites import Browser, Site
from core.videos.keeping import sweep_workspaces

EDITS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "title": ({"title": "  New\t title "}, {"title": "New title"}),
    "description": ({"description": " a\n\nb "}, {"description": "a\n\nb"}),
    "empty description": ({"description": ""}, {"description": ""}),
    "visibility": ({"visibility": "unlisted"}, {"visibility": "unlisted"}),
    "all": (
        {"title": "x" * 120, "description": "x" * 5000, "visibility": "private"},
        {"title": "x" * 120, "description": "x" * 5000, "visibility": "private"},
    ),
    "nothing": ({}, {}),
    "nulls": ({"title": None, "description": None, "visibility": None}, {}),
}


@pytest.mark.parametrize("name", EDITS)
async def test_owner_changes_what_is_left_in_and_nothing_else(studio: Browser, published: Video, name: str) -> None:
    sent, changed = EDITS[name]
    before = (await studio.api("GET", f"/videos/{published.id}")).json
    answer = await studio.api("PATCH", f"/videos/{published.id}", sent)
    assert answer.status == 200
    moving = {"watch_url", "hls_url", "poster_url"}
    assert {k: v for k, v in answer.json.items() if k not in moving} == {
        k: v for k, v in (before | changed).items() if k not in moving
    }


REFUSED: dict[str, dict[str, object]] = {
    "title of 121": {"title": "x" * 121},
    "title of 501": {"title": "x" * 501},
    "empty title": {"title": ""},
    "blank title": {"title": "\u200b \n"},
    "description of 5,001": {"description": "x" * 5001},
    "unknown visibility": {"visibility": "everyone"},
    "wrong type": {"title": 5},
    "owner": {"owner_id": "x" * 16},
    "id": {"id": "x" * 16},
    "publication": {"published_at": "2026-11-22T00:00:00Z"},
    "hold": {"hidden_at": None},
    "deletion": {"deleted_at": None},
    "key of the link": {"link_key": "x" * 26},
    "epoch": {"playback_epoch": 0},
    "renditions": {"current_set_id": None},
    "plan": {"plan": {}},
}


@pytest.mark.parametrize("name", REFUSED)
async def test_edit_that_is_refused_changes_nothing_z_2(studio: Browser, published: Video, name: str) -> None:
    before = await Video.all().values()
    answer = await studio.api("PATCH", f"/videos/{published.id}", {"title": "Good", **REFUSED[name]})
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert await Video.all().values() == before


async def test_parallel_edits_lose_nothing(studio: Browser, published: Video) -> None:
    edits = [{"title": "New"}, {"description": "New"}, {"visibility": "unlisted"}]
    await asyncio.gather(*(studio.api("PATCH", f"/videos/{published.id}", edit) for edit in edits))
    video = await Video.get()
    assert (video.title, video.description, video.visibility, video.playback_epoch) == ("New", "New", "unlisted", 1)


async def test_leftover_work_folders_of_ended_jobs_are_swept(site: Site, published: Video) -> None:
    work = site.services.settings.data_dir / "work"
    async with site.services.jobs.transaction() as transaction:
        waiting = await transaction.enqueue("videos.chunk", {"upload": "x"}, subject=published.id, delay=100)
    ended = await Job.filter(kind="videos.probe").get()
    for name in (f"{ended.id}-1", f"{waiting.id}-1", "unknown-1"):
        (work / name).mkdir(parents=True)
    await sweep_workspaces(site.services)
    assert [folder.name for folder in work.iterdir()] == [f"{waiting.id}-1"]
