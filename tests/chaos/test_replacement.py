"""Another file for a video, on either storage: the one before is kept as long as it is played, and then it is gone."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from core.http.sessions import cookie_name, start_session
from core.models import Role, Upload, UploadState, Video
from core.storage import StorageKey
from core.storage_audit import Tally, audit
from core.testing.sending import content_of
from core.testing.sites import Site, open_site
from tests.chaos.aftermath import check_aftermath
from tests.chaos.conftest import StageOpener
from tests.chaos.dealing import STORAGES
from tests.chaos.leftovers import leftovers, sweep
from tests.chaos.older import publish_older
from tests.chaos.plans import MIB, OLDER, Ending, Plan
from tests.chaos.recording import record
from tests.chaos.stage import Stage
from tests.chaos.uploader import Uploader
from tests.chaos.viewer import watch
from tests.fakes import transcoder_instant

pytestmark = pytest.mark.slow

NO_VIDEO = b"Dear diary".ljust(2000)
_SEGMENTS_OF_OLDER = 2 * 3
Opened = AbstractAsyncContextManager[tuple[Stage, Site, str]]


@pytest.fixture
def published(open_stage: StageOpener, tmp_path: Path) -> Callable[[str], Opened]:
    """Open a site on this storage with one published video, and return its id."""

    @asynccontextmanager
    async def opening(storage: str) -> AsyncIterator[tuple[Stage, Site, str]]:
        plan = Plan(0, storage, 5 * MIB, 5 * MIB + 1000, Ending.REPLACES, twins=False, reloads=False)
        plugins = {storage: None, "transcoder_instant": transcoder_instant}
        async with open_stage(plan) as stage, open_site(tmp_path / "data", plugins, stage.settings) as site:
            record(tmp_path / "data")
            stage.site.port = int(site.url.rpartition(":")[2])
            user, configured = await site.user("ada", Role.CREATOR), site.services.settings
            stage.cookie = (cookie_name(configured), await start_session(user, configured))
            yield stage, site, await publish_older(stage, site)

    return opening


async def used(stage: Stage) -> int:
    async with stage.browser() as browser:
        return int((await browser.api("GET", "/storage")).json["used"])


async def assert_every_byte_is_known(stage: Stage, site: Site) -> None:
    """The audit finds nothing, and the owner pays for what there is."""
    tally = Tally()
    assert [each async for each in audit(site.services, site.services.storages, tally, deep=True, mend=False)] == []
    assert await used(stage) == tally.size


@pytest.mark.parametrize("storage", STORAGES)
async def test_r_1_old_original_is_gone_and_its_quota_given_back_once_the_new_one_plays(
    storage: str, published: Callable[[str], Opened]
) -> None:
    async with published(storage) as (stage, site, video_id):
        old, before = await Upload.get(), await used(stage)
        await Uploader(stage, video_id).run()
        assert await content_of(site.services.storage, StorageKey(old.key)) == OLDER
        assert await used(stage) == before + stage.plan.size
        await check_aftermath(stage, site.services)
        assert await site.services.storage.stat(StorageKey(old.key)) is None
        assert not await Upload.exists(id=old.id)
        # The older film is twice as long, so that not only its original was given back.
        assert await used(stage) < before + stage.plan.size - len(OLDER)


@pytest.mark.parametrize("storage", STORAGES)
async def test_r_1_old_original_is_kept_while_the_new_one_fails(
    storage: str, published: Callable[[str], Opened]
) -> None:
    async with published(storage) as (stage, site, video_id), stage.browser() as browser:
        old = await Upload.get()
        await site.upload(browser, NO_VIDEO, replaces=video_id)
        await site.work()
        await sweep(site.services)
        assert (await browser.api("GET", f"/videos/{video_id}/status")).json["state"] == "failed"
        assert await watch(browser, video_id) == _SEGMENTS_OF_OLDER
        assert await content_of(site.services.storage, StorageKey(old.key)) == OLDER
        assert await Upload.filter(state=UploadState.ACCEPTED).count() == 2
        await assert_every_byte_is_known(stage, site)
        assert (await browser.api("DELETE", f"/videos/{video_id}?for_good=true")).status == 204
        await sweep(site.services)
        assert await leftovers(site.services) == []
        assert (await Video.all().count(), await used(stage)) == (0, 0)


async def test_r_1_new_file_is_played_although_the_video_was_deleted_before_it_was_ready(
    published: Callable[[str], Opened],
) -> None:
    async with published("storage_disk") as (stage, site, video_id), stage.browser() as browser:
        await Uploader(stage, video_id).run()
        assert (await browser.api("DELETE", f"/videos/{video_id}")).status == 204
        await site.work()
        assert (await browser.api("POST", f"/videos/{video_id}/restore", {})).status == 200
        await site.work()
        assert (await browser.api("GET", f"/videos/{video_id}/status")).json["state"] == "published"
        assert await Upload.filter(state=UploadState.ACCEPTED).count() == 1
        await check_aftermath(stage, site.services)
