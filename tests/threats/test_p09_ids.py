"""Knowing how ids are made, or one of them, leads to no other video, and to no unlisted one without its key (P-9)."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest
from tortoise import Tortoise, connections, fields

from core.models import Role, Video, Visibility, new_id, new_secret_id
from core.testing.sites import Browser, Site
from tests.core.videos.states import in_state
from tests.threats.crawling import real_paths
from tests.threats.watching import MEDIA, PAGES, TEXTS, addresses, ask, captioned

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
CANARY = 765_432_100  # added to every integer key, so that one is recognised wherever it appears


async def test_p9_unlisted_video_needs_its_very_key(site: Site, studio: Browser, client: Browser) -> None:
    video = await captioned(studio, await in_state(site, studio, "published", Visibility.UNLISTED))
    close = (video.link_key[:-1], f"{video.link_key}x", video.link_key.upper())
    for wrong in ("", *(f"?key={key}" for key in ("", "wrong", "%00", "%C3%A9", "0" * 26, *close))):
        for kind, path in (await addresses(site, client, video, wrong)).items():
            assert (await ask(client, path)).status == (401 if kind == "original" else 404), (kind, wrong)


async def test_p9_old_key_is_dead_when_the_link_is_another(site: Site, studio: Browser, client: Browser) -> None:
    video = await captioned(studio, await in_state(site, studio, "published", Visibility.UNLISTED))
    before = await addresses(site, client, video, f"?key={video.link_key}")
    renewed = await studio.api("POST", f"/videos/{video.id}/link", {})
    assert renewed.status == 200
    key = renewed.json["watch_url"].partition("?")[2]
    after = await addresses(site, client, video, f"?{key}")
    for kind in (*PAGES, *MEDIA, *TEXTS):
        assert (await ask(client, before[kind])).status == 404, kind
        assert (await ask(client, after[kind])).status == 200, kind


async def test_p9_key_has_128_bits_and_differs_from_video_to_video(site: Site, studio: Browser) -> None:
    keys = [(await in_state(site, studio, "draft", Visibility.UNLISTED)).link_key for _ in range(3)]
    assert len({*keys}) == 3
    assert all(len(key) * 5 >= 128 and set(key) <= set(ALPHABET) for key in keys)


@pytest.mark.slow
@pytest.mark.parametrize("visibility", [Visibility.UNLISTED, Visibility.PRIVATE])
async def test_p9_what_is_not_public_is_in_no_list(site: Site, studio: Browser, visibility: Visibility) -> None:
    public = await in_state(site, studio, "published", Visibility.PUBLIC)
    hidden = await in_state(site, studio, "published", visibility)
    paths = await real_paths(site, await Video.get(id=public.id).select_related("owner", "current_set"))
    for browser in (await site.browser(), await site.browser(await site.user("bob", Role.CREATOR))):
        for name, path in paths.items():
            answer = await ask(browser, path)
            assert hidden.id.encode() not in answer.body, name
            assert hidden.link_key.encode() not in answer.body, name


async def test_p9_no_answer_holds_a_number_that_counts_rows(site: Site, studio: Browser, client: Browser) -> None:
    video = await in_state(site, studio, "published", Visibility.PUBLIC)
    counted = [
        model
        for app in Tortoise.apps.values()
        for model in app.values()
        if isinstance(model._meta.pk, fields.IntField)  # noqa: SLF001 - Tortoise's own name for what a model is
    ]
    for model in counted:
        table, column = model._meta.db_table, model._meta.db_pk_column  # noqa: SLF001
        await connections.get("default").execute_query(f'UPDATE "{table}" SET "{column}" = "{column}" + {CANARY}')
    paths = await real_paths(site, await Video.get(id=video.id).select_related("owner", "current_set"))
    assert "Rendition" in [model.__name__ for model in counted]
    for browser in (studio, client):
        for name, path in paths.items():
            answer = await ask(browser, path)
            assert str(CANARY)[:6] not in f"{answer.body!r} {answer.headers}", name


@pytest.mark.parametrize(("make", "length"), [(new_id, 16), (new_secret_id, 26)])
async def test_p9_ten_thousand_ids_have_no_pattern(make: Callable[[], str], length: int) -> None:
    ids = [make() for _ in range(10_000)]
    assert len(set(ids)) == 10_000
    assert {len(each) for each in ids} == {length}
    rising = sum(first < second for first, second in pairwise(ids))
    assert 4_700 < rising < 5_300  # in order they would be all or none; these bounds are ten deviations away
    for place in range(length):
        counts = Counter(each[place] for each in ids)
        expected = len(ids) / len(ALPHABET)
        surprise = sum((counts[letter] - expected) ** 2 / expected for letter in ALPHABET)
        assert surprise < 110, place  # chi-square of 31 degrees of freedom: one in 10^10 is above it
    assert len({first[:6] for first in ids}) > 9_990  # no part of a clock or a counter at the beginning
