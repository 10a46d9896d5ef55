"""Structured logs: one line an event, for people on a terminal and as JSON elsewhere; secrets are blotted out."""

import logging
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

from core.settings import LogSettings

_SECRET_WORDS = ("password", "secret", "token", "cookie", "authorization", "signature", "email")
_LONGEST = 2000
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _redact(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    for key, value in event.items():
        if any(word in key.lower() for word in _SECRET_WORDS):
            event[key] = "[redacted]"
        elif isinstance(value, str):
            event[key] = _one_line(value if len(value) <= _LONGEST else value[:_LONGEST] + "…")
    return event


def _one_line(text: str) -> str:
    # What people send must neither begin a line of the log nor command the terminal that shows it.
    return _CONTROLS.sub(lambda match: repr(match[0])[1:-1], text)


@contextmanager
def only_warnings() -> Iterator[None]:
    """Keep what is below a warning out of the log until the block ends."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(max(level, logging.WARNING))
    try:
        yield
    finally:
        root.setLevel(level)


def configure_logs(settings: LogSettings) -> None:
    """Send structlog's and the standard library's records to standard error in the chosen format."""
    for_people = settings.format == "console" or (settings.format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redact,
    ]
    renderer: list[structlog.typing.Processor] = (
        # Not the default formatter: where rich is installed it prints local variables, and with them secrets.
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if for_people
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[strip, *renderer]))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.level.upper())
    # These narrate every message and query at INFO.
    for name in ("taskiq", "tortoise", "aiosqlite", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
