"""The file before: what a video was made of that is to get another one."""

from core.testing.sites import Site
from tests.chaos.leftovers import sweep
from tests.chaos.plans import OLDER
from tests.chaos.stage import Stage


async def publish_older(stage: Stage, site: Site) -> str:
    """Publish a video before anything goes wrong, and return its id."""
    async with stage.browser() as browser:
        upload = await site.upload(browser, OLDER)
    stage.journal.acknowledge(upload["id"])
    stage.journal.older = str(upload["id"])
    await site.work()
    await sweep(site.services)
    return str(upload["video_id"])
