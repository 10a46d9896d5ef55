"""Passwords that are cheap to hash, wherever the hash is not what a test is about."""

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from plugins.auth_email import passwords


@pytest.fixture(autouse=True)
def cost_of_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as Argon2id does, in a millisecond."""
    monkeypatch.setattr(passwords, "_ARGON2ID", Argon2Hasher(memory_cost=8, time_cost=1, parallelism=1))
