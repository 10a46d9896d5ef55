"""How a run of ffmpeg can end badly, with programs that behave as ffmpeg did, or might."""

import asyncio
import shutil
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from structlog.typing import EventDict

from core.processes import MIB, ChildFailed, SandboxStatus, sandbox_status
from core.storage import StorageFull
from core.testing.chunks import whole
from core.testing.media import make_odd
from core.testing.renditions import assert_plays
from core.testing.transcoder import Progress
from core.transcoding import Chunk, EncodedSet, MediaRejected, Plan, Reason
from plugins.transcode_ffmpeg import ffmpeg_transcoder
from plugins.transcode_ffmpeg.budget import Budget
from plugins.transcode_ffmpeg.ffmpeg_transcoder import FfmpegTranscoder, open_transcoder
from plugins.transcode_ffmpeg.plan import plan
from plugins.transcode_ffmpeg.settings import TranscodeSettings
from tests.plugins.transcode_ffmpeg.facts import STEREO, an_info

pytestmark = pytest.mark.slow

SETTINGS = TranscodeSettings()
IMPATIENT = TranscodeSettings(idle_timeout=1)
SHORT_OF_TIME = TranscodeSettings(deadline_ceiling=1)


def a_plan() -> Plan:
    return plan(an_info(duration=1, width=320, height=180), SETTINGS)


async def encode_with(program: str, output: Path, settings: TranscodeSettings) -> EncodedSet:
    """Encode with a stand-in for ffmpeg: a Python program that is called with ffmpeg's arguments."""
    source = output.parent / "source.mp4"
    source.write_bytes(b"anything")
    transcoder = FfmpegTranscoder(settings, str(a_stand_in(program, output.parent)))
    return await transcoder.encode(source, a_plan(), whole(a_plan()), output, Progress())


def a_stand_in(program: str, folder: Path) -> Path:
    path = folder / "ffmpeg"
    path.write_text(f"#!{sys.executable} -IS\nimport errno, os, signal, sys, time\n{program}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("program", "settings", "reason"),
    [
        ("while True:\n    print('frame=7', flush=True)\n    time.sleep(0.05)", IMPATIENT, Reason.NO_PROGRESS),
        ("for i in range(10**9):\n    open(f'{i}.m4s', 'w')\n    time.sleep(0.001)", SETTINGS, Reason.OUTPUT_LIMIT),
        ("sys.exit('Invalid data found when processing input')", SETTINGS, Reason.DAMAGED),
        ("os.kill(os.getpid(), signal.SIGSEGV)", SETTINGS, Reason.DAMAGED),
        ("sys.exit(256 - errno.ENOMEM)", SETTINGS, Reason.TOO_LARGE),
        ("pass", SETTINGS, Reason.DAMAGED),
    ],
)
async def test_what_the_file_is_to_blame_for_is_a_reason(
    output: Path, program: str, settings: TranscodeSettings, reason: Reason
) -> None:
    started = time.monotonic()
    with pytest.raises(MediaRejected) as rejected:
        await encode_with(program, output, settings)
    assert rejected.value.reason == reason
    assert time.monotonic() - started < 30


