"""A person's data: each plugin that stores some hands it out and takes it away."""

from typing import Any

from core.models import User
from tests.hooks.site_with import Opener


async def test_hook_export_user(site_with: Opener) -> None:
    async def export_user(user: User) -> dict[str, object]:
        return {"greetings": [f"hello {user.handle}"]}

    async with site_with(export_user) as site:
        user = await site.user()
        parts = [part async for part in site.services.hooks.ask("export_user", user=user)]

    assert parts == [{"greetings": ["hello ada"]}]


async def test_hook_erase_user(site_with: Opener) -> None:
    erased: list[Any] = []

    async def erase_user(user: User) -> None:
        erased.append(user.handle)

    async with site_with(erase_user) as site:
        await site.services.hooks.ask_guards("erase_user", user=await site.user())

    assert erased == ["ada"]
