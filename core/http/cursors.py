"""Keyset cursors: where a list goes on, signed and bound to that list, so that nobody can make one up."""

import base64
import json
import time

from core.problems import Problem
from core.signing import BadSignature, Signer

_LIFETIME = 7 * 86400


def encode_cursor(signer: Signer, list_name: str, values: list[str | int | float]) -> str:
    """Return an opaque cursor for the row with these keys."""
    text = base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()
    token = signer.token("cursor", {"list": list_name, "values": text}, expires_at=int(time.time()) + _LIFETIME)
    return f"{text}.{token}"


def decode_cursor(signer: Signer, list_name: str, cursor: str) -> list[str | int | float]:
    """Return the keys. Raises Problem 422 for a cursor that is forged, too old, or of another list."""
    text, _, token = cursor.partition(".")
    try:
        signer.check("cursor", {"list": list_name, "values": text}, token, max_lifetime=_LIFETIME)
    except BadSignature:
        complaint = "This cursor is not of this list, or too old. Start from the first page."
        raise Problem(422, "invalid_cursor", complaint, errors={"cursor": complaint}) from None
    values: list[str | int | float] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return values
