"""An S3 store for measurements, and the tool that others copy with: `rclone serve s3` and `rclone copy`."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.sending import IN_FLIGHT

_PROGRAM = str(Path(sys.executable).parent / "rclone")
_ACCESS_KEY, _SECRET_KEY = "BENCHACCESSKEY", "not-a-secret-but-a-bench-key"
_BUCKET = "bench"
_PATIENCE = 20


@dataclass(frozen=True, slots=True)
class S3Store:
    """The running server; its bucket is a folder."""

    url: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What leads a site to the bucket."""
        table = {
            "BUCKET": _BUCKET,
            "ENDPOINT": self.url,
            "ACCESS_KEY": _ACCESS_KEY,
            "SECRET_KEY": _SECRET_KEY,
            "CONDITIONAL_WRITES": "false",
        }
        return {f"MUTOSCOPE_STORAGE_S3__{name}": value for name, value in table.items()}

    async def copy(self, source: Path, part_size: int) -> float:
        """Send a file as `rclone copy` does, with as many parts in flight as we; return the seconds it took."""
        remote = (
            f":s3,provider=Other,endpoint='{self.url}',access_key_id={_ACCESS_KEY},secret_access_key={_SECRET_KEY}:"
        )
        sizes = [f"--s3-chunk-size={part_size}B", "--s3-upload-cutoff=0", f"--s3-upload-concurrency={IN_FLIGHT}"]
        started = time.monotonic()
        await _run(
            _PROGRAM, "copy", str(source), f"{remote}{_BUCKET}/copy", *sizes, "--config=/dev/null", "--no-check-dest"
        )
        seconds = time.monotonic() - started
        (self.folder / _BUCKET / "copy" / source.name).unlink()
        return seconds


@asynccontextmanager
async def serving_s3(folder: Path) -> AsyncIterator[S3Store]:
    """Serve an empty bucket until the end of the block."""
    (folder / _BUCKET).mkdir(parents=True)
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{chosen.getsockname()[1]}"
    command = [_PROGRAM, "serve", "s3", str(folder), "--addr", address, "--config=/dev/null"]
    process = await asyncio.create_subprocess_exec(
        *command, "--auth-key", f"{_ACCESS_KEY},{_SECRET_KEY}", stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _until_it_listens(address)
        yield S3Store(f"http://{address}", folder)
    finally:
        process.terminate()
        await process.wait()


async def _until_it_listens(address: str) -> None:
    host, _, port = address.partition(":")
    async with asyncio.timeout(_PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, int(port))
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, env={**os.environ, "LC_ALL": "C"}
    )
    _, stderr = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {stderr.decode()[-2000:]}")
