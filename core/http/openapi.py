"""The OpenAPI 3.1 document, made from the routes and the very models that validate requests, and its reference page."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from core.http.context import render
from core.http.errors import PROBLEM_JSON
from core.http.policies import ANYONE
from core.http.routing import PARAMETER, Operation, Route

_REFERENCE = "#/components/schemas/{model}"
# Not the phrases of http.HTTPStatus: they differ between versions of Python.
_COMMON = {
    400: "The request cannot be understood",
    401: "Nobody is signed in",
    403: "The account may not do this",
    404: "There is no such thing",
    409: "It is not in a state for this",
    413: "It is larger than this site takes",
    415: "The body has another content type",
    422: "A value is not accepted; `errors` says which",
    429: "There are too many of these; wait for `Retry-After` seconds",
    503: "This cannot be done just now; try again",
    507: "The site has no space left",
}
_PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; for programs."},
        "detail": {"type": "string", "description": "A sentence; for people."},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "One sentence by field.",
        },
    },
}


def openapi_document(routes: Iterable[Route], *, title: str, server: str) -> dict[str, Any]:
    """Return the document for every route that declares an operation."""
    described = [(route, route.operation) for route in routes if route.operation is not None]
    schemas = _Schemas(
        model for _, operation in described for model in (operation.body, operation.query, operation.result) if model
    )
    paths: dict[str, dict[str, Any]] = {}
    for route, operation in described:
        path = PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{title} API", "version": "1"},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": schemas.all | {"Problem": _PROBLEM_SCHEMA},
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "mutoscope"}},
        },
    }


class _Schemas:
    """The schemas of models. Two plugins may name theirs alike; pydantic then gives both longer names."""

    def __init__(self, models: Iterable[type[BaseModel]]) -> None:
        ordered = sorted(set(models), key=lambda model: (model.__name__, model.__module__))
        inputs: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in ordered]
        references, definitions = models_json_schema(inputs, ref_template=_REFERENCE)
        self.all: dict[str, Any] = definitions.get("$defs", {})
        self._references = {model: reference for (model, _), reference in references.items()}

    def reference(self, model: type[BaseModel]) -> dict[str, Any]:
        return self._references[model]

    def of(self, model: type[BaseModel]) -> dict[str, Any]:
        schema: dict[str, Any] = self.all[self._references[model]["$ref"].rsplit("/", 1)[1]]
        return schema


def _operation(route: Route, operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{pattern or '[^/]+'}$"},
        }
        for name, pattern in PARAMETER.findall(route.path)
    ]
    if operation.query:
        query = schemas.of(operation.query)
        parameters += [
            {"name": name, "in": "query", "required": name in query.get("required", []), "schema": schema}
            for name, schema in query.get("properties", {}).items()
        ]
    document: dict[str, Any] = {
        "operationId": route.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "description": f"For {route.policy.summary}.",
        "parameters": parameters,
        "responses": _responses(route, operation, schemas),
    }
    if operation.body:
        content = {"application/json": {"schema": schemas.reference(operation.body)}}
        document["requestBody"] = {"required": True, "content": content}
    if operation.file:
        document["requestBody"] = {"required": True, "content": {operation.file: {"schema": {"type": "string"}}}}
    if route.policy.signed_in:
        document["security"] = [{"session": []}]
    return document


def _responses(route: Route, operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done"}
    if operation.result:
        good["content"] = {operation.media_type: {"schema": schemas.reference(operation.result)}}
    statuses = {*operation.errors}
    statuses |= {400, 413, 415, 422} if operation.body or operation.file else {422}
    statuses |= {401, 403} if route.policy.signed_in else set()
    problem = {"content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    errors = {str(status): {"description": _COMMON.get(status, "Problem"), **problem} for status in sorted(statuses)}
    return {str(operation.status): good, **errors}


class Reference:
    """Serves the document as JSON and as a page."""

    def __init__(self, build: Callable[[], dict[str, Any]] = dict) -> None:
        """`build` makes the document, once, when it is first asked for: a start should not wait for it."""
        self.build = build

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document of the site's routes."""
        return self.build()

    def routes(self) -> list[Route]:
        """The two routes."""
        return [
            Route("GET", "/api/v1/openapi.json", self._json, ANYONE, "core.openapi"),
            Route("GET", "/api", self._page, ANYONE, "core.api_reference"),
        ]

    async def _json(self, request: web.Request) -> web.Response:
        return web.json_response(self.document)

    async def _page(self, request: web.Request) -> web.Response:
        return await render(request, "api_reference.html", document=self.document)
