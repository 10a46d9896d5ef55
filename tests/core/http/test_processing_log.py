"""The log of a video's processing: whole, in order, with reasons; machines and raw errors for administrators."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.typing import EventDict

from core.models import Job, JobState, Role, User
from core.processes import ProcessError
from core.testing.sites import Browser, Site
from core.transcoding import MediaRejected, Reason
from tests.fakes.transcoder_instant import InstantTranscoder, instant_video

PATH = "/videos/{}/processing"


async def log_of(browser: Browser, video_id: str) -> dict[str, Any]:
    answer = await browser.api("GET", PATH.format(video_id))
    assert answer.status == 200, answer.text
    log: dict[str, Any] = answer.json
    return log


async def processed(site: Site, studio: Browser, **facts: Any) -> str:
    """Upload a video, run every job, and return its id."""
    video_id = str((await site.upload(studio, instant_video(**facts)))["video_id"])
    await site.work()
    return video_id


@pytest.fixture
async def admin(site: Site) -> Browser:
    """The browser of an administrator who owns nothing."""
    return await site.browser(await site.user("root", Role.ADMIN))


async def test_every_job_of_the_run_is_told_in_order_with_its_cost(site: Site, studio: Browser) -> None:
    log = await log_of(studio, await processed(site, studio))
    jobs = log["jobs"]
    assert [job["label"] for job in jobs] == [
        "Check the file",
        "Offer the original",
        "Encode all qualities",
        "Put the parts together",
    ]
    assert {job["state"] for job in jobs} == {"done"}
    assert {job["attempts"] for job in jobs} == {1}
    assert all(job["waited_seconds"] >= 0 and job["ran_seconds"] >= 0 for job in jobs)
    assert jobs[2]["frames"] == 180
    assert (log["cpu_seconds"], log["stored_bytes"]) == (
        sum(job["cpu_seconds"] or 0 for job in jobs),
        sum(job["stored_bytes"] or 0 for job in jobs),
    )
    assert log["cpu_seconds"] > 0


async def test_log_says_why_the_original_is_copied(site: Site, studio: Browser) -> None:
    jobs = (await log_of(studio, await processed(site, studio)))["jobs"]
    copied = {"track": "Picture", "choice": "copy", "reason": "browsers play it as it is"}
    assert jobs[0]["choices"][0] == jobs[1]["choices"][0] == copied
    assert jobs[2]["choices"] == [
        {"track": "Picture", "choice": "encode", "reason": "smaller qualities, beside the original"}
    ]


async def test_log_says_why_the_original_is_encoded(site: Site, studio: Browser) -> None:
    log = await log_of(studio, await processed(site, studio, codec="vp9", languages=["de", None], tracks=2))
    assert [job["kind"] for job in log["jobs"]] == ["videos.probe", "videos.chunk", "videos.finish"]
    assert log["jobs"][1]["choices"] == [
        {"track": "Picture", "choice": "encode", "reason": "codec vp9"},
        {"track": "Sound 1 (de)", "choice": "copy", "reason": "browsers play it as it is"},
        {"track": "Sound 2", "choice": "copy", "reason": "browsers play it as it is"},
    ]


async def test_copy_that_turned_out_impossible_is_told_without_raw_words(
    site: Site, studio: Browser, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def copy(*_: object) -> None:
        raise MediaRejected(Reason.DAMAGED, "packet 7 of /srv/secret.mp4")

    monkeypatch.setattr(InstantTranscoder, "copy", copy)
    video_id = await processed(site, studio)
    answer = await studio.api("GET", PATH.format(video_id))
    copied = answer.json["jobs"][1]
    assert copied["choices"][0]["choice"] == "encode"
    assert copied["choices"][0]["reason"].startswith("copying it failed: The file is damaged")
    assert "secret" not in answer.text
    assert "packet 7" in (await log_of(admin, video_id))["jobs"][1]["detail"]


async def test_only_administrators_learn_of_machines_and_raw_errors(
    site: Site, studio: Browser, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def encode(*_: object) -> None:
        raise MediaRejected(Reason.NO_PROGRESS, "ffmpeg said: /srv/secret.mp4: stuck")

    monkeypatch.setattr(InstantTranscoder, "encode", encode)
    video_id = await processed(site, studio)
    answer = await studio.api("GET", PATH.format(video_id))
    failed = answer.json["jobs"][-1]
    assert (failed["state"], failed["error"]["code"]) == ("failed", "no_progress")
    assert failed["error"]["sentence"] == "Converting the file came to a halt."
    assert {(job["worker"], job["storage"], job["detail"]) for job in answer.json["jobs"]} == {(None, None, None)}
    assert "secret" not in answer.text

    full = (await log_of(admin, video_id))["jobs"]
    assert full[-1]["detail"] == "ffmpeg said: /srv/secret.mp4: stuck"
    assert all(job["worker"] for job in full)
    assert full[1]["storage"] == "storage_memory"


async def test_error_that_passed_is_kept_for_administrators(
    site: Site, studio: Browser, admin: Browser, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    probe, calls = InstantTranscoder.probe, []

    async def shaky(self: InstantTranscoder, source: Any) -> Any:
        calls.append(source)
        if len(calls) == 1:
            raise OSError("the network share is away")
        return await probe(self, source)

    monkeypatch.setattr(InstantTranscoder, "probe", shaky)
    video_id = await processed(site, studio)
    first = (await log_of(admin, video_id))["jobs"][0]
    assert (first["state"], first["attempts"], first["error"]) == ("done", 2, None)
    assert first["detail"] == "OSError: the network share is away"
    logs.clear()


async def test_every_try_is_told_and_its_machine_to_administrators(
    site: Site, studio: Browser, admin: Browser, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    encode, folders = InstantTranscoder.encode, list[Any]()

    async def stumbling(self: InstantTranscoder, *given: Any) -> Any:
        folders.append(given[3])
        if len(folders) == 1:
            (given[3] / "half").write_bytes(b"1234567")
            raise ProcessError("ffmpeg was killed")
        return await encode(self, *given)

    monkeypatch.setattr(InstantTranscoder, "encode", stumbling)
    video_id = await processed(site, studio, codec="vp9")
    failed, done = (await log_of(admin, video_id))["jobs"][1]["tries"]
    assert (failed["written_bytes"], failed["error"]) == (7, "ProcessError: ffmpeg was killed")
    assert (done["written_bytes"] > 7, done["error"]) == (True, None)
    assert failed["worker"] == done["worker"]
    assert failed["worker"]
    assert all(one["seconds"] >= 0 and one["cpu_seconds"] == 0 for one in (failed, done))

    answer = await studio.api("GET", PATH.format(video_id))
    assert {(one["worker"], one["error"]) for one in answer.json["jobs"][1]["tries"]} == {(None, None)}
    assert "killed" not in answer.text
    logs.clear()


async def test_cost_of_a_job_is_that_of_all_its_tries(site: Site, studio: Browser) -> None:
    video_id = await processed(site, studio, codec="vp9")
    chunk = await Job.get(kind="videos.chunk")
    once = (await log_of(studio, video_id))["cpu_seconds"]
    failed = {"worker": "dead", "begun_at": chunk.created_at.isoformat()}
    chunk.notes["tries"] = [failed, {**failed, "cpu_seconds": 12.5}, *chunk.notes["tries"]]
    await chunk.save()
    assert (await log_of(studio, video_id))["cpu_seconds"] == round(once + 12.5, 2)


async def test_program_that_did_it_is_told_to_administrators(site: Site, studio: Browser, admin: Browser) -> None:
    video_id = await processed(site, studio)
    assert {job["program"] for job in (await log_of(studio, video_id))["jobs"]} == {None}
    programs = {job["label"]: job["program"] for job in (await log_of(admin, video_id))["jobs"]}
    assert programs.pop("Put the parts together") is None
    assert set(programs.values()) == {InstantTranscoder.version}


async def test_log_is_of_the_latest_run(site: Site, studio: Browser) -> None:
    video_id = await processed(site, studio)
    first = await log_of(studio, video_id)
    await studio.api("POST", f"/videos/{video_id}/retry", {})
    again = await log_of(studio, video_id)
    assert [job["state"] for job in again["jobs"]] == ["waiting"]
    assert again["jobs"][0]["choices"] == []
    assert (again["seconds"], again["jobs"][0]["ran_seconds"]) == (None, None)
    assert again["run"] != first["run"]


async def test_times_are_those_of_the_rows(site: Site, studio: Browser) -> None:
    video_id = str((await site.upload(studio, instant_video()))["video_id"])
    begun = datetime.now(UTC)
    times = {"created_at": begun - timedelta(seconds=30), "started_at": begun - timedelta(seconds=20)}
    await Job.filter(kind="videos.probe").update(state=JobState.RUNNING, progress=0.25, **times)
    job = (await log_of(studio, video_id))["jobs"][0]
    assert (job["state"], job["progress"], job["waited_seconds"]) == ("running", 0.25, 10)
    assert 20 <= job["ran_seconds"] < 30
    await Job.filter(kind="videos.probe").update(state=JobState.DONE, finished_at=begun - timedelta(seconds=15))
    assert (await log_of(studio, video_id))["jobs"][0]["ran_seconds"] == 5


async def test_clocks_that_differ_make_no_negative_times(site: Site, studio: Browser) -> None:
    video_id = str((await site.upload(studio, instant_video()))["video_id"])
    early = datetime.now(UTC) - timedelta(hours=1)
    await Job.filter(kind="videos.probe").update(state=JobState.DONE, started_at=early, finished_at=early)
    job = (await log_of(studio, video_id))["jobs"][0]
    assert (job["waited_seconds"], job["ran_seconds"]) == (0, 0)


async def test_draft_has_an_empty_log(studio: Browser) -> None:
    draft = (await studio.api("POST", "/uploads", {"file_name": "clip.mp4", "size": 2000})).json["video_id"]
    log = await log_of(studio, draft)
    assert (log["run"], log["jobs"], log["seconds"], log["cpu_seconds"]) == (None, [], None, 0)


async def test_log_of_others_is_not_there_but_for_administrators(
    site: Site, studio: Browser, admin: Browser, client: Browser, creator: User
) -> None:
    video_id = await processed(site, studio)
    path = PATH.format(video_id)
    for role, status in ((Role.CREATOR, 404), (Role.MODERATOR, 404)):
        other = await site.browser(await site.user(f"a_{role.value}", role))
        assert (await other.api("GET", path)).status == status
    assert (await client.api("GET", path)).status == 401
    for browser in (admin, studio):
        assert (await browser.api("GET", path)).status == 200
        assert (await browser.api("GET", PATH.format("0" * 16))).status == 404
        assert (await browser.api("GET", f"{path}?page=2")).status == 422

    await studio.api("DELETE", f"/videos/{video_id}")
    for browser in (admin, studio):
        assert (await browser.api("GET", path)).status == 404
