"""Runs several ways to the same end in turns, so that whatever else the machine does falls on all of them."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


async def in_turns(ways: Mapping[str, Callable[[Path], Awaitable[T]]], rounds: int, folder: Path) -> dict[str, list[T]]:
    """Return what each way made of an empty folder, a round after another. What the last round left is still there."""
    found: dict[str, list[T]] = {name: [] for name in ways}
    for _ in range(rounds):
        for number, (name, way) in enumerate(ways.items()):
            own = folder / f"way-{number}"
            await asyncio.to_thread(_empty, own)
            found[name].append(await way(own))
    return found


def _empty(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
