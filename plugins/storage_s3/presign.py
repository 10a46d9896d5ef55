"""Presigned URLs (AWS Signature Version 4, query form), made here and at once: no network, no waiting.

A playlist of a long film holds thousands of them, so each costs two hashes; the key is derived once a day.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
_LONGEST = 7 * 86400
_UNRESERVED = "-_.~"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs; `token` comes with credentials that the cloud lends for some hours."""

    access_key: str
    secret_key: str
    token: str | None = None


class Presigner:
    """Signs requests to one bucket. Every header that it is given is signed, and `host` always is.

    Exchange `credentials` when they are renewed: a URL lives no longer than those it was signed with.
    """

    def __init__(
        self,
        bucket_url: str,
        region: str,
        credentials: Credentials,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`bucket_url` is where browsers find the bucket, in either addressing style."""
        parts = urlsplit(bucket_url)
        self._origin, self._path = f"{parts.scheme}://{parts.netloc}", parts.path
        self._host = _host_header(parts.scheme, parts.netloc)
        self._region = region
        self._clock = clock
        self.credentials = credentials

    def url(
        self,
        method: str,
        key: str,
        *,
        expires_at: int,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Return the URL of one request, dead at `expires_at` (Unix seconds), in a week at the latest.

        A time in the past gives a URL that is dead already.
        """
        now = int(self._clock())
        # The least that a store takes is a second; what is dead already is signed as of then.
        signed_at = min(now, expires_at - 1)
        lifetime = min(expires_at - signed_at, _LONGEST)
        return self.url_signed_at(signed_at, method, key, lifetime=lifetime, query=query, headers=headers)

    def steady_url(self, method: str, key: str, *, window: int, query: Mapping[str, str] | None = None) -> str:
        """Return the same URL for `window` seconds, so that caches can keep what it leads to.

        It lives for at least `window` seconds from now, and at most twice that.
        """
        signed_at = int(self._clock()) // window * window
        return self.url_signed_at(signed_at, method, key, lifetime=min(2 * window, _LONGEST), query=query)

    def url_signed_at(
        self,
        moment: int,
        method: str,
        key: str,
        *,
        lifetime: int,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Return a URL signed as of `moment`, alive for `lifetime` seconds from then."""
        stamp = datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{stamp[:8]}/{self._region}/s3/aws4_request"
        signed = {"host": self._host} | {name.lower(): value.strip() for name, value in (headers or {}).items()}
        names = ";".join(sorted(signed))
        parameters = {
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{self.credentials.access_key}/{scope}",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(lifetime),
            "X-Amz-SignedHeaders": names,
            **({"X-Amz-Security-Token": self.credentials.token} if self.credentials.token else {}),
            **(query or {}),
        }
        path = quote(f"{self._path}/{key}", safe=_UNRESERVED + "/")
        spelled = _canonical_query(parameters)
        lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
        request = f"{method}\n{path}\n{spelled}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
        message = f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        secret = _signing_key(self.credentials.secret_key, stamp[:8], self._region)
        return f"{self._origin}{path}?{spelled}&X-Amz-Signature={hmac.digest(secret, message.encode(), 'sha256').hex()}"


def _canonical_query(parameters: Mapping[str, str]) -> str:
    encoded = [(quote(name, safe=_UNRESERVED), quote(value, safe=_UNRESERVED)) for name, value in parameters.items()]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def _host_header(scheme: str, netloc: str) -> str:
    # Browsers leave the usual port out of the header, and so must the signature.
    usual = {"http": ":80", "https": ":443"}[scheme]
    return netloc.removesuffix(usual)


@lru_cache(maxsize=8)
def _signing_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
