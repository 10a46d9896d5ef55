"""What a store has to notice: bytes that are not those declared, and second writers."""

from contextlib import suppress
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from core.api import Finding, Level, StorageError, StorageKey, UploadTarget, finding
from plugins.storage_s3.bucket import BUSY, code_of
from plugins.storage_s3.objects import Digest, digest_of, sha256_of
from plugins.storage_s3.probe import Probe

_BODY = b"x" * 1000
_OTHER = b"y" * 1000
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


async def check_integrity(probe: Probe) -> list[Finding]:
    """Send bytes with the checksum of others, and store twice where `If-None-Match` forbids it."""
    settings, found = probe.bucket.settings, list[Finding]()
    if settings.checksums != "none":
        found.append(await _check_checksums(probe, settings.checksums))
    if probe.storage.part_checksums:
        found += await _check_parts(probe)
    return [*found, await _check_second_write(probe)] if settings.conditional_writes else found


async def _check_checksums(probe: Probe, kind: str) -> Finding:
    damaged = probe.beside("damaged")
    code = await _put_code(probe, damaged, digest_of(_OTHER, kind))
    await probe.storage.delete([damaged])
    weaker = "md5" if kind == "sha256" else "none"
    fix = f'Damage on the way stays unnoticed. Set {probe.setting("checksums")} = "{weaker}", or update the store.'
    detail = f"a wrong one was answered with {code or 200}"
    return finding("checksums", detail, good=bool(code), fix=fix, otherwise=Level.WARN)


async def _check_parts(probe: Probe) -> list[Finding]:
    """Send a part other than declared, one that was not declared, and the right one, as browsers would."""
    target = await probe.open_part(probe.beside("checksums"))
    try:
        return [
            await _check_damaged(probe, target),
            await _check_undeclared(probe, target),
            await _check_declared(probe, target),
        ]
    finally:
        with suppress(StorageError):  # another check says whether uploads can be aborted
            await probe.storage.abort_upload(target)


async def _check_damaged(probe: Probe, target: UploadTarget) -> Finding:
    answer = await probe.send(await probe.part(target, declared=_OTHER), _BODY)
    left = await probe.storage.list_parts(target)
    fix = f'Uploads would be called verified that are not. Set {probe.setting("checksums")} = "md5".'
    detail = f"answered with {answer.code}{', but kept' if left else ''}"
    return finding("part with a wrong checksum", detail, good=answer.refused and not left, fix=fix)


async def _check_undeclared(probe: Probe, target: UploadTarget) -> Finding:
    answer = await probe.send(await probe.part(target), _BODY)
    detail = f"answered with {answer.code}"
    if answer.refused:
        detail += ": whoever sends parts has to declare their SHA-256, as the site's own page does"
    fix = (
        "Browsers compute checksums only on pages that come by https or from this machine: set site.base_url to https, "
        f'or {probe.setting("checksums")} = "md5".'
    )
    return finding("part without a checksum", detail, good=not answer.refused or _can_declare(probe), fix=fix)


def _can_declare(probe: Probe) -> bool:
    # What browsers call a secure context: only there is crypto.subtle.
    origin = urlsplit(probe.origin)
    return origin.scheme == "https" or origin.hostname in _THIS_MACHINE


async def _check_declared(probe: Probe, target: UploadTarget) -> Finding:
    await probe.send(await probe.part(target, declared=_BODY), _BODY)
    listed = [part.sha256 for part in await probe.storage.list_parts(target)]
    fix = f'Who goes on with an upload cannot tell what was sent. Set {probe.setting("checksums")} = "md5".'
    detail = "listed with their parts" if listed == [sha256_of(_BODY)] else "not listed with their parts"
    return finding("checksums of parts", detail, good=listed == [sha256_of(_BODY)], fix=fix, otherwise=Level.WARN)


async def _check_second_write(probe: Probe) -> Finding:
    code = await _put_code(probe, probe.segment, {})
    fix = (
        "Nothing is lost but a precaution: set "
        f"{probe.setting('conditional_writes')} = false, and this is not tried again."
    )
    detail = f"a second write was answered with {code or 200}"
    return finding("conditional writes", detail, good=bool(code), fix=fix, otherwise=Level.WARN)


async def _put_code(probe: Probe, key: StorageKey, digest: Digest) -> str:
    """Return the error code of storing some bytes, empty when they were taken."""
    bucket = probe.bucket
    async with bucket.asking(str(key)):
        try:
            await bucket.client.put_object(
                Bucket=bucket.name, Key=bucket.path(key), Body=_BODY, **digest, **bucket.only_if_new
            )
        except ClientError as error:
            if code_of(error) in BUSY:
                raise
            return code_of(error)
    return ""
