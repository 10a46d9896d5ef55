"""T-3: code that runs inside ffmpeg reaches nothing: no file, no socket, no secret, and not much of the machine.

What the sandbox refuses is tried where the machine has one; elsewhere the promise is that whoever requires it is told
before anything runs. What limits refuse is tried in both ways, everywhere.
"""

import os
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.processes import MIB, ChildFailed, Limits, OutputExceeded, run, sandbox_status
from plugins.transcode_ffmpeg.ffmpeg_transcoder import open_transcoder
from plugins.transcode_ffmpeg.settings import TranscodeSettings

LIMITS = Limits(memory=512 * MIB, cpu_seconds=20, file_size=8 * MIB, processes=32, niceness=0)
MODES = pytest.mark.parametrize("sandboxed", [True, False], ids=["sandboxed", "bare"])
CANARY = "canary-of-the-site"
DEADLINE = 60
BEYOND_THE_SANDBOX = {
    "list the storage": "import os; print(os.listdir({storage!r}))",
    "read what others uploaded": "print(open({storage!r} + '/original').read())",
    "connect to a Unix socket": "import socket; socket.socket(socket.AF_UNIX).connect({unix!r})",
    "connect to an abstract socket": "import socket; socket.socket(socket.AF_UNIX).connect(chr(0) + {abstract!r})",
    "connect to TCP": "import socket; socket.create_connection(('127.0.0.1', {port}), 5)",
    "read our environment": "print(open('/proc/{pid}/environ').read())",
    "read the settings": "print(open({storage!r} + '/../settings.toml').read())",
}
"""What succeeds without a sandbox, so that a refusal is the sandbox's."""


async def output_of(program: str, limits: Limits = LIMITS, *, sandboxed: bool, writable: Path | None = None) -> str:
    command = [sys.executable, "-I", "-S", "-c", program]
    finished = await run(command, limits=limits, deadline=DEADLINE, sandboxed=sandboxed, writable=writable)
    return finished.stdout.decode()


@pytest.fixture
async def goods(tmp_path: Path) -> AsyncIterator[dict[str, object]]:
    """What there is to be taken, by the names that programs call it."""
    storage = tmp_path / "media"
    storage.mkdir()
    (storage / "original").write_text(CANARY)
    (tmp_path / "settings.toml").write_text(CANARY)
    listeners = [socket.socket(family) for family in (socket.AF_UNIX, socket.AF_UNIX, socket.AF_INET)]
    unix, abstract = str(tmp_path / "s"), f"mutoscope-{os.getpid()}"
    addresses: list[str | tuple[str, int]] = [unix, f"\0{abstract}", ("127.0.0.1", 0)]
    for listener, address in zip(listeners, addresses, strict=True):
        listener.bind(address)
        listener.listen()
    port = listeners[-1].getsockname()[1]
    yield {"storage": str(storage), "unix": unix, "abstract": abstract, "port": port, "pid": os.getpid()}
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize("attempt", BEYOND_THE_SANDBOX)
async def test_t03_child_reaches_nothing_beyond_the_sandbox(attempt: str, goods: dict[str, object]) -> None:
    program = BEYOND_THE_SANDBOX[attempt].format(**goods)
    guarded = "\n".join(["try:", f"    {program}", "except OSError:", "    print('refused')"])
    bare = await output_of(guarded, sandboxed=False)
    assert "refused" not in bare, "the attempt would fail anyway, and proves nothing"
    if sandbox_status().works:
        assert await output_of(guarded, sandboxed=True) == "refused\n"
    else:
        await assert_whoever_requires_it_is_told()


async def assert_whoever_requires_it_is_told() -> None:
    with pytest.raises(RuntimeError, match=r"NO SANDBOX.*requires it: install it"):
        async with open_transcoder(TranscodeSettings(sandbox="required")):
            pass


async def test_t03_without_bubblewrap_nobody_who_requires_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    sandbox_status.cache_clear()
    try:
        await assert_whoever_requires_it_is_told()
    finally:
        sandbox_status.cache_clear()


@MODES
async def test_t03_environment_of_a_child_holds_nothing_of_ours(
    sandboxed: bool,  # noqa: FBT001 - a parameter
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MUTOSCOPE_SECRET_KEY", CANARY)
    told = await output_of("import os; print(sorted(os.environ))", sandboxed=sandboxed)
    # Python itself sets the locale; bubblewrap says where the child is.
    assert set(eval(told)) <= {"MALLOC_ARENA_MAX", "LC_CTYPE", "PWD"}  # noqa: S307 - a list that we have printed
    assert CANARY not in await output_of("print(open('/proc/self/environ').read())", sandboxed=sandboxed)


@MODES
async def test_t03_child_cannot_write_a_gigabyte(sandboxed: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter
    program = "with open('big', 'wb') as file:\n    for _ in range(1024): file.write(bytes(1 << 20))"
    # Python takes the signal for an error; ffmpeg would be ended by it.
    with pytest.raises((OutputExceeded, ChildFailed), match=r"larger than it may|File too large"):
        await output_of(program, sandboxed=sandboxed, writable=tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= LIMITS.file_size


@MODES
async def test_t03_child_cannot_write_a_gigabyte_in_small_files(sandboxed: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter
    program = (
        "import time\nfor n in range(1024):\n    with open(str(n), 'wb') as file: file.write(bytes(1 << 20))\n"
        "    time.sleep(0.01)"
    )
    limits = replace(LIMITS, output_bytes=16 * MIB)
    with pytest.raises(OutputExceeded):
        await output_of(program, limits, sandboxed=sandboxed, writable=tmp_path)
    assert len(list(tmp_path.iterdir())) < 1024


LIMITED = {
    "memory": ("bytearray(1 << 30)", "MemoryError"),
    "open files": ("kept = [open('/dev/null') for _ in range(1000)]", "OSError"),
    "core dumps": ("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))", "(0, 0)"),
    "limits": ("import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))", "ValueError"),
}


@MODES
@pytest.mark.parametrize("resource", LIMITED)
async def test_t03_child_cannot_take_more_than_it_may(resource: str, sandboxed: bool) -> None:  # noqa: FBT001 - a parameter
    attempt, expected = LIMITED[resource]
    if resource == "limits" and not sandboxed and os.geteuid() == 0:
        expected = ""  # root raises its own limits; inside the sandbox it has no capability to
    program = "\n".join(["try:", f"    {attempt}", "except Exception as error:", "    print(type(error).__name__)"])
    assert expected in await output_of(program, sandboxed=sandboxed)


async def test_t03_child_cannot_fork_a_thousand_times(tmp_path: Path) -> None:
    sandboxed = sandbox_status().works
    limit = "import resource; print(resource.getrlimit(resource.RLIMIT_NPROC)[0])"
    forks = (
        "import os, time\nmade = 0\ntry:\n    while made < 1000:\n        if os.fork() == 0: time.sleep(60)\n"
        "        made += 1\nexcept OSError:\n    pass\nprint(made)"
    )
    told = int(await output_of(limit, sandboxed=sandboxed))
    made = int(await output_of(forks, sandboxed=sandboxed))  # nor does run() return before all of them are gone
    if sandboxed:
        assert told == LIMITS.processes + 1
    # Outside a sandbox's own user namespace the limit would count everybody's; and the kernel exempts root.
    if sandboxed and os.geteuid() != 0:
        assert made < LIMITS.processes
    assert not any(b"made < 1000" in line.read_bytes() for line in Path("/proc").glob("[0-9]*/cmdline"))
