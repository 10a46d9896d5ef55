"""U-15: unfinished uploads are few and do not last: five for each user, and a day.

There are no archives to bomb us with: nothing that is uploaded is unpacked (see `unproven.py`). What a bucket keeps of
forgotten uploads is in tests/plugins/storage_s3.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from core.models import Job, Upload, Video
from core.testing.sites import Browser, Site
from tests.core.videos.uploading import NEW, complete, send, stored
from tests.threats.on_disk import FIRST, ask, link_of, parts_on_disk


async def sixth_waits(browser: Browser) -> list[dict[str, Any]]:
    """Open as many uploads as are allowed, see one more refused, and return the others."""
    created = [await browser.api("POST", "/uploads", NEW) for _ in range(6)]
    assert [answer.status for answer in created] == [201] * 5 + [429]
    assert (created[5].json["code"], created[5].headers["Retry-After"]) == ("too_many_uploads", "60")
    return [answer.json for answer in created[:5]]


async def let_hours_pass(site: Site, hours: float) -> None:
    """Run what falls due in these hours."""
    later = datetime.now(UTC) + timedelta(hours=hours)
    await Job.filter(run_at__lte=later).update(run_at=datetime.now(UTC))
    await site.work()


async def test_u15_sixth_open_upload_has_to_wait(disk: Site, ada: Browser) -> None:
    created = await sixth_waits(ada)
    await ada.api("DELETE", f"/uploads/{created[0]['id']}")
    await ada.api("DELETE", f"/videos/{created[1]['video_id']}")
    again = [(await ada.api("POST", "/uploads", NEW)).status for _ in range(3)]
    assert again == [201, 201, 429]
    assert (await (await disk.browser(await disk.user("bob"))).api("POST", "/uploads", NEW)).status == 201


async def test_u15_twenty_creates_at_once_never_pass_the_limit(disk: Site, ada: Browser) -> None:
    answers = await asyncio.gather(*(ada.api("POST", "/uploads", NEW) for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [201] * 5 + [429] * 15
    assert await Upload.all().count() == await Video.all().count() == 5
    assert len({path.parent for path in parts_on_disk(disk)}) == 5


async def test_u15_day_later_nothing_is_left_of_them(disk: Site, ada: Browser) -> None:
    opened = await sixth_waits(ada)
    for upload in opened:
        await send(ada, upload, 1, 3)
    link = await link_of(ada, opened[0])
    await let_hours_pass(disk, 23)
    assert await Upload.all().count() == 5
    await let_hours_pass(disk, 25)
    assert not await Upload.exists()
    assert not await Video.exists()
    assert parts_on_disk(disk) == []
    assert (await ask(disk, "PUT", link, FIRST)).status == 404
    assert (await ada.api("GET", "/storage")).json["reserved"] == 0
    await sixth_waits(ada)


async def test_u15_complete_upload_outlives_the_day(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    await send(ada, upload, 1, 2, 3)
    await complete(ada, upload)
    await let_hours_pass(disk, 25)
    assert len(await stored(disk)) == await Upload.filter(state="accepted").count() == 1
