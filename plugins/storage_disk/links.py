"""The addresses of parts and objects: written here, read here, and accepted in no other spelling."""

import re

from core.api import BadSignature, ReadGrant, Signer, StorageKey, UploadTarget

_PART_QUERY = re.compile(r"length=([1-9][0-9]{0,14})&t=([A-Za-z0-9._-]{1,200})")
_READ_QUERY = re.compile(r"t=([A-Za-z0-9._-]{1,200})&v=([A-Za-z0-9._~-]{1,100})")


_CLOCK_SKEW = 300  # seconds that the clocks of two web processes may be apart


class MalformedLink(Exception):
    """The query is not one that we write: a parameter is missing, doubled, unknown or encoded in another way."""


class Links:
    """Signs and checks. No link counts while it has longer to live than `part_seconds` or `read_seconds`."""

    def __init__(self, signer: Signer, *, part_seconds: int, read_seconds: int) -> None:
        self._signer = signer
        self._part_seconds = part_seconds + _CLOCK_SKEW
        self._read_seconds = read_seconds + _CLOCK_SKEW

    def part(self, target: UploadTarget, number: int, *, expires_at: int) -> str:
        """Return the path that takes one part, in its exact length. Raises ValueError for a number outside 1…parts."""
        length = target.part_length(number)
        token = self._signer.token("upload-part", _part_fields(target.upload_id, number, length), expires_at=expires_at)
        return f"/media/uploads/{target.upload_id}/{number}?length={length}&t={token}"

    def check_part(self, upload_id: str, number: int, query: str) -> int:
        """Return the length in bytes that a part must have. Raises MalformedLink or BadSignature."""
        match = _PART_QUERY.fullmatch(query)
        if not match:
            raise MalformedLink
        length = int(match[1])
        self._signer.check(
            "upload-part", _part_fields(upload_id, number, length), match[2], max_lifetime=self._part_seconds
        )
        return length

    def object(self, key: StorageKey, grant: ReadGrant | None) -> str:
        """Return the path of an object. Raises ValueError for a grant whose prefix cannot be told from the key."""
        if grant is None:
            return f"/media/{key}"
        if grant.prefix not in _grantable(key):
            raise ValueError(f"a grant for {grant.prefix} cannot open {key}; grant one of {', '.join(_grantable(key))}")
        token = self._signer.token("read", _read_fields(grant.prefix, grant.subject), expires_at=grant.expires_at)
        return f"/media/{key}?t={token}&v={grant.subject}"

    def check_object(self, key: StorageKey, query: str) -> ReadGrant | None:
        """Return the grant a link carries, None for a plain one. Raises MalformedLink or BadSignature."""
        if not query:
            return None
        match = _READ_QUERY.fullmatch(query)
        if not match:
            raise MalformedLink
        token, subject = match.groups()
        for prefix in _grantable(key):
            try:
                expires_at = self._signer.check(
                    "read", _read_fields(prefix, subject), token, max_lifetime=self._read_seconds
                )
            except BadSignature:
                continue
            return ReadGrant(prefix, subject, expires_at)
        raise BadSignature("no grant for this object")


def _part_fields(upload_id: str, number: int, length: int) -> dict[str, str | int]:
    return {"method": "PUT", "upload": upload_id, "number": number, "length": length}


def _read_fields(prefix: StorageKey, subject: str) -> dict[str, str | int]:
    return {"prefix": prefix, "subject": subject}


def _grantable(key: StorageKey) -> list[StorageKey]:
    """The prefixes that core grants: `videos/<video>/<set>` for all in it, `originals/<video>/<upload>` for itself."""
    return list(dict.fromkeys([StorageKey("/".join(key.split("/")[:3])), key]))
