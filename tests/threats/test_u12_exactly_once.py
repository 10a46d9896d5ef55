"""U-12: however often and at once an upload is completed, it is one video, one job, one reservation."""

import asyncio
from typing import Any

import pytest

from core.models import Job, Upload, Video
from core.problems import Problem
from core.testing.sites import Browser, Site
from core.videos.upload import abort_upload
from tests.core.videos.uploading import SIZE, complete, send, stored


async def test_u12_twenty_completes_at_once_are_one(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    await send(ada, upload, 1, 2, 3)
    answers = await asyncio.gather(*(complete(ada, upload) for _ in range(20)))
    assert {(answer.status, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert await Job.filter(kind="videos.probe").count() == 1
    assert await Video.all().count() == await Upload.all().count() == len(await stored(disk)) == 1
    use = (await ada.api("GET", "/storage")).json
    assert (use["used"], use["reserved"]) == (SIZE, 0)


async def test_u12_retry_after_a_lost_answer_is_the_same_answer(
    disk: Site, ada: Browser, upload: dict[str, Any]
) -> None:
    await send(ada, upload, 1, 2, 3)
    first = await complete(ada, upload)
    await disk.work()
    again = await complete(ada, upload)
    assert (again.status, again.text) == (200, first.text)
    assert await Job.filter(kind="videos.probe").count() == 1


async def test_u12_complete_and_cancel_at_once_leave_one_of_both(
    disk: Site, ada: Browser, upload: dict[str, Any]
) -> None:
    await send(ada, upload, 1, 2, 3)
    done, gone = await asyncio.gather(complete(ada, upload), ada.api("DELETE", f"/uploads/{upload['id']}"))
    if gone.status == 204:
        assert done.status in (404, 409)
        assert await stored(disk) == set()
        assert not await Job.exists(kind="videos.probe")
    else:
        assert (done.status, gone.status) == (200, 409)
        assert len(await stored(disk)) == await Job.filter(kind="videos.probe").count() == 1


async def test_u12_cancel_that_a_complete_has_overtaken_is_refused(
    disk: Site, ada: Browser, upload: dict[str, Any]
) -> None:
    await send(ada, upload, 1, 2, 3)
    as_it_was = await Upload.get()
    await complete(ada, upload)
    with pytest.raises(Problem, match="409 upload_closed"):
        await abort_upload(disk.services, as_it_was)
    assert (await Upload.get()).state == "accepted"
    assert len(await stored(disk)) == 1
