"""Bubblewrap around a child: no network, no files but its own, no privileges, nothing left when we die."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WRITABLE = "/output"
"""Where a sandboxed child sees its writable folder; it is also its working directory."""

_SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/nix/store", "/etc/ld.so.cache")


@dataclass(frozen=True, slots=True)
class SandboxStatus:
    """Whether children are sandboxed on this machine, and a sentence that says so to the deployer."""

    works: bool
    detail: str


@cache
def sandbox_status() -> SandboxStatus:
    """Try the sandbox once for the life of this process. Blocks for a moment the first time."""
    program = shutil.which("bwrap")
    if program is None:
        return SandboxStatus(works=False, detail="NO SANDBOX for media: install bubblewrap (apt install bubblewrap).")
    command = confine([sys.executable, "-I", "-S", "-c", ""])
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=10, env={}, stdin=subprocess.DEVNULL)  # noqa: S603
    except subprocess.TimeoutExpired:
        return SandboxStatus(works=False, detail=f"NO SANDBOX for media: {program} did not answer within 10 seconds.")
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        return SandboxStatus(works=False, detail=f"NO SANDBOX for media: {program} does not work here ({said}).")
    return SandboxStatus(works=True, detail=f"Media is read in a bubblewrap sandbox ({program}).")


def confine(
    command: Sequence[str],
    *,
    executable: str = sys.executable,
    read_only: Mapping[str, Path] | None = None,
    writable: Path | None = None,
) -> list[str]:
    """Return the command line that runs `command` where only these files exist, system libraries, and Python."""
    arguments = [shutil.which("bwrap") or "bwrap"]
    # Started by root it would keep all capabilities; namespaces alone do not take them away.
    arguments += ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    for path in _programs(executable):
        arguments += _mount(path)
    for seen, path in (read_only or {}).items():
        arguments += ["--ro-bind", str(path.resolve()), seen]
    if writable is not None:
        arguments += ["--bind", str(writable.resolve()), WRITABLE]
    # Both are file systems in memory, which would otherwise be writable without a bound.
    arguments += ["--remount-ro", "/dev", "--remount-ro", "/"]
    return [*arguments, "--chdir", WRITABLE if writable is not None else "/", "--", *command]


def _programs(executable: str) -> Iterator[Path]:
    """Yield what has to exist for the executable and Python to run: programs and libraries, no data, no /etc."""
    roots = [Path(name) for name in _SYSTEM if os.path.lexists(name)]
    yield from roots
    for path in dict.fromkeys([Path(sys.base_prefix), Path(sys.prefix), Path(executable)]):
        if not any(path.is_relative_to(root) for root in roots):
            roots.append(path)
            yield path


def _mount(path: Path) -> list[str]:
    if path.is_symlink() and path.parent == Path("/"):  # /bin -> usr/bin
        return ["--symlink", str(path.readlink()), str(path)]
    return ["--ro-bind", str(path.resolve()), str(path)]
