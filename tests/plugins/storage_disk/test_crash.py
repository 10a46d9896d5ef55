"""A crash at any step leaves everything whole or absent, and everything acknowledged is there (THREATS R-1, R-3)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.api import UploadTarget, composite
from core.testing.sending import sha256_of
from tests.plugins.storage_disk import crash

pytestmark = pytest.mark.slow
CHECKSUM = composite([sha256_of(crash.part_of(crash.NEW, number)) for number in (1, 2, 3)])


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One folder for every step before which a process was killed, and a last one in which none was."""
    folder = tmp_path_factory.mktemp("crashes")
    program = [sys.executable, "-m", "tests.plugins.storage_disk.crash", os.fspath(folder)]
    subprocess.run(program, check=True, timeout=150)
    return sorted(folder.iterdir(), key=lambda path: int(path.name))


class Aftermath:
    """What a crash left, beside what had been answered before it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger, self.objects = crash.ledger_in(folder), crash.objects_in(folder)
        self.told = [json.loads(line) for line in (folder / "journal").read_text().splitlines()]
        self.upload_id = next((entry[1] for entry in self.told if entry[0] == "opened"), None)

    def has(self, what: str) -> bool:
        return any(entry[0] == what for entry in self.told)

    def acknowledged(self) -> dict[int, str]:
        """The version of every part that was answered for and not begun again."""
        parts: dict[int, str] = {}
        for what, *more in self.told:
            if what == "sending":
                parts.pop(more[0], None)
            elif what == "sent":
                parts[more[0]] = more[1]
        return parts

    def content(self, number: int) -> bytes:
        """The bytes on the disk where a part belongs."""
        data = (self.folder / "root/.uploads" / str(self.upload_id) / "data").read_bytes()
        return crash.part_of(data, number)


def test_r3_every_step_was_crashed(crashes: list[Path]) -> None:
    assert len(crashes) > 40
    assert Aftermath(crashes[-1]).has("deleted")


def test_r3_part_is_whole_or_absent_after_a_crash(crashes: list[Path]) -> None:
    for after in map(Aftermath, crashes):
        if after.upload_id is None or after.objects.find(crash.KEY):
            continue
        received = {part.number for part in after.ledger.received(after.upload_id)}
        assert received >= set(after.acknowledged()), after.folder
        for number in received:
            versions = [crash.part_of(content, number) for content in (crash.OLD, crash.NEW)]
            assert after.content(number) in versions, after.folder


def test_r3_upload_goes_on_after_a_crash(crashes: list[Path]) -> None:
    for after in map(Aftermath, crashes):
        if after.upload_id is None:
            continue
        target = UploadTarget(crash.KEY, after.upload_id, crash.SIZE, crash.PART_SIZE)
        if after.objects.find(crash.KEY) is None:
            received = {part.number for part in after.ledger.received(after.upload_id)}
            for number in {1, 2, 3} - received | {2}:
                crash.send(after.ledger, after.upload_id, number, crash.NEW)
        assert after.ledger.complete(target, after.objects.path(crash.KEY)) == CHECKSUM
        assert after.objects.path(crash.KEY).read_bytes() == crash.NEW
        left = (after.folder / "root/.uploads" / after.upload_id).iterdir()
        assert [path.name for path in left] == ["upload.json"]


def test_r1_what_was_acknowledged_is_there_after_a_crash(crashes: list[Path]) -> None:
    for after in map(Aftermath, crashes):
        if after.has("completed"):
            assert ["completed", CHECKSUM] in after.told
            assert after.objects.path(crash.KEY).read_bytes() == crash.NEW
        stored = after.objects.find(crash.FILE)
        if stored:
            assert after.objects.path(crash.FILE).read_bytes() == crash.FILE_CONTENT
        assert not (after.has("stored") and after.has("deleted") and stored)
