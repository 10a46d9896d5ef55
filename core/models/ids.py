"""Public ids."""

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no look-alikes, safe in keys on any file system


def new_id(bits: int = 80) -> str:
    """Return a random public id of at least `bits` bits; ids carry no order and are no secret below 128 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(-(-bits // 5)))


def new_secret_id() -> str:
    """Return a random id of 130 bits that nobody can guess."""
    return new_id(128)
