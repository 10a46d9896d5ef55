"""Which storages a site has: opened by name, one of them for what is new, none missing that still holds something."""

from contextlib import AsyncExitStack

from core.hooks import Hooks, ProviderError
from core.models import RenditionSet, Upload
from core.settings import Settings, SettingsError
from core.signing import Signer
from core.storage import Storage, Storages


async def open_storages(stack: AsyncExitStack, hooks: Hooks, settings: Settings, signer: Signer) -> Storages:
    """Open every storage. Raises SettingsError or ProviderError when it is not clear which takes new objects."""
    found: dict[str, Storage] = {}
    for plugin, provided in hooks.collect("storage", settings=settings, signer=signer):
        for manager in provided:
            storage = await stack.enter_async_context(manager)
            if found.setdefault(storage.name, storage) is not storage:
                raise SettingsError(f"two storages are named {storage.name!r}, one of them by {plugin}. Rename one.")
    return Storages(list(found.values()), _primary(list(found), settings.core.storage.primary))


async def require_storages_of_rows(storages: Storages) -> None:
    """Refuse to start without a storage that still holds something: its videos would all be broken."""
    for rows, what in ((Upload, "originals"), (RenditionSet, "sets of renditions")):
        for name in set(await rows.all().distinct().values_list("storage", flat=True)) - set(storages):
            count = await rows.filter(storage=name).count()
            raise SettingsError(
                f"{count} {what} lie in {name!r}, which no enabled plugin provides. Add its plugin to plugins in "
                "settings.toml; to leave it, run `mutoscope storage move` while both are enabled."
            )


def _primary(names: list[str], chosen: str) -> str:
    if not names:
        raise ProviderError("no enabled plugin provides a storage. Add one to plugins in settings.toml.")
    if chosen and chosen not in names:
        raise SettingsError(f"storage.primary = {chosen!r} is no storage here. There are: {', '.join(names)}.")
    if not chosen and len(names) > 1:
        raise SettingsError(f"{' and '.join(names)} are storages: say with storage.primary which takes new objects.")
    return chosen or names[0]
