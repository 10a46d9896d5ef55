"""What is happening to a video, derived from its rows and jobs; nothing stores a state that could be wrong."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import BaseModel

from core.models import Job, JobState, Upload, UploadState, Video
from core.transcoding import Plan
from core.videos.reasons import Failure, failure, waiting
from core.videos.replacing import since_played
from core.videos.runs import CHUNK, COPY, FINISH, PROBE, PROCESSING, SOUND, Run

State = Literal["uploading", "processing", "playable", "published", "held", "failed", "cancelled"]
StepState = Literal["waiting", "running", "done", "failed", "cancelled"]
_KINDS = {"probe": (PROBE,), "copy": (COPY,), "encode": (CHUNK, SOUND, FINISH)}
"""The steps that people see, and the kinds of job that each is made of."""
_SHARES = {"probe": 0.02, "copy": 0.08, "encode": 0.9}
_LEAST_TOLD = 0.02
"""A smaller part says nothing of how long the rest will take."""


class FailureView(BaseModel):
    """Why processing was given up: a stable code, what happened, and what to do."""

    code: str
    sentence: str
    advice: str

    @classmethod
    def of(cls, failure: Failure) -> Self:
        """Return the same for those who read JSON."""
        return cls(code=failure.code, sentence=failure.sentence, advice=failure.advice)


class Step(BaseModel):
    """One step of processing; `progress` is from 0 to 1."""

    name: str
    label: str
    state: StepState
    progress: float
    seconds_left: int | None = None
    """About how long it will take from now on, null where nobody can tell."""


class Status(BaseModel):
    """Where a video stands. `published` means completely processed, whoever may see it.

    `replacement` says that the steps are those of another file, which is to take the place of what plays. However they
    end, what plays can be kept. `waits_for` says what keeps it from going on; when that is over, it does by itself.
    """

    video_id: str
    state: State
    progress: float
    playable: bool
    replacement: bool
    failure: FailureView | None
    waits_for: FailureView | None
    steps: list[Step]


async def status_of(video: Video) -> Status:
    """Return the status of one video; `video.current_set` is loaded."""
    return (await statuses_of([video]))[video.id]


async def statuses_of(videos: Sequence[Video]) -> dict[str, Status]:
    """Return the status of each video by id, in two queries however many there are."""
    ids = [video.id for video in videos]
    jobs: defaultdict[str | None, list[Job]] = defaultdict(list)
    for job in await Job.filter(subject__in=ids, kind__in=PROCESSING).order_by("created_at", "id"):
        jobs[job.subject].append(job)
    files: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
    accepted = Upload.filter(video_id__in=ids, state=UploadState.ACCEPTED)
    for video_id, upload_id, at in await accepted.values_list("video_id", "id", "created_at"):
        files[video_id][upload_id] = at
    return {video.id: _status(video, jobs[video.id], files[video.id]) for video in videos}


def latest_run(jobs: Iterable[Job], files: Container[str]) -> list[Job]:
    """Return the jobs of the latest run, of jobs in the order in which they became known.

    `files` are the ids of the video's complete files: what was done to one that is gone tells nothing any more.
    """
    run: list[Job] = []
    for job in jobs:
        if Run.of(job).upload_id not in files:
            continue
        if job.kind == PROBE:
            run = []  # every run begins with a probe, so earlier ones no longer count
        run.append(job)
    return run


def _status(video: Video, jobs: Iterable[Job], files: Mapping[str, datetime]) -> Status:
    run, accepted = latest_run(jobs, files), bool(files)
    failed = next((job for job in run if job.state is JobState.FAILED), None)
    held_up = next((job.error_code for job in run if job.state is JobState.READY and job.error_code), None)
    steps = _steps(video, run)
    done = sum(_SHARES[step.name] * step.progress for step in steps) / sum(_SHARES[step.name] for step in steps)
    upload = Step(name="upload", label="Upload", state="done" if accepted else "running", progress=float(accepted))
    return Status(
        video_id=video.id,
        state=_state(video, run, accepted=accepted),
        progress=round(done, 3) if _unfinished(video) else 1,
        playable=video.current_set is not None,
        replacement=bool(since_played(video.current_set, files)),
        failure=FailureView.of(failure(failed.error_code or "")) if failed else None,
        waits_for=FailureView.of(waiting(held_up)) if held_up else None,
        steps=[upload, *steps],
    )


def _unfinished(video: Video) -> bool:
    return video.current_set is None or not video.current_set.complete


def _state(video: Video, run: Sequence[Job], *, accepted: bool) -> State:
    states = {job.state for job in run}
    if not accepted:
        return "uploading"
    if JobState.FAILED in states:
        return "failed"
    if JobState.CANCELLED in states and _unfinished(video):
        return "cancelled"
    if video.hidden_at is not None:
        return "held"
    if video.current_set is None:
        return "processing"
    return "published" if video.current_set.complete else "playable"


def _steps(video: Video, run: Sequence[Job]) -> list[Step]:
    plan = Plan.model_validate(video.plan) if video.plan else None
    labels = _labels(plan)
    jobs = {name: [job for job in run if job.kind in _KINDS[name]] for name in labels}
    # What is complete was made by some steps, if not by these: an earlier release had others.
    made_before = not _unfinished(video) and not jobs["encode"] and all(each.state is JobState.DONE for each in run)
    if made_before:
        return [Step(name=name, label=label, state="done", progress=1) for name, label in labels.items()]
    return [_step(name, label, jobs[name]) for name, label in labels.items()]


def _labels(plan: Plan | None) -> dict[str, str]:
    labels = {"probe": "Check the file"}
    if plan is None or plan.copy_refused is None:
        labels["copy"] = "First version to watch: the original"
    rungs = f": {', '.join(rung.name for rung in plan.rungs)}" if plan else ""
    return {**labels, "encode": f"All qualities{rungs}"}


def _step(name: str, label: str, jobs: Sequence[Job]) -> Step:
    progress = _progress(jobs) if jobs else 0.0
    return Step(name=name, label=label, state=_step_state(jobs), progress=progress, seconds_left=_left(jobs, progress))


def _step_state(jobs: Sequence[Job]) -> StepState:
    states = {job.state for job in jobs}
    if JobState.FAILED in states:
        return "failed"
    if JobState.CANCELLED in states:
        return "cancelled"
    if states == {JobState.DONE}:
        return (
            "done" if jobs[-1].kind in (PROBE, COPY, FINISH) or any(job.kind == FINISH for job in jobs) else "running"
        )
    return "running" if states & {JobState.RUNNING, JobState.DONE} else "waiting"


def _progress(jobs: Sequence[Job]) -> float:
    """Chunks are about equally long; what takes next to no time beside them does not count."""
    counted = [job for job in jobs if job.kind in (PROBE, COPY, CHUNK)] or list(jobs)
    done = sum(1 if job.state is JobState.DONE else job.progress for job in counted)
    return round(done / len(counted), 4)


def _left(jobs: Sequence[Job], progress: float) -> int | None:
    begun = [job.started_at for job in jobs if job.started_at]
    if not begun or not _LEAST_TOLD <= progress < 1:
        return None
    elapsed = (datetime.now(UTC) - min(begun)).total_seconds()
    return max(1, round(elapsed * (1 - progress) / progress))
