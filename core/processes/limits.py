"""What a child process may use up before the kernel, or we, stop it."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one child. Sizes are in bytes.

    `processes` holds only inside the sandbox's own user namespace: elsewhere the kernel counts every process of the
    user, on the whole host. `output_bytes` and `output_files` bound the writable folder as a whole and are polled.
    """

    memory: int = 1024 * MIB
    cpu_seconds: int = 60
    file_size: int = 64 * MIB
    open_files: int = 256
    processes: int = 256
    output_bytes: int | None = None
    output_files: int | None = None
    stdout_bytes: int = 4 * MIB
    niceness: int = 10