async def test_t05_encoder_that_ignores_sigterm_is_gone_soon_after_its_deadline(output: Path) -> None:
    before = set(psutil.Process().children(recursive=True))
    started = time.monotonic()
    with pytest.raises(MediaRejected) as rejected:
        await encode_with("signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)", output, SHORT_OF_TIME)
    assert rejected.value.reason is Reason.DEADLINE_EXCEEDED
    assert time.monotonic() - started < SHORT_OF_TIME.deadline_ceiling + 20
    assert set(psutil.Process().children(recursive=True)) <= before


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("sys.exit(256 - errno.ENOSPC)", StorageFull),
        ("print('av_interleaved_write_frame(): No space left on device', file=sys.stderr); sys.exit(1)", StorageFull),
        ("os.kill(os.getpid(), signal.SIGKILL)", ChildFailed),
    ],
)
async def test_trouble_of_the_machine_is_worth_another_try(output: Path, program: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await encode_with(program, output, SETTINGS)


@pytest.mark.parametrize(("missing", "begins"), [(0, True), (1, False)])
async def test_work_that_might_not_fit_on_the_disk_is_not_begun(
    output: Path, monkeypatch: pytest.MonkeyPatch, missing: int, *, begins: bool
) -> None:
    floor, most = 100 * MIB, Budget.of_chunk(a_plan(), whole(a_plan()), SETTINGS).most
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=floor + most - missing))
    program = a_stand_in("open('begun', 'w')", output.parent)
    transcoder = FfmpegTranscoder(SETTINGS, str(program), min_free=floor)
    source = output.parent / "source.mp4"
    source.write_bytes(b"anything")
    with pytest.raises(MediaRejected if begins else StorageFull):
        await transcoder.encode(source, a_plan(), whole(a_plan()), output, Progress())
    assert (output / "begun").exists() is begins


async def test_two_at_once_share_what_is_free(output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    most, second = Budget.of_chunk(a_plan(), whole(a_plan()), SETTINGS).most, tmp_path / "second"
    second.mkdir()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2 * most - 1))
    first = asyncio.create_task(encode_with("open('begun', 'w')\ntime.sleep(60)", output, SETTINGS))
    async with asyncio.timeout(60):
        while not (output / "begun").exists():
            await asyncio.sleep(0.01)
    with pytest.raises(StorageFull, match=f"{most // MIB} MiB are promised"):
        await encode_with("pass", second, SETTINGS)
    first.cancel()
    await asyncio.wait([first])
    with pytest.raises(MediaRejected):  # it is begun, and makes nothing
        await encode_with("pass", second, SETTINGS)


def test_budget_admits_what_the_hard_stop_allows() -> None:
    budget = Budget.of_copy(plan(an_info(duration=3600, size=10**9, audio=(STEREO,)), SETTINGS), SETTINGS)
    limits = budget.limits(SETTINGS.encode_memory)
    assert limits.output_bytes == limits.file_size == budget.most


WORDS = "print('x' * 5000 + 'the last words', file=sys.stderr, flush=True)\n"


@pytest.mark.parametrize(
    ("program", "settings", "reason"),
    [
        ("time.sleep(60)", TranscodeSettings(deadline_ceiling=5), Reason.DEADLINE_EXCEEDED),
        ("time.sleep(60)", TranscodeSettings(idle_timeout=5), Reason.NO_PROGRESS),
        (f"open('1.m4s', 'wb').write(bytes(200 * {MIB}))\ntime.sleep(60)", SETTINGS, Reason.OUTPUT_LIMIT),
        ("sys.exit(1)", SETTINGS, Reason.DAMAGED),
    ],
    ids=["deadline", "no progress", "output", "failed"],
)
async def test_reason_holds_the_last_words(
    output: Path, program: str, settings: TranscodeSettings, reason: Reason
) -> None:
    dies = "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
    with pytest.raises(MediaRejected) as rejected:
        await encode_with(dies + WORDS + program, output, settings)
    assert rejected.value.reason is reason
    assert rejected.value.detail.endswith("xxxthe last words")
    assert len(rejected.value.detail) > 4096


def test_budget_follows_the_chunk_and_not_the_video() -> None:
    hour = plan(an_info(duration=3600, size=10**9, audio=(STEREO,)), SETTINGS)
    part = Chunk(index=3, first_segment=90, cuts=tuple(range(10800, 12600, 120)), end=12600, with_sound=False)
    small, large = Budget.of_chunk(hour, part, SETTINGS), Budget.of_chunk(hour, whole(hour), SETTINGS)
    assert (small.seconds, large.seconds) == (60, 3600)
    assert small.deadline == SETTINGS.deadline(60) < large.deadline
    assert 50 < large.size / small.size < 80
    assert small.limits(SETTINGS.encode_memory).output_bytes == 2 * small.size + 32 * MIB


