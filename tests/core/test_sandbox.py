"""In the sandbox a child sees nothing but what it is given; where there is none, the deployer is told."""

import os
import sys
from pathlib import Path

import pytest

from core.processes import MIB, Limits, SandboxStatus, child, run, sandbox, sandbox_status

LIMITS = Limits(memory=512 * MIB, cpu_seconds=20, niceness=0)


async def test_without_bubblewrap_the_deployer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    sandbox_status.cache_clear()
    status = sandbox_status()
    sandbox_status.cache_clear()
    assert not status.works
    assert status.detail.startswith("NO SANDBOX")


async def test_without_a_working_sandbox_children_run_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "sandbox_status", lambda: SandboxStatus(works=False, detail="NO SANDBOX"))
    assert (await run([sys.executable, "-c", "print(1)"], limits=LIMITS, deadline=20)).stdout == b"1\n"


def test_sandboxed_command_sees_only_what_it_is_given(tmp_path: Path) -> None:
    command = sandbox.confine(["/usr/bin/true"], read_only={"/source": tmp_path / "a"}, writable=tmp_path)
    mounted = [command[index + 2] for index, word in enumerate(command) if word in {"--bind", "--ro-bind"}]
    system = ("/usr", "/bin", "/lib", "/nix/store", "/etc/ld.so.cache", sys.prefix, sys.base_prefix)
    assert all(path.startswith((*system, "/source", "/output")) for path in mounted)
    assert {"--unshare-all", "--die-with-parent", "--new-session", "--cap-drop"} <= set(command)


ESCAPES = {
    "read a host file": "open('/etc/passwd').read()",
    "write outside": "open('/usr/x', 'w')",
    "write to the root": "open('/x', 'w')",
    "write to shared memory": "open('/dev/shm/x', 'w')",
    "see our processes": f"import os; os.kill({os.getpid()}, 0)",
    "connect": "import socket; socket.create_connection(('127.0.0.1', 1), 1)",
    "use the network": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
    "mount": "import ctypes, os; r = ctypes.CDLL(None).mount(b'x', b'/proc', b'tmpfs', 0, None); assert r == 0",
}


@pytest.mark.parametrize("attempt", ESCAPES)
async def test_t03_sandboxed_child_cannot(attempt: str) -> None:
    if not sandbox_status().works:  # then there is nothing to escape from, and the deployer was told
        assert sandbox_status().detail.startswith("NO SANDBOX")
        return
    program = f"try:\n    {ESCAPES[attempt]}\nexcept (OSError, AssertionError):\n    print('refused')"
    finished = await run([sys.executable, "-I", "-S", "-c", program], limits=LIMITS, deadline=20)
    assert finished.stdout == b"refused\n"
