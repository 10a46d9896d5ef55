"""What a store has to do for browsers: ranges, types, cache headers, and CORS as their preflights ask for it."""

import time

from core.api import Finding, Level, PartRequest, UploadTarget, finding
from plugins.storage_s3.probe import CONTENT, Answer, Probe, forged

_STRANGER = "https://evil.example"
_CORS = (
    'Add a CORS rule to the bucket: AllowedOrigins ["{origin}"], AllowedMethods ["GET", "HEAD", "PUT"], '
    'AllowedHeaders ["*"], MaxAgeSeconds 3600.'
)


async def check_reading(probe: Probe) -> list[Finding]:
    """Read by signed links: whole, in part, forged, over; and look at the headers."""
    url = probe.read_url(probe.original)
    path = probe.bucket.path(probe.original)
    over = probe.links.presigner.url("GET", path, expires_at=int(time.time()) - 60)
    whole, part = await probe.ask("GET", url), await probe.ask("GET", url, headers={"Range": "bytes=1-3"})
    forgery, late = await probe.ask("GET", forged(url)), await probe.ask("GET", over)
    untrusted = "Private videos would be public. Update or replace the store."
    ranged = part.status == 206 and part.body == CONTENT[1:4]
    return [
        finding("signed read", f"answered with {whole.code}", good=whole.body == CONTENT, fix="Allow s3:GetObject."),
        finding("forged read", f"answered with {forgery.code}", good=forgery.refused, fix=untrusted),
        finding("expired read", f"answered with {late.code}", good=late.refused, fix=untrusted),
        finding(
            "ranges",
            f"bytes 1 to 3 were answered with {part.code} and {len(part.body)} bytes",
            good=ranged,
            fix="Downloads cannot be resumed. Update the store, or what stands before it.",
            otherwise=Level.WARN,
        ),
        _is_download(whole),
        *await _check_caching(probe),
    ]


def _is_download(answer: Answer) -> Finding:
    kind, shown = answer.headers.get("Content-Type", ""), answer.headers.get("Content-Disposition", "")
    safe = shown.startswith("attachment") and kind == "application/octet-stream"
    fix = (
        "Make the store keep the Content-Type and Content-Disposition of objects, or users' files open as pages there."
    )
    return finding(
        "originals are downloads", f"{kind or 'no type'}, {shown or 'shown in the page'}", good=safe, fix=fix
    )


async def _check_caching(probe: Probe) -> list[Finding]:
    fix = (
        "Make the store, and what stands before it, pass Cache-Control on: every view costs the full traffic otherwise."
    )
    public = await probe.ask("GET", probe.storage.url(probe.segment, None))
    found = [
        finding(
            "public read",
            f"answered with {public.code}",
            good=public.body == CONTENT[:5000],
            fix=f"Look at {probe.setting('public_base_url')} and public_bucket: they have to lead to videos/.",
        )
    ]
    granted = await probe.ask("GET", probe.read_url(probe.segment))
    for what, answer, wanted in (("public cache", public, "immutable"), ("private cache", granted, "private")):
        said = answer.headers.get("Cache-Control", "")
        good = wanted in said
        found.append(finding(what, f"Cache-Control: {said or 'none'}", good=good, fix=fix, otherwise=Level.WARN))
    return found


async def check_cors(probe: Probe) -> list[Finding]:
    """Ask as a browser does on a page of the site, and on a page of somebody else."""
    if probe.origin in probe.storage.browser_origins:
        return [Finding(Level.PASS, "CORS", "the store has the site's own origin, so browsers do not ask")]
    # Preflights carry no credentials: no upload has to exist for them.
    part = await probe.part(UploadTarget(probe.beside("cors"), "none", 1000, 1000), declared=b"x" * 1000)
    found = [await _preflight(probe, part)]
    reads = {
        "CORS of signed reads": probe.read_url(probe.segment),
        "CORS of public reads": probe.storage.url(probe.segment, None),
    }
    for what, url in reads.items():
        answer = await probe.ask("GET", url, headers={"Origin": probe.origin})
        found.append(_allowed(probe, what, answer, good=answer.status == 200))
    return [*found, await _check_strangers(probe, part.url)]


async def _preflight(probe: Probe, part: PartRequest) -> Finding:
    """Ask whether a page of the site may PUT with the headers that go with a part, such as its checksum."""
    asked = {"Origin": probe.origin, "Access-Control-Request-Method": "PUT"}
    if part.headers:
        asked["Access-Control-Request-Headers"] = ",".join(sorted(part.headers))
    answer = await probe.ask("OPTIONS", part.url, headers=asked)
    methods, headers = (_listed(answer, f"Access-Control-Allow-{what}") for what in ("Methods", "Headers"))
    allowed = "put" in methods and ("*" in headers or headers >= set(part.headers))
    return _allowed(probe, "CORS of uploads", answer, good=answer.status in (200, 204) and allowed)


def _listed(answer: Answer, header: str) -> set[str]:
    return {each.strip().lower() for each in answer.headers.get(header, "").split(",")}


def _allowed(probe: Probe, what: str, answer: Answer, *, good: bool) -> Finding:
    origin = answer.headers.get("Access-Control-Allow-Origin", "")
    detail = f"answered with {answer.code}, for {origin or 'nobody'}"
    return finding(what, detail, good=good and origin in (probe.origin, "*"), fix=_CORS.format(origin=probe.origin))


async def _check_strangers(probe: Probe, url: str) -> Finding:
    what, fix = "CORS of other sites", _CORS.format(origin=probe.origin)
    asked = {"Origin": _STRANGER, "Access-Control-Request-Method": "PUT"}
    answer = await probe.ask("OPTIONS", url, headers=asked)
    origin = answer.headers.get("Access-Control-Allow-Origin", "")
    allowed = origin in (_STRANGER, "*")
    with_cookies = answer.headers.get("Access-Control-Allow-Credentials", "").lower() == "true"
    detail = f"{_STRANGER} is {'allowed' if allowed else 'refused'}{' with credentials' if with_cookies else ''}"
    level = Level.FAIL if with_cookies else Level.WARN
    return finding(what, detail, good=not allowed, fix=fix, otherwise=level)
