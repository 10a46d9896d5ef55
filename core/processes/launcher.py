"""Runs around the child: takes limits upon this process, starts the program, and tells what it cost. Standard library.

`python -I -S launcher.py '{"memory": …}' /path/to/program arguments…`. A program of its own, because code between fork
and exec (`preexec_fn`) can deadlock in a threaded parent, and because only the parent of a process is told its cost:
that of the sandbox is inside the sandbox.
"""

import contextlib
import ctypes
import json
import os
import platform
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1


def _die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies, and leave if that happened already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("launcher: the parent is gone")


def _limit(spec: dict[str, int]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (spec["memory"], spec["memory"]))
    # One second between the signal that can be caught and the one that cannot.
    resource.setrlimit(resource.RLIMIT_CPU, (spec["cpu_seconds"], spec["cpu_seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (spec["file_size"], spec["file_size"]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (spec["open_files"], spec["open_files"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if spec["sandboxed"] and _counts_processes_per_namespace():
        # This process is one more.
        resource.setrlimit(resource.RLIMIT_NPROC, (spec["processes"] + 1, spec["processes"] + 1))


def _counts_processes_per_namespace() -> bool:
    """Linux 5.14 was the first; before, the limit would count every process of the user on the host."""
    major, minor = platform.release().split(".")[:2]
    return (int(major), int("".join(filter(str.isdigit, minor)))) >= (5, 14)


def _yield_to_others(niceness: int) -> None:
    os.nice(niceness)
    # Some containers mount /proc read-only; being killed later than we would like to be is no reason to stop.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123 -- pathlib is slow to import
        file.write("500")


def _become(command: list[str], spec: dict[str, int]) -> None:
    """Turn this process into the program. Ends with 127 when it cannot be started."""
    if not spec["sandboxed"]:
        _die_with(spec["launcher"])
    # Python ignores these two, and an ignored signal stays ignored in the next program.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execv(command[0], command)  # noqa: S606 -- no shell is the point
    except OSError as error:
        sys.stderr.write(f"launcher: {command[0]} cannot be started: {error}\n")
        sys.exit(127)


def main() -> None:
    """Run the program to its end and say on the descriptor `account` how it ended and what it cost."""
    spec: dict[str, int] = json.loads(sys.argv[1])
    if not spec["sandboxed"]:  # bubblewrap ties the child to us by itself
        _die_with(spec["parent"])
    _yield_to_others(spec["niceness"])
    _limit(spec)
    os.set_inheritable(spec["account"], False)
    spec["launcher"] = os.getpid()
    child = os.fork()
    if child == 0:
        _become(sys.argv[2:], spec)
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    account = {"exit_status": code, "cpu_seconds": used.ru_utime + used.ru_stime, "peak_kib": used.ru_maxrss}
    os.write(spec["account"], json.dumps(account).encode())
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
