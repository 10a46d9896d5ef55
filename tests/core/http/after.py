"""A plugin that has a fragment for the proving page, or fails to make one."""

from markupsafe import Markup

from core.api import Fragment, hookimpl

broken = False


@hookimpl
async def page_slot(slot: str) -> Fragment | None:
    if broken:
        raise RuntimeError("this fragment cannot be made")
    return Fragment(Markup("<i>second</i>")) if slot == "proving.slot" else None
