"""The core's own migrations keep what a running site has, and say of it what the new columns ask."""

import shutil
from dataclasses import replace
from pathlib import Path

from core.database import open_database
from core.migration import upgrade
from core.models import RenditionSet, User
from tests.core.jobs.running import CORE_APP
from tests.core.made_up_apps import execute

NOW = "'2026-11-22 00:00:00+00:00'"
ROWS = [
    f"""INSERT INTO "user" (id, handle, display_name, role, epoch, created_at)
        VALUES ('ada', 'ada', 'Ada', 'creator', 0, {NOW})""",
    f"""INSERT INTO video (id, owner_id, title, description, visibility, link_key, playback_epoch, created_at)
        VALUES ('lake', 'ada', 'Lake', '', 'public', 'k', 0, {NOW})""",
    *(
        f"""INSERT INTO rendition_set (id, video_id, storage, prefix, complete, duration, created_at)
            VALUES ('{name}', 'lake', 'storage_disk', 'videos/lake/{name}', {{true}}, 6, {NOW})"""
        for name in ("full", "empty")
    ),
    *(
        f"""INSERT INTO rendition
            (rendition_set_id, name, kind, codecs, peak_bandwidth, average_bandwidth, init, segments)
            VALUES ('full', '{name}', 'video', 'avc1', 1, 1, 'init', '{segments}')"""
        for name, segments in [("360p", '[["a", 4.0, 3000000000], ["b", 2.0, 20]]'), ("audio", '[["c", 6.0, 1]]')]
    ),
]


async def test_sets_from_before_weigh_what_their_segments_do(database_url: str, tmp_path: Path) -> None:
    shutil.copy(CORE_APP.migrations / "0001_initial.py", tmp_path)
    async with open_database(database_url, [replace(CORE_APP, migrations=tmp_path)]) as database:
        await upgrade(database)
    true = "1" if database_url.startswith("sqlite") else "true"
    await execute(database_url, *(row.format(true=true) for row in ROWS))

    async with open_database(database_url, [CORE_APP]) as database:
        await upgrade(database)

        assert dict(await RenditionSet.all().values_list("id", "size")) == {"full": 3_000_000_021, "empty": 0}
        assert await User.all().values_list("upload_day", "uploads_begun") == [(None, 0)]
