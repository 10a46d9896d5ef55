"""Where a video stands is told from its rows, in words a person understands."""

from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.typing import EventDict

from core.models import Job, JobState, RenditionSet, Video
from core.testing.sites import Browser, Site
from core.transcoding import MediaRejected, Reason
from core.videos.reasons import failure
from core.videos.status import statuses_of
from tests.core.videos import observer
from tests.core.videos.failing import fail_probe, status_of
from tests.fakes.transcoder_instant import InstantTranscoder, instant_video

NEW = {"file_name": "clip.mp4", "size": 2000}


async def test_each_stage_has_its_state(site: Site, studio: Browser, video_id: str) -> None:
    draft = (await studio.api("POST", "/uploads", NEW)).json["video_id"]
    assert (await status_of(studio, draft))["state"] == "uploading"
    assert (await status_of(studio, video_id))["state"] == "processing"
    await site.work()
    assert (await status_of(studio, video_id))["state"] == "published"
    await RenditionSet.all().update(complete=False)
    assert (await status_of(studio, video_id))["state"] == "playable"
    await Video.filter(id=video_id).update(hidden_at=datetime.now(UTC))
    assert (await status_of(studio, video_id))["state"] == "held"
    await Job.filter(kind="videos.chunk").update(state=JobState.FAILED, error_code="no_progress")
    assert (await status_of(studio, video_id))["state"] == "failed"


async def test_steps_follow_the_jobs(site: Site, studio: Browser, video_id: str) -> None:
    await Job.filter(kind="videos.probe").update(state=JobState.RUNNING, progress=0.5)
    status = await status_of(studio, video_id)
    assert [(step["name"], step["state"]) for step in status["steps"]] == [
        ("upload", "done"),
        ("probe", "running"),
        ("copy", "waiting"),
        ("encode", "waiting"),
    ]
    assert (status["progress"], status["steps"][1]["progress"]) == (0.01, 0.5)


async def test_finished_steps_name_what_was_made(studio: Browser, published: Video) -> None:
    status = await status_of(studio, published.id)
    assert [step["label"] for step in status["steps"]] == [
        "Upload",
        "Check the file",
        "First version to watch: the original",
        "All qualities: 720p, 360p",
    ]
    assert {step["state"] for step in status["steps"]} == {"done"}
    assert (status["progress"], status["playable"], status["failure"]) == (1, True, None)


@pytest.mark.parametrize("reason", [*Reason, "made_up_later"])
async def test_failure_is_said_in_words_for_every_reason(reason: str) -> None:
    said = failure(reason)
    assert said.code == reason
    for text in (said.sentence, said.advice):
        assert text.endswith(".")
        assert len(text.split()) >= 4
        assert "_" not in text


async def test_every_reason_has_words_of_its_own() -> None:
    sentences = [failure(reason).sentence for reason in Reason]
    assert len(set(sentences)) == len(Reason)
    assert failure("made_up_later").sentence not in sentences


@pytest.mark.parametrize("reason", Reason)
async def test_rejected_file_ends_as_failed_with_its_reason(
    site: Site,
    studio: Browser,
    video_id: str,
    watch: observer.Watch,
    monkeypatch: pytest.MonkeyPatch,
    reason: Reason,
) -> None:
    fail_probe(site, monkeypatch, MediaRejected(reason, "stream 0 at /srv/secret.mp4"))
    await site.work()
    answer = await studio.api("GET", f"/videos/{video_id}/status")
    assert (answer.json["state"], answer.json["failure"]["code"]) == ("failed", reason)
    assert [step["state"] for step in answer.json["steps"]] == ["done", "failed", "waiting", "waiting"]
    assert "secret" not in answer.text
    assert watch.heard == ["uploaded", f"failed: {reason}"]


async def test_file_that_is_no_video_is_refused_by_its_content(site: Site, studio: Browser) -> None:
    upload = await site.upload(studio, b"#EXTM3U\nfile:///etc/passwd\n".ljust(1024, b"\n"))
    await site.work()
    status = await status_of(studio, upload["video_id"])
    assert (status["state"], status["failure"]["code"]) == ("failed", "unsupported_format")


async def test_job_that_breaks_every_time_ends_with_a_reason_r_2(
    site: Site, studio: Browser, video_id: str, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    fail_probe(site, monkeypatch, OSError("the network share is away"))
    await site.work()
    status = await status_of(studio, video_id)
    assert (status["state"], status["failure"]["code"]) == ("failed", "too_many_attempts")
    assert [entry["event"] for entry in logs].count("job_error") == site.services.settings.core.jobs.attempts
    logs.clear()


async def test_progress_of_a_video_only_grows(
    site: Site, studio: Browser, video_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []
    encode, copy = InstantTranscoder.encode, InstantTranscoder.copy

    def watching(make: Any) -> Any:
        async def run(self: InstantTranscoder, *arguments: Any) -> Any:
            seen.append((await status_of(studio, video_id))["progress"])
            made = await make(self, *arguments)
            seen.append((await status_of(studio, video_id))["progress"])
            return made

        return run

    monkeypatch.setattr(InstantTranscoder, "encode", watching(encode))
    monkeypatch.setattr(InstantTranscoder, "copy", watching(copy))
    await site.work()
    seen.append((await status_of(studio, video_id))["progress"])
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.02, 1)


async def test_many_statuses_cost_no_more_queries_than_one(
    site: Site, studio: Browser, published: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        await site.upload(studio, instant_video())
    videos = await Video.all().select_related("current_set")
    client, queries = site.services.database.client, []
    execute = type(client).execute_query

    async def counted(self: Any, *arguments: Any) -> Any:
        queries.append(arguments)
        return await execute(self, *arguments)

    monkeypatch.setattr(type(client), "execute_query", counted)
    assert len(await statuses_of(videos)) == 5
    assert len(queries) == 2
    assert await statuses_of([]) == {}
