"""Hash and check passwords: Argon2id in a few threads of its own, behind a queue that has an end."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from core.api import Problem

Result = TypeVar("Result")

# OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane: about 40 ms. The library's default is 6× dearer.
_ARGON2ID = Argon2Hasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)

# The hash of a random password that was thrown away: what an unknown account's password is compared with.
NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$T9BM0wbynM+I6J3USkKSng$OJ0G5ivQwdIAhPN0ZbiaXvlkSg9ZwbvgSRsskfGNnew"


class Hasher:
    """Hashing costs a core for a while, on purpose; this keeps a crowd of log-ins from taking the site with it."""

    def __init__(self, *, threads: int, queue: int) -> None:
        """Hash at most `threads` passwords at once and let `queue` more wait."""
        self._scheme = PasswordHash([_ARGON2ID])
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._places = threading.BoundedSemaphore(threads + queue)

    async def hash(self, password: str) -> str:
        """Return the hash to store. Raises Problem 503 when too many are waiting."""
        return await self._run(lambda: self._scheme.hash(password))

    async def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Tell whether the password is right, and give a new hash when the stored one is of an older kind.

        Without a stored hash the answer is no, after the same work: how long it takes must not tell who has an
        account (A-2). Raises Problem 503 when too many are waiting.
        """
        right, renewed = await self._run(lambda: self._scheme.verify_and_update(password, stored or NOBODYS_HASH))
        return right and stored is not None, renewed

    async def _run(self, work: Callable[[], Result]) -> Result:
        if not self._places.acquire(blocking=False):
            detail = "Too many people are signing in at this moment. Try again in a few seconds."
            raise Problem(503, "busy", detail, headers={"Retry-After": "5"})
        running = self._pool.submit(work)
        # The thread gives the place back: a client that hangs up in the middle must not make room for a third hash.
        running.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(running)
