"""No output holds what a file says about its owner, and nothing opens what a file names (T-1, T-9, T-13)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.storage import StorageKey
from core.testing.media import DISGUISES, ESCAPING_NAME, PLACE_BYTES, SCRIPT_TITLE, make_odd
from core.testing.media.makers import text
from core.testing.sending import content_of, keys_below
from core.transcoding import Reason
from tests.plugins.transcode_ffmpeg.corpus import Corpus, End, open_corpus

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

LOCATED = (
    "located.mp4",
    "located.mov",
    "located.mkv",
    "located_in_pictures.mp4",
    "located_in_sound.ts",
)
CANARY = "canary of another user"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def corpus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Corpus]:
    async with open_corpus(tmp_path_factory.mktemp("secrets") / "data") as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def listener() -> AsyncIterator[tuple[str, list[str]]]:
    """A server that counts who connects: its address, and its visitors."""
    visitors: list[str] = []

    async def meet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitors.append("somebody")
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/segment.ts", visitors


async def outputs(corpus: Corpus, video_id: str) -> dict[str, bytes]:
    """Return everything that was made of a video: the first version, the complete set, the posters."""
    storage = corpus.site.services.storage
    keys = await keys_below(storage, StorageKey(f"videos/{video_id}"))
    return {key: await content_of(storage, StorageKey(key)) for key in keys}


@pytest.mark.parametrize("name", LOCATED)
async def test_t13_no_output_says_where_it_was_taken(corpus: Corpus, media: Path, name: str) -> None:
    source = await make_odd(name, media)
    assert any(place in source.read_bytes() for place in PLACE_BYTES)
    end = await corpus.end_of(source)
    assert end.state == "published", end.detail
    made = await outputs(corpus, end.video_id)
    assert made
    secrets = (*PLACE_BYTES, SCRIPT_TITLE.encode())
    telling = [key for key, data in made.items() if any(secret in data for secret in secrets)]
    assert telling == []


async def test_t09_attachment_goes_nowhere(corpus: Corpus, media: Path) -> None:
    end = await corpus.end_of(await make_odd("attachment.mkv", media))
    assert [rendition.kind for rendition in (await corpus.verified(end.video_id)).renditions].count("audio") == 1
    name = Path(ESCAPING_NAME).name
    assert list(corpus.data.parent.rglob(f"*{name}*")) == []
    assert not any(b"this is no font" in data for data in (await outputs(corpus, end.video_id)).values())
    await corpus.assert_nothing_left(end.video_id)


async def test_t01_corpus_has_14_disguises() -> None:
    assert len(DISGUISES) >= 14


@pytest.mark.parametrize("kind", DISGUISES)
async def test_t01_disguise_opens_nothing(
    corpus: Corpus, tmp_path: Path, listener: tuple[str, list[str]], kind: str
) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text(CANARY)
    address, visitors = listener
    # What somebody else uploaded lies in the same storage.
    sibling = next(iter(await keys_below(corpus.site.services.storage, StorageKey("originals"))), "nobody")
    ends = await asyncio.gather(
        *(
            _end_of_text(corpus, tmp_path / f"{number}.mp4", DISGUISES[kind].format(target=target))
            for number, target in enumerate((address, canary.as_uri(), f"../../{sibling}"))
        )
    )
    for end in ends:
        assert (end.state, end.code) == ("failed", Reason.UNSUPPORTED_FORMAT), end.detail
        assert CANARY not in (end.detail or "")
        assert await outputs(corpus, end.video_id) == {}
        await corpus.assert_nothing_left(end.video_id)
    assert visitors == []


async def _end_of_text(corpus: Corpus, path: Path, content: str) -> End:
    await text(content)(path)
    return await corpus.end_of(path)
