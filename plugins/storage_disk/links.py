"""The addresses of parts and objects: written here, read here, and accepted in no other spelling."""

import base64
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from core.api import BadSignature, ReadGrant, Signer, StorageKey, UploadTarget

_PART_QUERY = re.compile(r"length=([1-9][0-9]{0,14})(?:&sha256=([A-Za-z0-9_-]{43}=))?&t=([A-Za-z0-9._-]{1,200})")
_READ_QUERY = re.compile(r"t=([A-Za-z0-9._-]{1,200})&v=([A-Za-z0-9._~-]{1,100})(?:&n=([A-Za-z0-9._~%-]{1,4000}))?")

_SHA256_BYTES = 32
_CLOCK_SKEW = 300  # seconds that the clocks of two web processes may be apart


class MalformedLink(Exception):
    """The query is not one that we write: a parameter is missing, doubled, unknown or encoded in another way."""


@dataclass(frozen=True, slots=True)
class PartLink:
    """What a part's link says: its exact length in bytes, and the SHA-256 (base64) that its bytes must have, if any."""

    length: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class ReadLink:
    """What an object's link says: by whose leave it is read, and under which name it is saved; a plain one nothing."""

    grant: ReadGrant | None = None
    file_name: str | None = None


class Links:
    """Signs and checks. No link counts while it has longer to live than `part_seconds` or `read_seconds`."""

    def __init__(self, signer: Signer, *, part_seconds: int, read_seconds: int) -> None:
        self._signer = signer
        self._part_seconds = part_seconds + _CLOCK_SKEW
        self._read_seconds = read_seconds + _CLOCK_SKEW

    def part(self, target: UploadTarget, number: int, *, expires_at: int, sha256: str | None = None) -> str:
        """Return the path that takes one part, in its exact length, and with `sha256` (base64) these very bytes only.

        Raises ValueError for a number outside 1…parts, and for what is no SHA-256.
        """
        length, checksum = target.part_length(number), _in_url(sha256)
        fields = _part_fields(target.upload_id, number, length, checksum)
        token = self._signer.token("upload-part", fields, expires_at=expires_at)
        declared = f"&sha256={checksum}" if checksum else ""
        return f"/media/uploads/{target.upload_id}/{number}?length={length}{declared}&t={token}"

    def check_part(self, upload_id: str, number: int, query: str) -> PartLink:
        """Return what the bytes of a part must be. Raises MalformedLink or BadSignature."""
        match = _PART_QUERY.fullmatch(query)
        if not match:
            raise MalformedLink
        length, checksum, token = int(match[1]), match[2], match[3]
        fields = _part_fields(upload_id, number, length, checksum)
        self._signer.check("upload-part", fields, token, max_lifetime=self._part_seconds)
        return PartLink(length, _in_base64(checksum))

    def object(self, key: StorageKey, grant: ReadGrant | None, file_name: str | None = None) -> str:
        """Return the path of an object; with a name (Unicode text), that of a download.

        Raises ValueError for a grant whose prefix cannot be told from the key, and for a name without a grant.
        """
        if grant is None:
            if file_name is not None:
                raise ValueError(f"a link that names {key} {file_name[:80]!r} needs a grant; plain ones are permanent")
            return f"/media/{key}"
        if grant.prefix not in _grantable(key):
            raise ValueError(f"a grant for {grant.prefix} cannot open {key}; grant one of {', '.join(_grantable(key))}")
        name = quote(file_name, safe="") if file_name else None
        token = self._signer.token("read", _read_fields(grant.prefix, grant.subject, name), expires_at=grant.expires_at)
        return f"/media/{key}?t={token}&v={grant.subject}" + (f"&n={name}" if name else "")

    def check_object(self, key: StorageKey, query: str) -> ReadLink:
        """Return what a link says. Raises MalformedLink or BadSignature."""
        if not query:
            return ReadLink()
        match = _READ_QUERY.fullmatch(query)
        if not match:
            raise MalformedLink
        token, subject, name = match.groups()
        for prefix in _grantable(key):
            try:
                expires_at = self._signer.check(
                    "read", _read_fields(prefix, subject, name), token, max_lifetime=self._read_seconds
                )
            except BadSignature:
                continue
            return ReadLink(ReadGrant(prefix, subject, expires_at), unquote(name) if name else None)
        raise BadSignature("no grant for this object")


# What is optional is signed as it is spelled in the link, and as nothing where it is not there.


def _part_fields(upload_id: str, number: int, length: int, checksum: str | None) -> dict[str, str | int]:
    return {"method": "PUT", "upload": upload_id, "number": number, "length": length, "sha256": checksum or ""}


def _read_fields(prefix: StorageKey, subject: str, name: str | None) -> dict[str, str | int]:
    return {"prefix": prefix, "subject": subject, "file_name": name or ""}


def _in_url(sha256: str | None) -> str | None:
    """Spell a checksum with the letters of base64 that queries need not escape (RFC 4648, 5)."""
    if sha256 is None:
        return None
    digest = base64.b64decode(sha256, validate=True)
    if len(digest) != _SHA256_BYTES:
        raise ValueError(f"{sha256[:80]!r} is no SHA-256: use base64 of {_SHA256_BYTES} bytes.")
    return base64.urlsafe_b64encode(digest).decode()


def _in_base64(checksum: str | None) -> str | None:
    return base64.b64encode(base64.urlsafe_b64decode(checksum)).decode() if checksum else None


def _grantable(key: StorageKey) -> list[StorageKey]:
    """The prefixes that core grants: `videos/<video>/<set>` for all in it, `originals/<video>/<upload>` for itself."""
    return list(dict.fromkeys([StorageKey("/".join(key.split("/")[:3])), key]))
