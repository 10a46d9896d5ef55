"""Read JSON, query strings and forms into pydantic models, or say which field is wrong and why."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiMapping
from pydantic import BaseModel, ValidationError

from core.problems import Problem

Model = TypeVar("Model", bound=BaseModel)

MAX_JSON_BYTES = 256 * 1024
MAX_JSON_DEPTH = 32
LARGEST_INTEGER = 2**53


@dataclass(frozen=True, slots=True)
class Form(Generic[Model]):
    """A submitted form: its value, or a sentence for each field at fault beside everything that was typed."""

    value: Model | None
    errors: dict[str, str]
    raw: dict[str, str]


async def read_json(request: web.Request, model: type[Model]) -> Model:
    """Return the body as `model`. Raises Problem 400, 413, 415 or 422; unknown fields are refused by the model."""
    if request.content_type != "application/json":
        raise Problem(415, "unsupported_media_type", "Send the body as application/json.")
    raw = await request.read()
    if len(raw) > MAX_JSON_BYTES:
        raise Problem(413, "too_large", f"A JSON body may have at most {MAX_JSON_BYTES} bytes.")
    return _validated(model, parse_json(raw))


def parse_json(raw: bytes) -> object:
    """Parse strict JSON (RFC 8259): UTF-8, no doubled names, no NaN, integers within 2^53, depth 32. Problem 400."""
    try:
        text = raw.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_bounded, parse_float=_finite
        )
        if _depth(value) > MAX_JSON_DEPTH:
            raise ValueError(f"it is nested more than {MAX_JSON_DEPTH} deep")
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate, written \ud800, fails here
    except (ValueError, RecursionError) as error:
        raise Problem(400, "malformed_json", f"The body is not the JSON this site takes: {str(error)[:100]}.") from None
    return value


def _depth(value: object) -> int:
    if not isinstance(value, dict | list):
        return 0
    return 1 + max(map(_depth, value.values() if isinstance(value, dict) else value), default=0)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(value := dict(pairs)) != len(pairs):
        raise ValueError("a name appears twice in one object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _bounded(digits: str) -> int:
    if len(digits) > 17 or abs(value := int(digits)) > LARGEST_INTEGER:
        raise ValueError("an integer is larger than 2^53")
    return value


def _finite(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value


def read_query(request: web.Request, model: type[Model]) -> Model:
    """Return the query as `model`. Raises Problem 422 for unknown, doubled or invalid parameters."""
    doubled = _doubled(request.query)
    if doubled:
        raise Problem(422, "invalid", "A parameter appears twice.", errors=dict.fromkeys(doubled, "Give this once."))
    return _validated(model, dict(request.query))


async def read_form(request: web.Request, model: type[Model]) -> Form[Model]:
    """Return the form with its errors. Raises Problem 400 or 415 for what is no form, 422 for files, doubled fields."""
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        raise Problem(415, "unsupported_media_type", "Send the form as the page does.")
    try:
        data = await request.post()
    except (ValueError, LookupError, RuntimeError, HttpProcessingError):
        # aiohttp's words for a missing boundary, an unknown charset or transfer encoding, and broken part headers.
        raise Problem(400, "malformed", "The form could not be read.") from None
    raw = {name: value for name, value in data.items() if isinstance(value, str)}
    if len(raw) != len(data):
        raise Problem(422, "invalid", "A field appears twice, or holds a file where text is expected.")
    if any("\0" in value for value in raw.values()):
        raise Problem(400, "malformed", "A field holds a NUL character.")
    # Browsers send CRLF for line breaks in text areas (HTML living standard, 4.10.22.4).
    raw = {name: value.replace("\r\n", "\n") for name, value in raw.items()}
    try:
        return Form(model.model_validate(raw), {}, raw)
    except ValidationError as error:
        return Form(None, field_errors(error), raw)


def _doubled(values: MultiMapping[str]) -> list[str]:
    return [name for name in set(values) if len(values.getall(name)) > 1]


def _validated(model: type[Model], value: object) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        errors = field_errors(error)
        raise Problem(422, "invalid", _summary(errors), errors=errors) from None


def field_errors(error: ValidationError) -> dict[str, str]:
    """Return the first complaint about each field, as a sentence that never repeats what was sent."""
    sentences: dict[str, str] = {}
    for detail in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in detail["loc"])[:100] or "body"
        sentences.setdefault(name, _sentence(detail["type"], detail["msg"]))
    return sentences


def _sentence(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "This is not known here."
    if kind == "missing":
        return "This is needed."
    text = message.removeprefix("Value error, ").removeprefix("Assertion failed, ").replace("Input should", "It should")
    return text.rstrip(".") + "."


def _summary(errors: dict[str, str]) -> str:
    names: Iterable[str] = sorted(errors)
    return "Correct these: " + ", ".join(names) + "."
