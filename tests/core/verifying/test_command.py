"""`mutoscope verify`: for people and for programs, with an exit code that says whether something was found."""

import asyncio
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from core.cli import main
from core.commands import opening
from core.models import Session
from core.testing.media import make_clip
from core.testing.sites import open_site
from tests.core.verifying.hls_tree import replace

SITE = {"storage_disk": None, "transcode_ffmpeg": None}


def run(*arguments: str) -> Result:
    """Run the command in this process, without its log."""
    with capture_logs():
        return CliRunner().invoke(main, ["verify", *arguments])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with the settings.toml of a small site."""
    for name in [name for name in os.environ if name.startswith("MUTOSCOPE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(opening, "configure_logs", lambda _: None)
    (tmp_path / "settings.toml").write_text(f"plugins = {json.dumps(list(SITE))}\n")
    return tmp_path


def test_good_set_is_told_as_a_table(good_tree: Path) -> None:
    result = run(str(good_tree / "master.m3u8"))
    assert result.exit_code == 0, result.output
    heading, high, *_ = result.output.splitlines()
    assert heading.split()[:4] == ["rendition", "kind", "segments", "codecs"]
    assert high.split()[:8] == ["high", "video", "4", "avc1.42c00c", "320x180", "25.0", "100", "4.0"]
    assert result.output.endswith("All is well: every rule is kept.\n")


def test_finding_is_told_with_its_remedy_and_the_exit_code(tree: Path) -> None:
    replace(tree / "master.m3u8", "160x90", "160x92")
    result = run(str(tree / "master.m3u8"))
    assert result.exit_code == 1
    assert "FAIL  resolution (low): RESOLUTION is 160x92, pictures have 160x90\n        → " in result.output
    assert result.output.endswith("\nFindings: 1.\n")


def test_json_has_all_that_was_measured(tree: Path) -> None:
    (tree / "low_3.m4s").unlink()
    result = run(str(tree / "master.m3u8"), "--json")
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert [(each["rule"], each["rendition"]) for each in told["findings"]] == [("reachable", "low")]
    assert told["findings"][0]["remedy"]
    high, low, _ = told["renditions"]
    assert (high["frames"], high["measured_peak"]) == (100, high["declared_bandwidth"])
    assert (low["segments"], low["frames"]) == (4, None)


@pytest.mark.parametrize("target", ["nowhere/master.m3u8", "http://127.0.0.1:1/master.m3u8"])
def test_nothing_to_verify_is_an_error(target: str, folder: Path) -> None:
    result = run(target)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: there is nothing to verify: ")


def test_unknown_video_is_an_error(folder: Path) -> None:
    with capture_logs():
        assert CliRunner().invoke(main, ["migrate"]).exit_code == 0
    result = run("0" * 16)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: video 0000000000000000 has no playlist")


@pytest.mark.slow
@pytest.mark.parametrize("visibility", ["private", "unlisted"])
def test_video_of_this_site_is_read_as_its_owner_reads_it(folder: Path, visibility: str) -> None:
    async def publish() -> str:
        clip = await make_clip(folder / "clip.mp4", seconds=1, size=(320, 180))
        async with open_site(folder / "data", SITE) as site:
            browser = await site.browser(await site.user())
            upload = await site.upload(browser, clip.read_bytes(), visibility=visibility)
            await site.work()
            return str(upload["video_id"])

    async def sessions() -> int:
        async with open_site(folder / "data", SITE):
            return await Session.all().count()

    video_id = asyncio.run(publish())
    result = run(video_id)
    assert result.exit_code == 0, result.output
    assert [line.split()[:3] for line in result.output.splitlines()[1:3]] == [
        ["180p", "video", "1"],
        ["audio", "audio", "1"],
    ]
    assert asyncio.run(sessions()) == 1  # the browser's; the command's own has ended
