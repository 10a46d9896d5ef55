"""What a store has to refuse: forged, over and stretched links, strangers, damaged bytes, second writers."""

import time

from botocore.exceptions import ClientError

from core.api import StorageError, StorageKey, UploadTarget
from plugins.storage_s3.bucket import BUSY, code_of
from plugins.storage_s3.findings import Finding, Level, finding
from plugins.storage_s3.objects import Digest, digest_of
from plugins.storage_s3.probe import Probe, forged

_UNTRUSTED = "Do not use this store for a site with sign-up: it does not check what was signed. Update or replace it."
_CVE = "Anybody who may upload could read every object (as in CVE-2026-97731). Update the store, or replace it."
_BODY = b"x" * 1000


async def check_links(probe: Probe) -> list[Finding]:
    """Try a part's link in every way that it was not signed for."""
    target = await probe.open_part(probe.beside("links"))
    try:
        found = await _tampered(probe, target)
        left = await probe.storage.list_parts(target)
        detail = f"{len(left)} parts came of refused requests" if left else "nothing came of refused requests"
        found.append(finding("refused parts", detail, good=not left, fix=_UNTRUSTED))
    finally:
        found_after = await _aborted(probe, target)
    return [*found, *found_after]


async def _tampered(probe: Probe, target: UploadTarget) -> list[Finding]:
    url = await probe.part_url(target)
    over = probe.storage.presigner.url(
        "PUT",
        probe.storage.bucket.path(target.key),
        expires_at=int(time.time()) - 60,
        query={"partNumber": "1", "uploadId": target.upload_id},
        headers={"content-length": "1000"},
    )
    source = f"/{probe.storage.bucket.name}/{probe.storage.bucket.path(probe.original)}"
    tries = [
        ("wrong signature", forged(url), _BODY, {}, _UNTRUSTED),
        ("expired link", over, _BODY, {}, "Set the clocks right; otherwise: " + _UNTRUSTED),
        ("other length", url, _BODY + b"x", {}, "Quotas cannot be kept. " + _UNTRUSTED),
        ("unsigned x-amz-copy-source", url, _BODY, {"x-amz-copy-source": source}, _CVE),
        ("unsigned x-amz-acl", url, _BODY, {"x-amz-acl": "public-read"}, _CVE),
        ("unsigned x-amz-tagging", url, _BODY, {"x-amz-tagging": "a=b"}, _UNTRUSTED),
    ]
    found = []
    for what, tampered, body, headers, fix in tries:
        answer = await probe.ask("PUT", tampered, body=body, headers=headers)
        found.append(finding(what, f"answered with {answer.code}", good=answer.refused, fix=fix))
    return found


async def _aborted(probe: Probe, target: UploadTarget) -> list[Finding]:
    storage, bucket = probe.storage, probe.storage.bucket
    fix = "Allow s3:AbortMultipartUpload to the access key; otherwise update the store: it keeps what nobody wants."
    await probe.ask("PUT", await probe.part_url(target), body=_BODY)
    try:
        await storage.abort_upload(target)
    except StorageError as error:
        return [Finding(Level.FAIL, "abort", str(error), fix)]
    with bucket.errors("the open uploads"):
        page = await bucket.client.list_multipart_uploads(Bucket=bucket.name, Prefix=bucket.path(target.key))
    left = [upload["UploadId"] for upload in page.get("Uploads", [])]
    detail = f"still listed: {', '.join(left)}" if left else "nothing is left of an aborted upload"
    return [finding("abort", detail, good=not left, fix=fix)]


async def check_anonymous(probe: Probe) -> list[Finding]:
    """Ask as a stranger for what is private, for the list of everything, and to write."""
    settings, plain = probe.storage.bucket.settings, probe.storage.links.plain(probe.original)
    policy = "Take the bucket's public policy or ACL away; if any, let it name videos/* only."
    tries = [
        ("anonymous read of an original", "GET", plain, policy),
        ("anonymous list", "GET", f"{settings.bucket_url}?list-type=2", policy),
        ("anonymous write", "PUT", probe.storage.links.plain(probe.beside("stranger")), policy),
    ]
    if settings.public_base_url is not None:
        hidden = f"{str(settings.public_base_url).rstrip('/')}/{probe.storage.bucket.path(probe.original)}"
        tries.append(("anonymous read through the CDN", "GET", hidden, "Let the CDN reach videos/* only."))
    found = []
    for what, method, url, fix in tries:
        answer = await probe.ask(method, url, **({"body": b"x"} if method == "PUT" else {}))
        found.append(finding(what, f"answered with {answer.code}", good=answer.refused, fix=fix))
    if settings.public_base_url is not None or settings.public_bucket:
        detail = "videos/ can be read without a signature: whoever kept the address of a segment reads it for ever"
        fix = "Accept it, or unset public_base_url and public_bucket: links to what turns private then end."
        found.append(Finding(Level.WARN, "private after public", detail, fix))
    return found


async def check_integrity(probe: Probe) -> list[Finding]:
    """Send bytes with the checksum of others, and store twice where `If-None-Match` forbids it."""
    settings = probe.storage.bucket.settings
    found = [await _check_checksums(probe, settings.checksums)] if settings.checksums != "none" else []
    return [*found, await _check_second_write(probe)] if settings.conditional_writes else found


async def _check_checksums(probe: Probe, kind: str) -> Finding:
    damaged = probe.beside("damaged")
    code = await _put_code(probe, damaged, digest_of(b"other bytes", kind))
    await probe.storage.delete([damaged])
    fix = 'Set storage_s3.checksums = "md5", which every store knows.' if kind == "sha256" else _UNTRUSTED
    detail = f"a wrong one was answered with {code or 200}"
    return finding("checksums", detail, good=bool(code), fix=fix, otherwise=Level.WARN)


async def _check_second_write(probe: Probe) -> Finding:
    code = await _put_code(probe, probe.segment, {})
    fix = "Nothing is lost but a precaution: set storage_s3.conditional_writes = false, and this is not tried again."
    detail = f"a second write was answered with {code or 200}"
    return finding("conditional writes", detail, good=bool(code), fix=fix, otherwise=Level.WARN)


async def _put_code(probe: Probe, key: StorageKey, digest: Digest) -> str:
    """Return the error code of storing some bytes, empty when they were taken."""
    bucket = probe.storage.bucket
    with bucket.errors(str(key)):
        try:
            await bucket.client.put_object(
                Bucket=bucket.name, Key=bucket.path(key), Body=_BODY, **digest, **bucket.only_if_new
            )
        except ClientError as error:
            if code_of(error) in BUSY:
                raise
            return code_of(error)
    return ""
