"""How a run of ffmpeg can end badly, with programs that behave as ffmpeg did, or might."""

import sys
import time
from pathlib import Path

import pytest

from core.processes import ChildFailed, SandboxStatus
from core.storage import StorageFull
from core.testing.media import make_odd
from core.testing.renditions import assert_plays
from core.testing.transcoder import Progress
from core.transcoding import EncodedSet, MediaRejected, Plan, Reason
from plugins.transcode_ffmpeg import ffmpeg_transcoder
from plugins.transcode_ffmpeg.ffmpeg_transcoder import FfmpegTranscoder, open_transcoder
from plugins.transcode_ffmpeg.plan import plan
from plugins.transcode_ffmpeg.settings import TranscodeSettings
from tests.plugins.transcode_ffmpeg.facts import an_info

pytestmark = pytest.mark.slow

SETTINGS = TranscodeSettings()
IMPATIENT = TranscodeSettings(idle_timeout=1)
SHORT_OF_TIME = TranscodeSettings(deadline_ceiling=1)


def a_plan() -> Plan:
    return plan(an_info(duration=1, width=320, height=180), SETTINGS)


async def encode_with(program: str, output: Path, settings: TranscodeSettings) -> EncodedSet:
    """Encode with a stand-in for ffmpeg: a Python program that is called with ffmpeg's arguments."""
    stand_in = output.parent / "ffmpeg"
    stand_in.write_text(f"#!{sys.executable} -IS\nimport errno, os, signal, sys, time\n{program}\n")
    stand_in.chmod(0o755)
    source = output.parent / "source.mp4"
    source.write_bytes(b"anything")
    return await FfmpegTranscoder(settings, str(stand_in)).encode(source, a_plan(), output, Progress())


@pytest.mark.parametrize(
    ("program", "settings", "reason"),
    [
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)", SHORT_OF_TIME, Reason.DEADLINE_EXCEEDED),
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
    assert time.monotonic() - started < 6


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


async def test_file_works_the_same_without_a_sandbox(media: Path, output: Path) -> None:
    source = await make_odd("no_audio.mp4", media)
    async with open_transcoder(TranscodeSettings(sandbox="off")) as transcoder:
        encoded = await transcoder.encode(source, transcoder.plan(await transcoder.probe(source)), output, Progress())
    assert_plays(output, encoded)


async def test_required_sandbox_that_is_missing_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg_transcoder, "sandbox_status", lambda: SandboxStatus(works=False, detail="NO SANDBOX."))
    with pytest.raises(RuntimeError, match="requires it"):
        async with open_transcoder(TranscodeSettings(sandbox="required")):
            pass


async def test_ffmpeg_that_is_not_there_stops_the_start() -> None:
    with pytest.raises(RuntimeError, match="is no file"):
        async with open_transcoder(TranscodeSettings(ffmpeg="/nowhere/ffmpeg")):
            pass
