"""The site starts, and is ready, whatever lies in its tables and folders (R-11, T-12; PeerTube's CVE-2025-32944)."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.chaos.journey import Journey
from tests.chaos.recording import DATABASE
from tests.chaos.server import QUICK, Server
from tests.chaos.transcoder_poison import POISON
from tests.fakes.transcoder_instant import instant_video

pytestmark = pytest.mark.slow

PLUGINS = ["storage_disk", "transcoder_poison"]
CPU_SECONDS = 10  # of the ten seconds in which it has to be ready, on a machine that does nothing else
FAR_FUTURE, PAST = "2100-01-01 00:00:00+00:00", "2000-01-01 00:00:00+00:00"
NASTY = "<script>alert(1)</script>\u202e\x00../../etc/passwd"


def poison_tables(data_dir: Path, video: str, poison: str) -> None:
    """Put into the tables what nobody should ever have stored, and into the folders what nobody knows."""
    with closing(sqlite3.connect(data_dir / DATABASE, timeout=30)) as connection, connection:
        stale = ((f"stale{number:011}", PAST) for number in range(100_000))
        connection.executemany(_A_JOB.format("uploads.expire", '{"upload": "none"}', "ready"), stale)
        for number, (kind, payload) in enumerate(_ODD_JOBS):
            row = (f"odd{number:013}", PAST)
            connection.execute(_A_JOB.format(kind, payload.replace("VIDEO", video), "running"), row)
        connection.execute("UPDATE video SET title = ?, description = ?, plan = ?", (NASTY[:100], NASTY, '{"no": 1}'))
        connection.execute("UPDATE upload SET file_name = ?, content_type = ?", (NASTY, NASTY[:90]))
        connection.execute("UPDATE rendition SET segments = ?, codecs = ?", (json.dumps([[NASTY, -1, 0]]), NASTY[:60]))
        connection.execute("UPDATE rendition_set SET storyboard = ?, poster = ?", ('{"no": 1}', NASTY[:60]))
        connection.execute("UPDATE job SET state = 'ready', attempts = 0 WHERE subject = ?", (poison,))
        worker = ("nobody", 1, FAR_FUTURE, FAR_FUTURE)
        connection.execute("INSERT INTO worker (name, slots, started_at, seen_at) VALUES (?, ?, ?, ?)", worker)
    for path in ("work/nobody-1/360p.m4s", "work/x-y-z/a", "work/a file", "media/.uploads/none/1", "media/.scratch/x"):
        place = data_dir / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"left")


_A_JOB = (
    "INSERT INTO job (id, kind, payload, state, run_at, attempts, fence, lease_until, progress, notes, created_at) "
    "VALUES (?, '{}', '{}', '{}', ?, 0, 0, '2000-01-01 00:00:00+00:00', 0, '{{}}', '2000-01-01 00:00:00+00:00')"
)
_ODD_JOBS = (
    ("videos.probe", "{}"),
    ("videos.probe", '{"upload": 7, "run": []}'),
    ("videos.chunk", '{"upload": "none", "chunk": "no chunk"}'),
    ("videos.finish", '{"upload": "none", "run": "VIDEO"}'),
    ("hooks.announce", '{"hook": "__init__"}'),
    ("nobody.knows", "[]"),
)


def cpu_seconds(server: Server) -> float:
    used = psutil.Process(server.pid).cpu_times()
    return float(used.user + used.system)


async def test_r11_and_t12_site_with_poison_in_every_table_is_ready_and_takes_uploads(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", plugins=PLUGINS)
    cookie = await server.prepare()
    try:
        await server.start()
        video = (await Journey(server, cookie, instant_video()).run())["video_id"]
        poison = await Journey(server, cookie, POISON).run()
        assert (poison["state"], poison["failure"]["code"]) == ("failed", "too_many_attempts")
        assert server.starts == QUICK["attempts"] + 1
        await server.kill()
        poison_tables(server.data_dir, video, poison["video_id"])
        await server.start()
        async with server.browser(cookie) as studio:
            assert (await studio.get("/readyz")).status == 200
            assert cpu_seconds(server) < CPU_SECONDS
            new = {"file_name": "clip.mp4", "size": 2048, "content_type": "video/mp4", "fingerprint": "new"}
            assert (await studio.api("POST", "/uploads", new)).status == 201
        assert server.alive
    finally:
        await server.kill()
