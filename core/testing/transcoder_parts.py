"""The part of a transcoder's contract about chunks, growth, sound alone, and the storyboard."""

from itertools import pairwise
from pathlib import Path

import pytest

from core.testing.chunks import chunks, joined, lengths, whole
from core.testing.renditions import decode
from core.transcoding import Chunk, EncodedSet, Plan, Transcoder


async def silence(_: float) -> None:
    """Be the `Report` of somebody who does not look."""


async def encode_each(
    transcoder: Transcoder, source: Path, plan: Plan, parts: list[Chunk], folder: Path
) -> list[EncodedSet]:
    """Encode every chunk into the same folder, as if each had been fetched from where it was made."""
    encoded = []
    for part in parts:
        output = folder / f"chunk_{part.index}"
        output.mkdir()
        encoded.append(await transcoder.encode(source, plan, part, output, silence))
        for path in output.iterdir():
            target = folder / path.name
            # Only initialisation segments have the same name in every chunk, and they must be the same.
            assert not target.exists() or target.read_bytes() == path.read_bytes(), f"{path.name} is another"
            path.rename(target)
        output.rmdir()
    return encoded


class PartsContract:
    """What every transcoder promises of parts; `TranscoderContract` has the fixtures."""

    @pytest.fixture
    async def parts(self, transcoder: Transcoder, clip: Path, plan: Plan, tmp_path: Path) -> list[EncodedSet]:
        folder = tmp_path / "parts"
        folder.mkdir()
        return await encode_each(transcoder, clip, plan, chunks(plan, segments=1), folder)

    async def test_chunks_join_to_the_whole(self, parts: list[EncodedSet], encoded: EncodedSet, plan: Plan) -> None:
        assert len(parts) > 1
        videos = [rendition for rendition in encoded.renditions if rendition.kind == "video"]
        for together, alone in zip(joined(parts), videos, strict=True):
            assert together.codecs == alone.codecs
            assert [s.name for s in together.segments] == [s.name for s in alone.segments]
            durations = [segment.duration for segment in alone.segments]
            assert [segment.duration for segment in together.segments] == pytest.approx(durations, abs=1e-5)

    async def test_growth_only_grows_and_ends_with_the_whole(
        self, transcoder: Transcoder, clip: Path, plan: Plan, output: Path
    ) -> None:
        seen: list[EncodedSet] = []

        async def grown(so_far: EncodedSet) -> None:
            for rendition in so_far.renditions:
                assert all((output / s.name).stat().st_size == s.size for s in rendition.segments)
            seen.append(so_far)

        encoded = await transcoder.encode(clip, plan, whole(plan), output, silence, grown)
        counts = [[len(r.segments) for r in so_far.renditions if r.kind == "video"] for so_far in seen]
        assert all(len(set(count)) == 1 for count in counts)
        assert [count[0] for count in counts] == sorted({count[0] for count in counts})
        assert seen[-1].renditions == encoded.renditions
        for before, after in pairwise(seen):
            for early, late in zip(before.renditions, after.renditions, strict=True):
                assert late.segments[: len(early.segments)] == early.segments

    async def test_sound_alone_is_the_sound_of_the_whole(
        self, transcoder: Transcoder, clip: Path, plan: Plan, encoded: EncodedSet, output: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "sound"
        folder.mkdir()
        alone = await transcoder.encode_sound(clip, plan, folder, silence)
        assert [r.name for r in alone.renditions] == [sound.name for sound in plan.sounds]
        for mine, theirs in zip(alone.renditions, encoded.renditions[-len(plan.sounds) :], strict=True):
            assert mine.segments == theirs.segments
        assert sorted(alone.files()) == sorted(path.name for path in folder.iterdir())

    async def test_sound_that_is_not_there_cannot_be_encoded(
        self, transcoder: Transcoder, clip: Path, plan: Plan, output: Path
    ) -> None:
        with pytest.raises(ValueError, match="sound"):
            await transcoder.encode_sound(clip, plan.model_copy(update={"sounds": ()}), output, silence)

    async def test_storyboard_covers_the_whole_time(
        self, parts: list[EncodedSet], encoded: EncodedSet, plan: Plan
    ) -> None:
        assert plan.storyboard is not None
        expected = int((plan.frames - 1) // (plan.storyboard.interval * plan.frame_rate)) + 1
        for sheets in (encoded.sheets, [sheet for part in parts for sheet in part.sheets]):
            numbers = [sheet.first + index for sheet in sheets for index in range(sheet.pictures)]
            assert numbers == list(range(expected))
        assert plan.storyboard.width % 2 == plan.storyboard.height % 2 == 0

    async def test_chunks_have_the_posters_of_the_whole(self, parts: list[EncodedSet], encoded: EncodedSet) -> None:
        assert encoded.posters
        assert sorted(name for part in parts for name in part.posters) == sorted(encoded.posters)

    async def test_cuts_are_honoured_in_every_rung(
        self, transcoder: Transcoder, clip: Path, plan: Plan, output: Path
    ) -> None:
        cuts = (0, 50, 75, plan.frames - 20)
        encoded = await transcoder.encode(clip, plan, whole(plan, cuts), output, silence)
        expected = [float(frames / plan.frame_rate) for frames in lengths(cuts, plan.frames)]
        for rendition in (r for r in encoded.renditions if r.kind == "video"):
            assert [s.duration for s in rendition.segments] == pytest.approx(expected, abs=1e-3)

    async def test_without_rungs_only_pictures_for_people_are_made(
        self, transcoder: Transcoder, clip: Path, plan: Plan, encoded: EncodedSet, tmp_path: Path
    ) -> None:
        folder = tmp_path / "no_rungs"
        folder.mkdir()
        bare = plan.model_copy(update={"rungs": (), "sounds": ()})
        alone = await transcoder.encode(clip, bare, whole(bare, whole(plan).cuts), folder, silence)
        assert (alone.renditions, alone.sheets, alone.posters) == ((), encoded.sheets, encoded.posters)
        assert sorted(alone.files()) == sorted(path.name for path in folder.iterdir())

    async def test_processor_time_is_told(self, encoded: EncodedSet) -> None:
        assert encoded.cpu_seconds > 0


class RealPartsContract:
    """What a transcoder promises of chunks that players decode."""

    async def test_joined_chunks_play_as_the_whole_does(
        self, encoded: EncodedSet, output: Path, parts: list[EncodedSet], tmp_path: Path
    ) -> None:
        for together, alone in zip(joined(parts), encoded.renditions, strict=False):
            chunked, in_one = decode(tmp_path / "parts", together), decode(output, alone)
            assert chunked.times == pytest.approx(in_one.times, abs=1e-4)
            assert chunked.shapes == in_one.shapes

    async def test_joined_segments_begin_where_the_ones_before_end(
        self, parts: list[EncodedSet], tmp_path: Path, plan: Plan
    ) -> None:
        frame = float(1 / plan.frame_rate)
        for together in joined(parts):
            times = sorted(decode(tmp_path / "parts", together).times)
            gaps = [after - before for before, after in pairwise(times)]
            assert gaps == pytest.approx([frame] * (len(times) - 1), abs=1e-4)
