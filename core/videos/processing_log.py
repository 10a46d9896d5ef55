"""What was done to a video, job by job: why, where, how long, at what cost. Derived from the rows of its latest run."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from core.jobs.tries import TRIES, Try
from core.models import Job, JobState, Role, User, Video
from core.transcoding import Chunk, Plan, Sound
from core.videos.logged import Choice, LoggedJob, LoggedTry, ProcessingLog
from core.videos.reasons import failure, waiting
from core.videos.replacing import files_of_video
from core.videos.runs import CHUNK, COPY, FINISH, PROBE, PROCESSING, SOUND, Run
from core.videos.status import FailureView, StepState, latest_run

_AS_IT_IS = "browsers play it as it is"
_STATES: dict[JobState, StepState] = {
    JobState.READY: "waiting",
    JobState.RUNNING: "running",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}


async def processing_log(video: Video, reader: User) -> ProcessingLog:
    """Return the log as its reader may see it: only an administrator learns of machines and raw errors."""
    found = await Job.filter(subject=video.id, kind__in=PROCESSING).order_by("created_at", "run_at", "id")
    files = {upload.id for upload in await files_of_video(video.id).only("id")}
    jobs = latest_run(found, files)
    plan = Plan.model_validate(video.plan) if video.plan else None
    story = _Story(jobs, plan, full=reader.role.includes(Role.ADMIN))
    told = [story.tell(job) for job in jobs]
    return ProcessingLog(
        video_id=video.id,
        run=Run.of(jobs[0]).id if jobs else None,
        seconds=story.seconds,
        cpu_seconds=round(sum(job.cpu_seconds or 0 for job in told), 2),
        stored_bytes=sum(job.stored_bytes or 0 for job in told),
        jobs=told,
    )


class _Story:
    def __init__(self, jobs: Sequence[Job], plan: Plan | None, *, full: bool) -> None:
        self._plan, self._full = plan, full
        self._chunks = sum(job.kind == CHUNK for job in jobs)
        self._rejected = next((job.notes.get("rejected") for job in jobs if job.kind == COPY), None)
        self._begun = [job.started_at for job in jobs if job.started_at]
        self._ended = [job.finished_at for job in jobs if job.finished_at]
        self._over = len(self._ended) == len(jobs)
        self._now = datetime.now(UTC)

    @property
    def seconds(self) -> float | None:
        """How long the run has taken."""
        if not self._begun:
            return None
        return _seconds(min(self._begun), max(self._ended) if self._over else self._now)

    def tell(self, job: Job) -> LoggedJob:
        chunk = Chunk.model_validate(job.payload["chunk"]) if job.kind == CHUNK else None
        words = failure if job.state is JobState.FAILED else waiting
        return LoggedJob(
            kind=job.kind,
            label=self._label(job, chunk),
            state=_STATES[job.state],
            progress=1 if job.state is JobState.DONE else job.progress,
            choices=self._choices(job, chunk),
            frames=self._frames(chunk),
            begun_at=job.started_at,
            waited_seconds=_seconds(job.created_at, job.started_at or job.finished_at or self._now),
            ran_seconds=_seconds(job.started_at, job.finished_at or self._now) if job.started_at else None,
            cpu_seconds=_cpu_seconds(job),
            stored_bytes=job.notes.get("stored_bytes"),
            attempts=job.attempts,
            tries=[self._try(each) for each in job.notes.get(TRIES, ())],
            error=FailureView.of(words(job.error_code)) if job.error_code else None,
            worker=job.worker if self._full else None,
            storage=(Run.of(job).storage or None) if self._full else None,
            program=job.notes.get("program") if self._full else None,
            detail=_detail(job) if self._full else None,
        )

    def _try(self, one: Try) -> LoggedTry:
        told = LoggedTry.model_validate(one)
        return told if self._full else told.model_copy(update={"worker": None, "error": None})

    def _label(self, job: Job, chunk: Chunk | None) -> str:
        if chunk is None:
            return {
                PROBE: "Check the file",
                COPY: "Offer the original",
                SOUND: "Encode the sound",
                FINISH: "Put the parts together",
            }[job.kind]
        return f"Encode part {chunk.index + 1} of {self._chunks}" if self._chunks > 1 else "Encode all qualities"

    def _frames(self, chunk: Chunk | None) -> int | None:
        if chunk is None or self._plan is None:
            return None
        return max(0, (chunk.end or self._plan.frames) - chunk.cuts[0])

    def _choices(self, job: Job, chunk: Chunk | None) -> list[Choice]:
        plan = self._plan
        if plan is None or (job.kind == PROBE and job.state is not JobState.DONE):
            return []
        heard = job.kind in (PROBE, COPY, SOUND) or (chunk is not None and chunk.with_sound)
        seen = [self._picture(job, plan)] if job.kind in (PROBE, COPY, CHUNK) else []
        return seen + ([_heard(plan.sounds, sound) for sound in plan.sounds] if heard else [])

    def _picture(self, job: Job, plan: Plan) -> Choice:
        refused = plan.copy_refused
        if refused is None and job.kind != PROBE and self._rejected:
            refused = f"copying it failed: {failure(self._rejected).sentence}"
        if refused is not None:
            return Choice(track="Picture", choice="encode", reason=refused)
        if job.kind == CHUNK:
            return Choice(track="Picture", choice="encode", reason="smaller qualities, beside the original")
        return Choice(track="Picture", choice="copy", reason=_AS_IT_IS)


def _heard(sounds: Sequence[Sound], sound: Sound) -> Choice:
    number = f" {sounds.index(sound) + 1}" if len(sounds) > 1 else ""
    language = f" ({sound.language})" if sound.language else ""
    choice: Literal["copy", "encode"] = "copy" if sound.copy_refused is None else "encode"
    return Choice(track=f"Sound{number}{language}", choice=choice, reason=sound.copy_refused or _AS_IT_IS)


def _cpu_seconds(job: Job) -> float | None:
    """Return what a job has cost with all its tries; a transcoder may tell of the last one what nobody measured."""
    if job.kind == FINISH:
        return None  # it notes the sum of the parts that it puts together
    tries = [each.get("cpu_seconds") or 0 for each in job.notes.get(TRIES, ())]
    last: float | None = job.notes.get("cpu_seconds", tries[-1] if tries else None)
    return None if last is None else round(sum(tries[:-1]) + last, 2)


def _detail(job: Job) -> str | None:
    why: str | None = job.notes.get("why") if "rejected" in job.notes else None
    return job.error_detail or why


def _seconds(begin: datetime, end: datetime) -> float:
    # Rows are written by machines whose clocks differ a little.
    return round(max(0.0, (end - begin).total_seconds()), 2)
