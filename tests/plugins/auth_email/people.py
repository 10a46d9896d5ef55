"""What people do with the pages of auth_email, in a word each."""

import re
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from urllib.parse import urlsplit

from core.models import User
from core.testing.sites import Answer, Browser, Site
from plugins.auth_email.models import Password

PASSWORD = "seven quiet green lamps"
OTHER_PASSWORD = "eleven loud blue doors"

_LINK = re.compile(r"http://\S+")
_CHANGING = re.compile(r'nonce="[^"]*"|nonce-[\w-]+')


async def register(browser: Browser, handle: str = "ada", **fields: str) -> Answer:
    """Send the form; the browser is signed in when the answer is 303."""
    form = {"handle": handle, "email": f"{handle}@example.org", "password": PASSWORD, **fields}
    return await browser.post("/register", form)


async def registered(site: Site, handle: str = "ada") -> Browser:
    """Return the browser of a new user."""
    browser = await site.browser()
    answer = await register(browser, handle)
    assert answer.status == 303, answer.text
    return browser


async def log_in(browser: Browser, login: str = "ada", password: str = PASSWORD, **fields: str) -> Answer:
    """Send the form."""
    return await browser.post("/login", {"login": login, "password": password, **fields})


async def is_signed_in(browser: Browser) -> bool:
    """Ask the API."""
    return (await browser.api("GET", "/account")).status == 200


async def mails(site: Site) -> list[EmailMessage]:
    """Run the jobs and return every mail that was ever sent, oldest first."""
    await site.work()
    found = []
    for path in sorted((site.services.settings.data_dir / "mail").glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def link_in(text: str) -> str:
    """Return the path and query of the first link."""
    found = _LINK.search(text)
    assert found, text
    parts = urlsplit(found[0])
    return f"{parts.path}?{parts.query}"


async def reset_link(site: Site, browser: Browser, login: str = "ada") -> str:
    """Ask for a new password and return the link from the mail."""
    answer = await browser.post("/reset", {"login": login})
    assert answer.status == 202, answer.text
    return link_in((await mails(site))[-1].get_content())


async def choose(browser: Browser, link: str, password: str = OTHER_PASSWORD) -> Answer:
    """Open the link and send a new password; the answer is the first one that is no step on this way."""
    opened = await browser.get(link)
    if opened.status != 303:
        return opened
    return await browser.post("/reset/password", {"password": password})


async def stored_hash(handle: str = "ada") -> str:
    """Return what the database keeps."""
    return (await Password.get(user=await User.get(handle=handle))).hash


def comparable(answer: Answer, *typed: str) -> tuple[int, Mapping[str, str], str]:
    """Return an answer without what differs each time anyway: nonces, dates, ids, and what was typed."""
    text = _CHANGING.sub("", answer.text)
    for word in typed:
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "…", text)  # not in the middle of an asset's hash
    unlike = {"date", "x-request-id", "content-length"}
    headers = {name.lower(): _CHANGING.sub("", value) for name, value in answer.headers.items()}
    return answer.status, {name: value for name, value in headers.items() if name not in unlike}, text
