"""The one place that signs: short-lived tokens, each bound to one purpose, under keys that can be rotated."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence


class BadSignature(Exception):
    """The token was not issued by us for this purpose and these fields, or its time has passed."""


class Signer:
    """Issues and checks tokens `<key id>.<expiry>.<MAC>`; the MAC is HMAC-SHA256 under a key of the purpose's own.

    The first secret signs; all of them verify, so an old one can stay until its last token has expired.
    """

    def __init__(self, secrets: Sequence[bytes], clock: Callable[[], float] = time.time) -> None:
        """`secrets` are at least 32 random bytes each; ValueError otherwise."""
        if not secrets or any(len(secret) < 32 for secret in secrets):
            raise ValueError("A signing secret has fewer than 32 bytes. Generate one with `openssl rand -hex 32`.")
        self._secrets = {hashlib.sha256(b"id" + secret).hexdigest()[:8]: secret for secret in secrets}
        self._current = next(iter(self._secrets))
        self._clock = clock

    def token(self, purpose: str, fields: Mapping[str, str | int], *, expires_at: int) -> str:
        """Return a URL-safe token for exactly these fields, dead at `expires_at` (Unix seconds)."""
        return f"{self._current}.{expires_at}.{self._mac(self._current, purpose, fields, expires_at)}"

    def check(self, purpose: str, fields: Mapping[str, str | int], token: str, *, max_lifetime: int) -> int:
        """Return the token's expiry; raise BadSignature when it is forged, over, or outlives `max_lifetime` seconds."""
        key_id, _, rest = token.partition(".")
        expiry, _, mac = rest.partition(".")
        # isdigit() alone lets "²" and "１" through, which int() reads differently from what was signed.
        if key_id not in self._secrets or not (expiry.isascii() and expiry.isdigit() and len(expiry) <= 12):
            raise BadSignature("malformed token")
        expires_at = int(expiry)
        expected = self._mac(key_id, purpose, fields, expires_at)
        if expiry != str(expires_at) or not hmac.compare_digest(expected.encode(), mac.encode(errors="replace")):
            raise BadSignature("wrong signature")
        if not self._clock() < expires_at <= self._clock() + max_lifetime:
            raise BadSignature("expired or too long-lived")
        return expires_at

    def _mac(self, key_id: str, purpose: str, fields: Mapping[str, str | int], expires_at: int) -> str:
        # A key per purpose (HKDF-Expand, RFC 5869, one block) makes a token of one kind useless to any other consumer.
        purpose_key = hmac.digest(self._secrets[key_id], b"mutoscope 1 " + purpose.encode() + b"\x01", "sha256")
        # Length prefixes keep ("ab", "c") and ("a", "bc") apart.
        parts = [str(expires_at), *(text for name in sorted(fields) for text in (name, str(fields[name])))]
        message = b"".join(b"%d:%s" % (len(raw), raw) for raw in (part.encode() for part in parts))
        return base64.urlsafe_b64encode(hmac.digest(purpose_key, message, "sha256")).rstrip(b"=").decode()
