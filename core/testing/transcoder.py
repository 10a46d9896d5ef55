"""The contract of a transcoder as tests: subclass it, say how to make yours, and run pytest.

    class TestMyTranscoder(RealTranscoderContract):
        @pytest.fixture
        async def transcoder(self) -> AsyncIterator[Transcoder]:
            async with open_my_transcoder(…) as transcoder:
                yield transcoder

`TranscoderContract` is what holds for every transcoder; `RealTranscoderContract` adds what only real media can show.
The fixture `clip` is a file that the transcoder takes and that may be offered without re-encoding; one that does not
read real media overrides it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from core.storage import StorageKey
from core.testing.chunks import whole
from core.testing.media import make_clip, media_folder
from core.testing.renditions import assert_plays
from core.testing.transcoder_parts import PartsContract, RealPartsContract
from core.transcoding import EncodedSet, MediaRejected, Plan, Reason, Transcoder


class Progress:
    """A `Report` that remembers; `started` is set by the first one."""

    def __init__(self) -> None:
        self.fractions: list[float] = []
        self.started = asyncio.Event()

    async def __call__(self, fraction: float) -> None:
        self.fractions.append(fraction)
        self.started.set()


Encode = Callable[[], Awaitable[EncodedSet]]


class TranscoderContract(PartsContract):
    """What every transcoder promises. Override nothing but the fixtures `transcoder` and, if need be, `clip`."""

    @pytest.fixture
    async def clip(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        options = ("-c:v", "libx264", "-preset", "fast", "-crf", "35", "-pix_fmt", "yuv420p", "-g", "60")
        return await make_clip(media_folder(tmp_path_factory) / "clip.mp4", seconds=5, size=(480, 270), options=options)

    @pytest.fixture
    async def plan(self, transcoder: Transcoder, clip: Path) -> Plan:
        return transcoder.plan(await transcoder.probe(clip))

    @pytest.fixture
    def output(self, tmp_path: Path) -> Path:
        folder = tmp_path / "output"
        folder.mkdir()
        return folder

    @pytest.fixture
    async def encoded(self, transcoder: Transcoder, clip: Path, plan: Plan, output: Path) -> EncodedSet:
        return await transcoder.encode(clip, plan, whole(plan), output, Progress())

    async def test_good_file_is_described(self, transcoder: Transcoder, clip: Path) -> None:
        info = await transcoder.probe(clip)
        assert info.duration > 0
        assert info.size == clip.stat().st_size
        assert min(info.video.width, info.video.height) > 0
        assert info.video.average_rate > 0
        assert type(info).model_validate_json(info.model_dump_json()) == info

    @pytest.mark.parametrize("content", [b"", b"Dear diary, this is not a video.\n" * 100])
    async def test_what_is_no_video_is_rejected_whatever_its_name(
        self, transcoder: Transcoder, tmp_path: Path, content: bytes
    ) -> None:
        path = tmp_path / "film.mp4"
        path.write_bytes(content)
        with pytest.raises(MediaRejected) as rejected:
            await transcoder.probe(path)
        assert rejected.value.reason in {Reason.UNSUPPORTED_FORMAT, Reason.DAMAGED}

    @pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1920), (854, 480), (322, 182), (201, 151)])
    async def test_plan_never_upscales(self, transcoder: Transcoder, plan: Plan, width: int, height: int) -> None:
        video = plan.info.video.model_copy(update={"width": width, "height": height})
        rungs = transcoder.plan(plan.info.model_copy(update={"video": video})).rungs
        assert all(rung.width <= width and rung.height <= height for rung in rungs)
        assert all(rung.width % 2 == rung.height % 2 == 0 for rung in rungs)

    async def test_plan_descends_from_the_largest_rung(self, transcoder: Transcoder, plan: Plan) -> None:
        areas = [rung.width * rung.height for rung in plan.rungs]
        assert areas == sorted(set(areas), reverse=True)
        assert len({rung.name for rung in plan.rungs}) == len(plan.rungs)
        assert transcoder.plan(plan.info) == plan

    async def test_encode_leaves_exactly_the_files_it_names(self, encoded: EncodedSet, output: Path) -> None:
        assert sorted(encoded.files()) == sorted(path.name for path in output.iterdir())
        for rendition in encoded.renditions:
            for segment in rendition.segments:
                assert (output / segment.name).stat().st_size == segment.size > 0

    async def test_file_names_can_be_storage_keys(self, encoded: EncodedSet) -> None:
        for name in encoded.files():
            assert StorageKey("videos").child(name) == f"videos/{name}"

    async def test_renditions_can_be_switched_at_every_segment(self, encoded: EncodedSet, plan: Plan) -> None:
        videos = [rendition for rendition in encoded.renditions if rendition.kind == "video"]
        frame = float(1 / plan.frame_rate)
        assert [(video.name, video.width, video.height) for video in videos] == [
            (rung.name, rung.width, rung.height) for rung in plan.rungs
        ]
        for segments in zip(*(video.segments for video in videos), strict=True):
            durations = [segment.duration for segment in segments]
            assert max(durations) - min(durations) <= frame

    async def test_every_sound_track_is_a_rendition_of_its_own(self, encoded: EncodedSet, plan: Plan) -> None:
        sounds = [rendition for rendition in encoded.renditions if rendition.kind == "audio"]
        assert [(sound.name, sound.language) for sound in sounds] == [(s.name, s.language) for s in plan.sounds]
        assert all(rendition.codecs and "," not in rendition.codecs for rendition in encoded.renditions)

    async def test_bandwidths_are_those_of_the_files(self, encoded: EncodedSet) -> None:
        for rendition in encoded.renditions:
            seconds = sum(segment.duration for segment in rendition.segments)
            bits = 8 * sum(segment.size for segment in rendition.segments)
            assert rendition.average_bandwidth == pytest.approx(bits / seconds, rel=0.01)
            assert rendition.peak_bandwidth >= rendition.average_bandwidth

    async def test_progress_only_grows_and_ends_with_one(
        self, transcoder: Transcoder, clip: Path, plan: Plan, output: Path
    ) -> None:
        progress = Progress()
        await transcoder.encode(clip, plan, whole(plan), output, progress)
        assert progress.fractions == sorted(progress.fractions)
        assert progress.fractions.count(1) == 1
        assert min(progress.fractions) >= 0

    async def test_same_plan_gives_the_same_shape(
        self, transcoder: Transcoder, clip: Path, plan: Plan, encoded: EncodedSet, tmp_path: Path
    ) -> None:
        again = tmp_path / "again"
        again.mkdir()
        assert _shape(await transcoder.encode(clip, plan, whole(plan), again, Progress())) == _shape(encoded)

    async def test_copy_keeps_the_pictures(self, transcoder: Transcoder, clip: Path, plan: Plan, output: Path) -> None:
        assert plan.copy_refused is None
        copied = await transcoder.copy(clip, plan, output, Progress())
        video = plan.info.video
        assert [(r.width, r.height) for r in copied.renditions if r.kind == "video"] == [(video.width, video.height)]
        assert len(copied.posters) == 1
        assert sorted(copied.files()) == sorted(path.name for path in output.iterdir())
        assert copied.cuts is not None
        assert len(copied.cuts) == len(copied.renditions[0].segments)

    async def test_copy_is_only_done_where_the_plan_allows(
        self, transcoder: Transcoder, clip: Path, plan: Plan, output: Path
    ) -> None:
        with pytest.raises(ValueError, match="rotated"):
            await transcoder.copy(clip, plan.model_copy(update={"copy_refused": "rotated"}), output, Progress())
        assert list(output.iterdir()) == []


class RealTranscoderContract(TranscoderContract, RealPartsContract):
    """What a transcoder promises whose output is decoded by players."""

    async def test_every_rendition_plays_from_start_to_end(self, encoded: EncodedSet, output: Path) -> None:
        assert_plays(output, encoded)

    async def test_copied_pictures_play(self, transcoder: Transcoder, clip: Path, plan: Plan, output: Path) -> None:
        assert_plays(output, await transcoder.copy(clip, plan, output, Progress()))

    async def test_posters_and_sheets_are_pictures(self, encoded: EncodedSet, output: Path) -> None:
        for name in [*encoded.posters, *(sheet.name for sheet in encoded.sheets)]:
            assert (output / name).read_bytes()[:3] == b"\xff\xd8\xff" or name.endswith(".webp")

    async def test_cancelled_encode_leaves_no_process(
        self, transcoder: Transcoder, clip: Path, plan: Plan, output: Path
    ) -> None:
        before = set(psutil.Process().children(recursive=True))
        task = asyncio.create_task(transcoder.encode(clip, plan, whole(plan), output, Progress()))
        async with asyncio.timeout(20):
            while not set(psutil.Process().children(recursive=True)) - before:  # noqa: ASYNC110 -- no event tells
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert set(psutil.Process().children(recursive=True)) <= before


def _shape(encoded: EncodedSet) -> list[tuple[str, str, tuple[float, ...]]]:
    return [(r.name, r.codecs, tuple(segment.duration for segment in r.segments)) for r in encoded.renditions]
