"""Checks AWS signatures as a careful store does (THREATS.md, 5.2), by botocore's own arithmetic."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from aiohttp import web
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.s3_servers import ACCESS_KEY, SECRET_KEY

REGION = "us-east-1"
_SKEW = timedelta(minutes=15)
_WEEK = 7 * 86400
_HEADER = re.compile(r"AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})")


class Refused(Exception):
    """The request is answered with this status and S3 code."""

    def __init__(self, status: int, code: str, why: str) -> None:
        super().__init__(why)
        self.status, self.code = status, code


@dataclass(frozen=True)
class Claim:
    """What a request says of its own signature."""

    credential: str
    signed_headers: list[str]
    signature: str
    stamp: str
    lifetime: int | None


def is_signed(request: web.BaseRequest) -> bool:
    """Tell whether the request claims to be signed at all."""
    return "X-Amz-Signature" in request.query or "Authorization" in request.headers


def check(request: web.BaseRequest, body: bytes, *, unsigned_headers: bool, expiry: bool) -> None:
    """Raise Refused unless the request is signed by us, is not over, and leaves no `x-amz-*` header unsigned."""
    claim = _claim(request)
    if not unsigned_headers:
        loose = [name for name in request.headers if name.lower().startswith("x-amz-")]
        if wrong := [name for name in loose if name.lower() not in claim.signed_headers]:
            raise Refused(403, "AccessDenied", f"There were headers present which were not signed: {wrong}")
    if expiry:
        _check_time(claim)
    if "host" not in claim.signed_headers:
        raise Refused(403, "AccessDenied", "host is not signed")
    if missing := [name for name in claim.signed_headers if name not in request.headers]:
        raise Refused(403, "SignatureDoesNotMatch", f"signed headers are missing: {missing}")
    if not hmac.compare_digest(_signature(request, claim).encode(), claim.signature.encode()):
        raise Refused(403, "SignatureDoesNotMatch", "the signature is another")
    stated = request.headers.get("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")
    if stated not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
        raise Refused(400, "XAmzContentSHA256Mismatch", "the body is another")


def check_digests(headers: Mapping[str, str], body: bytes) -> None:
    """Raise Refused when a checksum that was sent is not the body's."""
    for name, digest in (("Content-MD5", hashlib.md5), ("X-Amz-Checksum-Sha256", hashlib.sha256)):
        if name in headers and headers[name] != base64.b64encode(digest(body).digest()).decode():
            raise Refused(400, "BadDigest", f"{name} is not that of the body")


def _claim(request: web.BaseRequest) -> Claim:
    if match := _HEADER.fullmatch(request.headers.get("Authorization", "")):
        credential, names, signature = match.groups()
        return Claim(credential, names.split(";"), signature, request.headers["X-Amz-Date"], None)
    pairs = parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)
    query = dict(pairs)
    if len(query) != len(pairs):
        raise Refused(400, "InvalidArgument", "a parameter is doubled")
    try:
        return Claim(
            query["X-Amz-Credential"],
            query["X-Amz-SignedHeaders"].split(";"),
            query["X-Amz-Signature"],
            query["X-Amz-Date"],
            int(query["X-Amz-Expires"]),
        )
    except (KeyError, ValueError):
        raise Refused(400, "AuthorizationQueryParametersError", "the query is no signature") from None


def _check_time(claim: Claim) -> None:
    now = datetime.now(UTC)
    try:
        begin = datetime.strptime(claim.stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refused(400, "AuthorizationQueryParametersError", "X-Amz-Date is no date") from None
    if claim.lifetime is not None and not 1 <= claim.lifetime <= _WEEK:
        raise Refused(400, "AuthorizationQueryParametersError", "X-Amz-Expires is out of bounds")
    life = _SKEW if claim.lifetime is None else timedelta(seconds=claim.lifetime)
    if now < begin - _SKEW or now >= begin + life:
        raise Refused(403, "AccessDenied", "Request has expired")


def _signature(request: web.BaseRequest, claim: Claim) -> str:
    if claim.credential != f"{ACCESS_KEY}/{claim.stamp[:8]}/{REGION}/s3/aws4_request":
        raise Refused(403, "InvalidAccessKeyId", claim.credential)
    kind = S3SigV4Auth if claim.lifetime is None else S3SigV4QueryAuth
    auth = kind(Credentials(ACCESS_KEY, SECRET_KEY), "s3", REGION)
    query = "&".join(
        pair for pair in request.rel_url.raw_query_string.split("&") if not pair.startswith("X-Amz-Signature=")
    )
    headers = {name: request.headers[name] for name in claim.signed_headers}
    url = f"http://{request.headers['Host']}{request.rel_url.raw_path}?{query}"
    signed = AWSRequest(request.method, url, headers)
    signed.context["timestamp"] = claim.stamp
    return auth.signature(auth.string_to_sign(signed, auth.canonical_request(signed)), signed)
