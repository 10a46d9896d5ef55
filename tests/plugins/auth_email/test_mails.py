"""Mails are written and sent by jobs, whatever the mailer does."""

from core.api import Mail, MailRefused
from core.models import Job, JobState, User
from core.testing.sites import Browser, Site
from plugins.auth_email.models import OneTimeToken, Password
from tests.plugins.auth_email.people import mails, registered


class Unwilling:
    """A mailer that answers with an error, so many times."""

    name = "unwilling"

    def __init__(self, error: Exception, times: int) -> None:
        self.sent: list[Mail] = []
        self._errors = [error] * times

    async def send(self, mail: Mail) -> None:
        if self._errors:
            raise self._errors.pop()
        self.sent.append(mail)


async def test_refused_mail_ends_with_the_reason(site: Site, client: Browser) -> None:
    await registered(site)
    site.services.mailer = Unwilling(MailRefused("550 no such person"), 9)

    await client.post("/reset", {"login": "ada"})
    await site.work()

    job = await Job.get(kind="auth_email.mail")
    assert (job.state, job.error_code, job.error_detail) == (JobState.FAILED, "mail_refused", "550 no such person")


async def test_mail_is_tried_again_with_a_new_link(site: Site, client: Browser) -> None:
    await registered(site)
    site.services.mailer = mailer = Unwilling(ConnectionError("away"), 2)

    await client.post("/reset", {"login": "ada"})
    await site.work()

    assert (await Job.get(kind="auth_email.mail")).state is JobState.DONE
    assert len(mailer.sent) == 1
    assert await OneTimeToken.all().count() == 1


async def test_user_without_address_gets_no_mail(site: Site, client: Browser) -> None:
    await registered(site)
    await User.all().update(email=None, email_key=None)

    assert (await client.post("/reset", {"login": "ada"})).status == 202

    assert await mails(site) == []
    assert (await Job.get(kind="auth_email.mail")).state is JobState.DONE


async def test_site_that_lost_its_mailer_says_so_in_the_job(site: Site, client: Browser) -> None:
    await registered(site)
    await client.post("/reset", {"login": "ada"})
    site.services.mailer = None

    await site.work()

    assert (await Job.get(kind="auth_email.mail")).error_code == "no_mailer"


async def test_job_holds_no_address_and_no_link(site: Site, client: Browser) -> None:
    await registered(site)

    await client.post("/reset", {"login": "ada@example.org"})

    job = await Job.get(kind="auth_email.mail")
    assert job.payload == {"message": "reset", "user": (await User.get(handle="ada")).id}


async def test_hook_export_user_tells_what_is_stored_and_no_secret(site: Site, client: Browser) -> None:
    await registered(site)
    await client.post("/reset", {"login": "ada"})
    await site.work()

    user = await User.get(handle="ada")
    exports = [found async for found in site.services.hooks.ask("export_user", user=user)]

    [mine] = [found for found in exports if "password_changed_at" in found]
    assert [link["purpose"] for link in mine["links"]] == ["reset"]
    assert "argon2" not in str(mine)


async def test_hook_erase_user_leaves_nothing(site: Site, client: Browser) -> None:
    await registered(site)
    await client.post("/reset", {"login": "ada"})
    await site.work()

    await site.services.hooks.announce("erase_user", user=await User.get(handle="ada"))

    assert not await Password.exists()
    assert not await OneTimeToken.exists()