async def test_file_works_the_same_without_a_sandbox(media: Path, output: Path) -> None:
    source = await make_odd("no_audio.mp4", media)
    async with open_transcoder(TranscodeSettings(sandbox="off")) as transcoder:
        plan = transcoder.plan(await transcoder.probe(source))
        encoded = await transcoder.encode(source, plan, whole(plan), output, Progress())
    assert_plays(output, encoded)


@pytest.mark.parametrize(
    ("choice", "works", "level", "said"),
    [
        ("off", True, "warning", "NO SANDBOX for media: transcode_ffmpeg.sandbox is off"),
        ("auto", False, "warning", "NO SANDBOX for media: install it."),
        ("auto", True, "info", "Media is read in a sandbox."),
        ("required", True, "info", "Media is read in a sandbox."),
    ],
)
async def test_t03_start_says_whether_there_is_a_sandbox_and_loudly_when_not(
    monkeypatch: pytest.MonkeyPatch, logs: list[EventDict], choice: str, level: str, said: str, *, works: bool
) -> None:
    detail = "Media is read in a sandbox." if works else "NO SANDBOX for media: install it."
    monkeypatch.setattr(ffmpeg_transcoder, "sandbox_status", lambda: SandboxStatus(works=works, detail=detail))
    async with open_transcoder(TranscodeSettings.model_validate({"sandbox": choice})):
        pass
    told = [(entry["log_level"], entry["event"]) for entry in logs if "andbox" in entry["event"].lower()]
    assert told == [(level, said)]


async def test_t03_machine_without_bubblewrap_is_told_so_at_the_start(
    monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(ffmpeg_transcoder, "sandbox_status", sandbox_status.__wrapped__)
    async with open_transcoder(TranscodeSettings()):
        pass
    (told,) = [entry for entry in logs if entry["event"].startswith("NO SANDBOX for media: install bubblewrap")]
    assert told["log_level"] == "warning"


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("ffmpeg version n9.0.2-17-g2a571b6068 Copyright (c)", "info"),
        ("ffmpeg version 5.1.9-0+deb12u1 Copyright (c)", "info"),
        ("ffmpeg version N-112233-gabc Copyright (c)", "info"),
        ("ffmpeg version 5.0.3 Copyright (c)", "warning"),
        ("ffmpeg version n4.4.1 Copyright (c)", "warning"),
    ],
)
async def test_t02_version_is_told_at_the_start_with_a_warning_of_an_old_one(
    tmp_path: Path, logs: list[EventDict], said: str, level: str
) -> None:
    program = a_stand_in(f"print({said!r})", tmp_path)
    async with open_transcoder(TranscodeSettings(ffmpeg=str(program))) as transcoder:
        assert transcoder.version == " ".join(said.split()[:3])
    (told,) = [entry for entry in logs if "version" in entry]
    assert (told["log_level"], told["version"]) == (level, transcoder.version)


async def test_ffmpeg_that_does_not_run_stops_the_start(tmp_path: Path) -> None:
    program = a_stand_in("sys.exit('libx264.so.1: cannot open')", tmp_path)
    with pytest.raises(RuntimeError, match=r"does not run: .*\nlibx264.so.1: cannot open"):
        async with open_transcoder(TranscodeSettings(ffmpeg=str(program))):
            pass


async def test_required_sandbox_that_is_missing_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg_transcoder, "sandbox_status", lambda: SandboxStatus(works=False, detail="NO SANDBOX."))
    with pytest.raises(RuntimeError, match="requires it"):
        async with open_transcoder(TranscodeSettings(sandbox="required")):
            pass


async def test_ffmpeg_that_is_not_there_stops_the_start() -> None:
    with pytest.raises(RuntimeError, match="is no file"):
        async with open_transcoder(TranscodeSettings(ffmpeg="/nowhere/ffmpeg")):
            pass
