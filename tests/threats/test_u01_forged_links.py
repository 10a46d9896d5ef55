"""U-1: whoever changes anything of a signed upload link writes nothing.

A changed field is a 403; where the change breaks the shape of a link, or leads to another address, it is refused even
before the signature is looked at, with 400, 404 or 405. The link binds purpose, method, upload, part, length and
expiry; user, path and content type are the upload's own, whose id of 128 random bits is bound. Paths are compared after
being decoded once (U-3), so that one which only escapes a letter is the same path, and no forgery.
"""

import random
import re
from typing import Any

import pytest

from core.testing.sites import Browser, Site
from tests.threats.on_disk import FIRST, ask, link_of, received

REFUSED = {400, 403, 404, 405}
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~%/?&=+;,:@!$'()*"


def fields_of(link: str) -> dict[str, tuple[int, int]]:
    """Return where each value of a link stands: the path's, the query's, and the three of the token."""
    values = {f"path {at.start()}": at.span() for at in re.finditer("[0-9a-f]{32}|(?<=/)[0-9]+(?=[?])", link)}
    for at in re.finditer("([a-z0-9]+)=([^&]+)", link):
        values[f"value of {at[1]}"] = at.span(2)
        values[f"name {at[1]}"] = at.span(1)
    token = re.search(r"[?&]t=([^.&]+)\.([^.&]+)\.([^.&]+)", link)
    assert token is not None
    return values | {name: token.span(group) for group, name in enumerate(("key id", "expiry", "MAC"), start=1)}


def changes_of(text: str) -> dict[str, str]:
    """Return what is tried with one value."""
    flipped = chr(ord(text[0]) ^ 1)
    return {
        "flipped": flipped + text[1:],
        "flipped at the end": text[:-1] + chr(ord(text[-1]) ^ 1),
        "dropped": "",
        "doubled": text * 2,
        "in another case": text.swapcase(),
        "in another encoding": f"%{ord(text[0]):02x}{text[1:]}",
    }


async def test_u1_changed_field_writes_nothing(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    link = await link_of(ada, upload)
    fields = fields_of(link)
    assert {"value of t", "key id", "expiry", "MAC"} <= set(fields)
    assert len(fields) >= 7
    for name, (start, end) in fields.items():
        for change, value in changes_of(link[start:end]).items():
            same_path = name.startswith("path") and change == "in another encoding"
            if (forged := link[:start] + value + link[end:]) != link and not same_path:
                answer = await ask(disk, "PUT", forged, FIRST)
                assert answer.status in REFUSED, f"{name} {change}: {forged}"
    assert await received(ada, upload) == []
    assert (await ask(disk, "PUT", link, FIRST)).status == 200


async def test_u1_field_left_out_or_said_twice_writes_nothing(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    path, _, query = (await link_of(ada, upload)).partition("?")
    pairs = query.split("&")
    for index, pair in enumerate(pairs):
        for others in (pairs[:index] + pairs[index + 1 :], [*pairs, pair], [pair, *pairs]):
            assert (await ask(disk, "PUT", f"{path}?{'&'.join(others)}", FIRST)).status in (400, 403)
    assert await received(ada, upload) == []


def mutated(link: str, chance: random.Random) -> str:
    """Return the link after one to three changes of single characters."""
    text = link
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(1, len(text))
        text = text[:at] + chance.choice(["", chance.choice(LETTERS)]) + text[at + chance.randint(0, 1) :]
    return text


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_u1_none_of_2000_random_changes_is_accepted(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    link, chance, tried = await link_of(ada, upload), random.Random(20261123), 0  # noqa: S311 - a test's own dice
    while tried < 2000:
        if (forged := mutated(link, chance)) == link:
            continue
        answer = await ask(disk, "PUT", forged, FIRST)
        assert answer.status in REFUSED | {414}, forged
        tried += 1
    assert await received(ada, upload) == []
