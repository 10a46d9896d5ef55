"""Children end: in time, within their limits, and with us; in the sandbox they see nothing but what they are given."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from core.processes import (
    MIB,
    ChildFailed,
    DeadlineExceeded,
    Finished,
    Limits,
    NoProgress,
    OutputExceeded,
    ProcessError,
    metered,
    run,
    sandbox_status,
)

LIMITS = Limits(memory=512 * MIB, cpu_seconds=20, niceness=0)
STUBBORN = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(60)"
# Where the machine has no working sandbox, the same promises are tested without one, twice.
MODES = (False, sandbox_status().works)

Python = Callable[..., asyncio.Future[Finished]]


@pytest.fixture(params=MODES, ids=["bare", "sandboxed" if MODES[1] else "bare_again"])
def python(request: pytest.FixtureRequest) -> Python:
    """Run a Python program as a child, without and with the sandbox."""

    def start(program: str, **arguments: object) -> asyncio.Future[Finished]:
        options = {"limits": LIMITS, "deadline": 20.0, "sandboxed": request.param, **arguments}
        return asyncio.ensure_future(run([sys.executable, "-I", "-S", "-c", program], **options))

    return start


def marked(mark: str) -> list[psutil.Process]:
    """Return the living processes whose command line holds `mark`."""
    living = (p for p in psutil.process_iter(["cmdline", "status"]) if p.info["status"] != psutil.STATUS_ZOMBIE)
    return [process for process in living if any(mark in word for word in process.info["cmdline"] or ())]


async def gone(mark: str, seconds: float = 5) -> bool:
    """Wait until no process with `mark` is left."""
    end = time.monotonic() + seconds
    while marked(mark) and time.monotonic() < end:
        await asyncio.sleep(0.02)
    return not marked(mark)


async def test_child_that_ends_well_hands_over_what_it_said(python: Python) -> None:
    finished = await python("import sys; print('out'); print('x' * 9000 + 'end', file=sys.stderr)")
    assert finished.stdout == b"out\n"
    assert finished.stderr.endswith("end\n")
    assert len(finished.stderr) == 4096


async def test_failed_child_tells_status_and_last_words(python: Python) -> None:
    with pytest.raises(ChildFailed, match="no disc") as failed:
        await python("import sys; sys.exit('no disc')")
    assert (failed.value.exit_status, failed.value.killed, failed.value.crashed) == (1, False, False)


@pytest.mark.parametrize(("number", "crashed"), [(signal.SIGKILL, False), (signal.SIGSEGV, True)])
async def test_signal_is_told_from_a_failure(python: Python, number: signal.Signals, *, crashed: bool) -> None:
    with pytest.raises(ChildFailed) as failed:
        await python(f"import os; os.kill(os.getpid(), {int(number)})")
    # The first process of a sandbox is immune to its own signals unless the kernel sends them.
    assert failed.value.exit_status == -number
    assert (failed.value.crashed, failed.value.killed) == (crashed, not crashed)


async def test_t05_child_that_ignores_sigterm_is_gone_after_its_deadline(python: Python) -> None:
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        await python(STUBBORN + "  # mark-deadline", deadline=0.7)
    assert time.monotonic() - started < 20
    assert await gone("mark-deadline", 10)


async def test_grandchildren_go_with_the_child(python: Python) -> None:
    fork = "import os, time\nos.fork()\nos.fork()\ntime.sleep(60)  # mark-family"
    with pytest.raises(DeadlineExceeded):
        await python(fork, deadline=0.7)
    assert await gone("mark-family", 0.5)


async def test_grandchildren_do_not_outlive_a_child_that_ended_well(python: Python) -> None:
    leave = "import os, time\nif os.fork() == 0:\n    os.close(1); os.close(2); time.sleep(60)  # mark-orphan"
    await python(leave)
    assert await gone("mark-orphan", 2)


async def test_cancelled_call_returns_when_the_child_is_gone(python: Python) -> None:
    up = asyncio.Event()

    async def on_line(line: str) -> bool:
        up.set()
        return bool(line)

    task = python(STUBBORN + "  # mark-cancel", on_line=on_line)
    await asyncio.wait_for(up.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone("mark-cancel", 10)


async def test_lines_without_progress_do_not_keep_a_child_alive(python: Python) -> None:
    async def on_line(line: str) -> bool:
        return line == "progress"

    talk = "import time\nwhile True:\n    print('same', flush=True); time.sleep(0.05)"
    with pytest.raises(NoProgress):
        await python(talk, on_line=on_line, idle_timeout=0.7)


async def test_progress_keeps_a_child_alive(python: Python) -> None:
    seen = []

    async def on_line(line: str) -> bool:
        seen.append(line)
        return True

    slow = "import time\nfor i in range(15):\n    print(i, flush=True); time.sleep(0.2)"
    await python(slow, on_line=on_line, idle_timeout=2.5)
    assert seen == [str(number) for number in range(15)]


async def test_error_of_the_listener_ends_the_child(python: Python) -> None:
    async def on_line(line: str) -> bool:
        raise RuntimeError(line)

    with pytest.raises(RuntimeError, match="up"):
        await python(STUBBORN + "  # mark-listener", on_line=on_line)
    assert await gone("mark-listener", 0.5)


async def test_memory_limit_holds(python: Python) -> None:
    with pytest.raises(ChildFailed, match="MemoryError"):
        await python("bytearray(600 * 1024 * 1024)")


async def test_processor_time_limit_holds(python: Python) -> None:
    with pytest.raises(DeadlineExceeded, match="processor time"):
        await python("while True: pass", limits=Limits(memory=512 * MIB, cpu_seconds=1))


async def test_file_size_limit_holds(python: Python, tmp_path: Path) -> None:
    write = "open('big', 'wb').write(bytes(2000000))"
    limits = Limits(memory=512 * MIB, file_size=MIB)
    with pytest.raises(ChildFailed, match="File too large"):  # Python asks to be told instead of killed
        await python(write, limits=limits, writable=tmp_path)
    assert (tmp_path / "big").stat().st_size <= MIB


@pytest.mark.parametrize("limits", [{"output_bytes": 2 * MIB}, {"output_files": 20}])
async def test_output_limit_holds_over_many_files(python: Python, tmp_path: Path, limits: dict[str, int]) -> None:
    write = "import time\nfor i in range(10000):\n    open(str(i), 'wb').write(bytes(100000)); time.sleep(0.005)"
    with pytest.raises(OutputExceeded):
        await python(write, limits=Limits(memory=512 * MIB, **limits), writable=tmp_path)
    assert len(list(tmp_path.iterdir())) < 2000


@pytest.mark.parametrize("listens", [False, True])
async def test_endless_printing_is_stopped(python: Python, *, listens: bool) -> None:
    async def on_line(line: str) -> bool:
        return bool(line)

    with pytest.raises(OutputExceeded):
        await python(
            "import sys\nwhile True: sys.stdout.write('x' * 65536)",
            limits=Limits(memory=512 * MIB, stdout_bytes=MIB),
            on_line=on_line if listens else None,
        )


async def test_environment_and_input_are_empty(python: Python, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTOSCOPE_SECRET_KEYS", "hunter2")
    finished = await python("import os, sys; print(sorted(os.environ), repr(sys.stdin.read()))")
    assert b"MUTOSCOPE" not in finished.stdout
    assert finished.stdout.endswith(b"''\n")


async def test_given_file_is_read_under_the_path_the_child_is_told(python: Python, tmp_path: Path) -> None:
    (tmp_path / "secret name.mp4").write_text("content")
    source = {"/source": tmp_path / "secret name.mp4"}
    task = asyncio.ensure_future(
        run([sys.executable, "-I", "-S", "-c", "import sys; print(open(sys.argv[1]).read())", "/source"],
            limits=LIMITS, deadline=20, read_only=source)
    )  # fmt: skip
    assert (await task).stdout == b"content\n"
    bare = await run([sys.executable, "-I", "-S", "-c", "import sys; print(open(sys.argv[1]).read())", "/source"],
                     limits=LIMITS, deadline=20, read_only=source, sandboxed=False)  # fmt: skip
    assert bare.stdout == b"content\n"


async def test_program_that_does_not_exist_says_so() -> None:
    with pytest.raises(ChildFailed, match="cannot be started") as failed:
        await run(["/nowhere/ffmpeg"], limits=LIMITS, deadline=20, sandboxed=False)
    assert failed.value.exit_status == 127


@pytest.mark.parametrize("sandboxed", MODES)
async def test_t05_child_dies_with_a_killed_parent(*, sandboxed: bool) -> None:
    mark = f"mark-parent-{sandboxed}"
    parent = (
        "import asyncio, sys\nfrom core.processes import Limits, run\n"
        "async def say(line): print(line, flush=True); return True\n"
        f"command = [sys.executable, '-I', '-S', '-c', {STUBBORN + '  # ' + mark!r}]\n"
        f"asyncio.run(run(command, limits=Limits(), deadline=60, on_line=say, sandboxed={sandboxed}))"
    )
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", parent, cwd=root, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 20) == b"up\n"
    process.kill()
    await process.wait()
    assert await gone(mark, 3)


SPEAK = "import os, signal, sys, time\nprint('x' * 9000 + 'last words', file=sys.stderr, flush=True)\n"


async def listen(line: str) -> bool:
    """Hear no progress in anything."""
    return False


@pytest.mark.parametrize(
    ("ending", "options", "error"),
    [
        ("time.sleep(60)", {"deadline": 5.0}, DeadlineExceeded),
        ("time.sleep(60)", {"on_line": listen, "idle_timeout": 5.0}, NoProgress),
        ("while True: sys.stdout.write('x' * 65536)", {"limits": Limits(stdout_bytes=MIB)}, OutputExceeded),
        ("while True: pass", {"limits": Limits(cpu_seconds=1)}, DeadlineExceeded),
        ("signal.signal(signal.SIGXFSZ, signal.SIG_DFL); open('big', 'wb').write(bytes(2 << 20))",
         {"limits": Limits(file_size=MIB)}, OutputExceeded),
        ("sys.exit(3)", {}, ChildFailed),
    ],
    ids=["deadline", "no progress", "output", "processor time", "file size", "failed"],
)  # fmt: skip
async def test_last_words_are_kept_however_a_child_ends(
    python: Python, tmp_path: Path, ending: str, options: dict[str, object], error: type[ProcessError]
) -> None:
    with pytest.raises(error) as ended:
        await python(SPEAK + ending, writable=tmp_path, **options)
    assert len(ended.value.stderr) == 4096
    assert ended.value.detail.startswith(ended.value.headline)
    assert ended.value.detail.endswith("xxxlast words")


async def test_words_that_no_database_takes_are_made_harmless(python: Python) -> None:
    finished = await python(r"import os; os.write(2, b'50%\r51%\r\0\x1b[31mred\xff\tend\n')")
    assert finished.stderr == "50%\n51%\n\ufffd\ufffd[31mred\ufffd\tend\n"


async def test_cost_is_counted_however_a_child_ends(python: Python) -> None:
    burn = "import time\nwhile time.process_time() < 0.5: pass\n"
    with metered() as meter:
        await python(burn)
        ended_well = meter.cpu_seconds
        with pytest.raises(ChildFailed):
            await python(burn + "raise SystemExit(3)")
        failed = meter.cpu_seconds - ended_well
        with pytest.raises(DeadlineExceeded):
            await python("while True: pass", deadline=3.0)
        killed = meter.cpu_seconds - ended_well - failed
    assert 0.5 <= ended_well < 5
    assert 0.5 <= failed < 5
    assert 0.02 <= killed < 6, "nobody waited for it, and its cost is known all the same"


async def test_cost_of_a_child_is_told(python: Python) -> None:
    finished = await python("import time\nheld = bytearray(64 << 20)\nwhile time.process_time() < 0.3: pass")
    assert 0.3 <= finished.cpu_seconds < 3
    assert 64 * MIB < finished.peak_memory < 512 * MIB


@pytest.mark.parametrize("moment", range(8))
async def test_cancelling_the_start_leaves_nothing(python: Python, moment: int) -> None:
    mark = f"mark-start-{moment}"
    call = python(f"import time; time.sleep(60)  # {mark}")
    for _ in range(moment):  # turns of the event loop, each a little further into the start
        await asyncio.sleep(0.001)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await gone(mark)
