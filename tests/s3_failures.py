"""Answers as a failing store gives them."""

import re

from aiohttp import web

from tests.s3_faults import Fault


def error(status: int, code: str, message: str) -> web.Response:
    """Return an error as S3 words it."""
    text = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return web.Response(status=status, text=text, content_type="application/xml")


def failed(request: web.BaseRequest, fault: Fault) -> web.StreamResponse | None:
    """Return the answer to a request of which the store never hears, None where it does."""
    if fault is Fault.RESET:
        return cut(request)
    errors = {
        Fault.INTERNAL_ERROR: (500, "InternalError"),
        Fault.SLOW_DOWN: (503, "SlowDown"),
        Fault.ERROR_IN_200: (200, "InternalError"),
    }
    return error(*errors[fault], "by order of a test") if fault in errors else None


def cut(request: web.BaseRequest) -> web.Response:
    """Break the connection; the answer is for nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def cut_in_the_middle(request: web.BaseRequest, response: web.Response, content: bytes) -> web.StreamResponse:
    """Send half of the answer, and break the connection."""
    begun = web.StreamResponse(status=response.status, headers=response.headers)
    begun.content_length = len(content)
    await begun.prepare(request)
    await begun.write(content[: len(content) // 2])
    return cut(request)


def changed(content: bytes, fault: Fault | None) -> bytes:
    """Return the body of an answer as the fault makes it."""
    if fault is Fault.STALE_LIST:
        return re.sub(rb"<Part>(?:(?!<Part>).)*</Part>(?!.*<Part>)", b"", content, count=1, flags=re.DOTALL)
    if fault is Fault.OTHER_CHECKSUM:
        return re.sub(rb"<ChecksumSHA256>.{4}", b"<ChecksumSHA256>AAAA", content)
    if fault is Fault.ENDLESS_LIST:
        return content.replace(b"<IsTruncated>false<", b"<IsTruncated>true<")
    if fault is Fault.KEY_ERRORS:
        error = rb"<Error><Key>\1</Key><Code>InternalError</Code><Message>by order of a test</Message></Error>"
        return re.sub(rb"<Deleted>\s*<Key>([^<]*)</Key>.*?</Deleted>", error, content, flags=re.DOTALL)
    return content
