"""What is happening to a video, derived from its rows and jobs; nothing stores a state that could be wrong."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel

from core.models import Job, JobState, Upload, UploadState, Video
from core.transcoding import Plan
from core.videos.process import FIRST, LADDER, PROCESSING
from core.videos.reasons import failure
from core.videos.upload import PROBE

State = Literal["uploading", "processing", "playable", "published", "held", "failed"]
StepState = Literal["waiting", "running", "done", "failed"]
_SHARES = {PROBE: 0.02, FIRST: 0.18, LADDER: 0.8}
_OF_JOB: dict[JobState, StepState] = {
    JobState.READY: "waiting",
    JobState.RUNNING: "running",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "failed",
}


class FailureView(BaseModel):
    """Why processing was given up: a stable code, what happened, and what to do."""

    code: str
    sentence: str
    advice: str


class Step(BaseModel):
    """One step of processing; `progress` is from 0 to 1."""

    name: str
    label: str
    state: StepState
    progress: float


class Status(BaseModel):
    """Where a video stands. `published` means completely processed, whoever may see it."""

    video_id: str
    state: State
    progress: float
    playable: bool
    failure: FailureView | None
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
    accepted = {
        row.video_id for row in await Upload.filter(video_id__in=ids, state=UploadState.ACCEPTED).only("video_id")
    }
    return {video.id: _status(video, jobs[video.id], accepted=video.id in accepted) for video in videos}


def _status(video: Video, jobs: Iterable[Job], *, accepted: bool) -> Status:
    run: dict[str, Job] = {}
    for job in jobs:
        if job.kind == PROBE:
            run = {}  # every run begins with a probe, so earlier ones no longer count
        run[job.kind] = job
    failed = next((job for job in run.values() if job.state is JobState.FAILED), None)
    reason = failure(failed.error_code or "") if failed else None
    return Status(
        video_id=video.id,
        state=_state(video, failed=failed is not None, accepted=accepted),
        progress=round(sum(share * _progress(run.get(kind)) for kind, share in _SHARES.items()), 3)
        if _unfinished(video)
        else 1,
        playable=video.current_set is not None,
        failure=FailureView(code=reason.code, sentence=reason.sentence, advice=reason.advice) if reason else None,
        steps=_steps(video, run, accepted=accepted),
    )


def _unfinished(video: Video) -> bool:
    return video.current_set is None or not video.current_set.complete


def _state(video: Video, *, failed: bool, accepted: bool) -> State:
    if not accepted:
        return "uploading"
    if failed:
        return "failed"
    if video.hidden_at is not None:
        return "held"
    if video.current_set is None:
        return "processing"
    return "published" if video.current_set.complete else "playable"


def _progress(job: Job | None) -> float:
    if job is None:
        return 0
    return 1 if job.state is JobState.DONE else job.progress


def _steps(video: Video, run: dict[str, Job], *, accepted: bool) -> list[Step]:
    steps = [Step(name="upload", label="Upload", state="done" if accepted else "running", progress=float(accepted))]
    # A single rung that must be encoded anyway has no first version of its own.
    skipped = FIRST not in run and LADDER in run
    for kind, label in _labels(video).items():
        if kind == FIRST and skipped:
            continue
        job = run.get(kind)
        state: StepState = _OF_JOB[job.state] if job else "waiting"
        steps.append(Step(name=kind.partition(".")[2], label=label, state=state, progress=_progress(job)))
    return steps


def _labels(video: Video) -> dict[str, str]:
    if video.plan is None:
        return {PROBE: "Check the file", FIRST: "First version to watch", LADDER: "All qualities"}
    plan = Plan.model_validate(video.plan)
    first = "the original" if plan.copy_refused is None else plan.rungs[-1].name
    rungs = ", ".join(rung.name for rung in plan.rungs)
    return {PROBE: "Check the file", FIRST: f"First version to watch: {first}", LADDER: f"All qualities: {rungs}"}
