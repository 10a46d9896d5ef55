"""Upload, send a part twice, complete, store and delete a file; and die by SIGKILL before one chosen step of it.

Run as a program: `python -m tests.plugins.storage_disk.crash FOLDER`. For every k it forks a child that works in
FOLDER/k and dies before its k-th change to the disk; a write is half done by then. The last child lives to the end.
"""

import itertools
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.api import StorageKey
from core.testing.sending import sha256_of
from plugins.storage_disk import durable
from plugins.storage_disk.objects import ObjectFiles
from plugins.storage_disk.parts import PartLedger

KEY = StorageKey("originals/0video/0upload")
FILE = StorageKey("videos/0video/0set/720p/1.m4s")
PART_SIZE = 1000
SIZE = 2500
OLD, NEW = b"old!" * 625, b"new!" * 625
FILE_CONTENT = b"segment!" * 500
STEPS = ("pwrite", "fsync", "rename", "replace", "unlink", "mkdir", "copy_file_range")

append = os.write


class Journal:
    """What the child was told, written down before it goes on."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "journal", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def tell(self, what: str, *more: object) -> None:
        append(self._file, (json.dumps([what, *more]) + "\n").encode())


def ledger_in(folder: Path) -> PartLedger:
    return PartLedger(folder / "root" / ".uploads", folder / "root" / ".scratch")


def objects_in(folder: Path) -> ObjectFiles:
    return ObjectFiles(folder / "root", folder / "root" / ".scratch")


def part_of(content: bytes, number: int) -> bytes:
    return content[(number - 1) * PART_SIZE : number * PART_SIZE]


def send(ledger: PartLedger, upload_id: str, number: int, content: bytes) -> None:
    """Send one part, declared with its checksum, in two writes."""
    part = part_of(content, number)
    writer = ledger.writer(upload_id, number, sha256_of(part))
    try:
        writer.open()
        writer.write(part[:300])
        writer.write(part[300:])
        writer.commit()
    finally:
        writer.close()


def work(folder: Path, journal: Journal) -> None:
    """Do everything that a storage does, and tell of it."""
    ledger, objects = ledger_in(folder), objects_in(folder)
    target = ledger.open(KEY, size=SIZE, part_size=PART_SIZE)
    journal.tell("opened", target.upload_id)
    for number, content in ((1, NEW), (2, OLD), (2, NEW), (3, NEW)):
        journal.tell("sending", number)
        send(ledger, target.upload_id, number, content)
        journal.tell("sent", number, content[:4].decode())
    journal.tell("completed", ledger.complete(target, objects.path(KEY)))
    objects.put(FILE, folder / "source")
    journal.tell("stored")
    objects.delete([FILE])
    journal.tell("deleted")


def die_before(step: int) -> None:
    """Let SIGKILL come before the given change to the disk, counted from 1."""
    counter = itertools.count(1)

    def guarded(really: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if next(counter) == step:
                if name == "pwrite":
                    descriptor, content, offset = args
                    really(descriptor, content[: len(content) // 2], offset)
                os.kill(os.getpid(), signal.SIGKILL)
            return really(*args, **kwargs)

        return call

    for name in STEPS:
        setattr(os, name, guarded(getattr(os, name), name))
    durable.sync_data = guarded(durable.sync_data, "fdatasync")


def main(folder: Path) -> None:
    for step in itertools.count(1):
        mine = folder / str(step)
        for part in ("root/.uploads", "root/.scratch"):
            (mine / part).mkdir(parents=True)
        (mine / "source").write_bytes(FILE_CONTENT)
        journal = Journal(mine)
        child = os.fork()
        if child == 0:
            die_before(step)
            work(mine, journal)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
