"""Our transcoder as a worker calls it, but for the database: sandboxed, limited, watched, and its output checked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core.services import configure_from
from core.testing.chunks import whole
from core.transcoding import Chunk, EncodedSet, Plan, Transcoder


@asynccontextmanager
async def open_transcoder(folder: Path) -> AsyncIterator[Transcoder]:
    """Give the transcoder with its defaults."""
    settings, plugins = configure_from({"plugins": ["transcode_ffmpeg"], "data_dir": str(folder / "data")})
    async with plugins.hooks.provider("transcoder", settings=settings) as transcoder:
        yield transcoder


async def encode(transcoder: Transcoder, source: Path, plan: Plan, chunk: Chunk, output: Path) -> EncodedSet:
    """Encode a chunk into a folder of its own below `output`."""
    folder = output / f"chunk-{chunk.index}"
    folder.mkdir()
    return await transcoder.encode(source, plan, chunk, folder, nobody_listens)


async def encode_all(transcoder: Transcoder, source: Path, plan: Plan, output: Path) -> EncodedSet:
    """Encode every rung, and the sound, in one piece."""
    return await encode(transcoder, source, plan, whole(plan), output)


async def copy_and_encode(transcoder: Transcoder, source: Path, plan: Plan, output: Path) -> None:
    """Take the source for the top rung, and encode those below where it is cut."""
    folder = output / "copy"
    folder.mkdir()
    copied = await transcoder.copy(source, plan, folder, nobody_listens)
    if copied.cuts is None:
        raise RuntimeError(f"{source.name} is on no frame grid: its copy is no rung to switch from")
    left = plan.below_the_top()
    silent = whole(left, copied.cuts).model_copy(update={"with_sound": False})
    await encode(transcoder, source, left, silent, output)


async def nobody_listens(_: float) -> None:
    """Be the report of somebody who waits for the end."""
