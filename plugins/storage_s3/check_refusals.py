"""What a store has to refuse: forged, over and stretched links, and strangers."""

import time

from core.api import Finding, Level, PartRequest, StorageError, UploadTarget, finding
from plugins.storage_s3.probe import Probe, forged

_UNTRUSTED = "Do not use this store for a site with sign-up: it does not check what was signed. Update or replace it."
_CVE = "Anybody who may upload could read every object (as in CVE-2026-97731). Update the store, or replace it."
_POLICY = "Take the bucket's public policy or ACL away; if any, let it name videos/* only."
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
    part = await probe.part(target, declared=_BODY)
    url, own = part.url, dict(part.headers)
    source = f"/{probe.bucket.name}/{probe.bucket.path(probe.original)}"
    # Of the right checksum, so that it is the length alone that is wrong.
    longer = await probe.part(target, declared=_BODY + b"x")
    tries = [
        ("wrong signature", forged(url), _BODY, own, _UNTRUSTED),
        ("expired link", _over(probe, target, part), _BODY, own, "Set the clocks right; otherwise: " + _UNTRUSTED),
        ("other length", longer.url, _BODY + b"x", dict(longer.headers), "Quotas cannot be kept. " + _UNTRUSTED),
        ("unsigned x-amz-copy-source", url, _BODY, {**own, "x-amz-copy-source": source}, _CVE),
        ("unsigned x-amz-acl", url, _BODY, {**own, "x-amz-acl": "public-read"}, _CVE),
        ("unsigned x-amz-tagging", url, _BODY, {**own, "x-amz-tagging": "a=b"}, _UNTRUSTED),
    ]
    found = []
    for what, tampered, body, headers, fix in tries:
        answer = await probe.ask("PUT", tampered, body=body, headers=headers)
        found.append(finding(what, f"answered with {answer.code}", good=answer.refused, fix=fix))
    return found


def _over(probe: Probe, target: UploadTarget, part: PartRequest) -> str:
    """Return the link of a part that was over a minute ago."""
    return probe.links.presigner.url(
        "PUT",
        probe.bucket.path(target.key),
        expires_at=int(time.time()) - 60,
        query={"partNumber": "1", "uploadId": target.upload_id},
        headers={"content-length": str(len(_BODY)), **part.headers},
    )


async def _aborted(probe: Probe, target: UploadTarget) -> list[Finding]:
    storage, bucket = probe.storage, probe.bucket
    fix = "Allow s3:AbortMultipartUpload to the access key; otherwise update the store: it keeps what nobody wants."
    await probe.send(await probe.part(target, declared=_BODY), _BODY)
    try:
        await storage.abort_upload(target)
    except StorageError as error:
        return [Finding(Level.FAIL, "abort", str(error), fix)]
    async with bucket.asking("the open uploads"):
        page = await bucket.client.list_multipart_uploads(Bucket=bucket.name, Prefix=bucket.path(target.key))
    left = [upload["UploadId"] for upload in page.get("Uploads", [])]
    detail = f"still listed: {', '.join(left)}" if left else "nothing is left of an aborted upload"
    return [finding("abort", detail, good=not left, fix=fix)]


async def check_anonymous(probe: Probe) -> list[Finding]:
    """Ask as a stranger for what is private, for the list of everything, and to write."""
    settings, plain = probe.bucket.settings, probe.links.plain
    tries = [
        ("anonymous read of an original", "GET", plain(probe.original), None, _POLICY),
        ("anonymous list", "GET", f"{settings.bucket_url}?list-type=2", None, _POLICY),
        ("anonymous write", "PUT", plain(probe.beside("stranger")), b"x", _POLICY),
    ]
    if not settings.public_bucket:
        # Private videos lie in videos/ too.
        fix = f"Take the bucket's public policy or ACL away, or set {probe.setting('public_bucket')} = true."
        tries.append(("anonymous read of media", "GET", plain(probe.segment), None, fix))
    if settings.public_base_url is not None:
        hidden = f"{str(settings.public_base_url).rstrip('/')}/{probe.bucket.path(probe.original)}"
        tries.append(("anonymous read through the CDN", "GET", hidden, None, "Let the CDN reach videos/* only."))
    found = []
    for what, method, url, body, fix in tries:
        answer = await probe.ask(method, url, body=body)
        found.append(finding(what, f"answered with {answer.code}", good=answer.refused, fix=fix))
    return found + _told_of_public_media(probe)


def _told_of_public_media(probe: Probe) -> list[Finding]:
    if probe.bucket.settings.public_base_url is None and not probe.bucket.settings.public_bucket:
        return []
    detail = "videos/ can be read without a signature: whoever kept the address of a segment reads it for ever"
    fix = f"Accept it, or unset {probe.setting('public_base_url')} and public_bucket: then links end."
    return [Finding(Level.WARN, "private after public", detail, fix)]
