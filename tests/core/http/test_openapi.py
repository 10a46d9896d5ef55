"""The OpenAPI document: valid, complete, and the same limits that requests meet."""

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from core.http.openapi import openapi_document
from core.http.policies import ANYONE, SIGNED_IN
from core.http.routing import PARAMETER, Operation, Route
from core.testing.sites import Browser, Site
from tests.core.http.proving.views import page


@pytest.fixture
async def document(client: Browser) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.api("GET", "/openapi.json")).json
    return answer


async def test_document_is_valid(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"


async def test_every_api_route_is_described(site: Site, document: dict[str, Any]) -> None:
    undescribed = {"core.openapi", "proving.api_broken", "proving.api_members"}
    for route in site.services.routes:
        if route.path.startswith("/api/v1/") and route.name not in undescribed:
            described = document["paths"][PARAMETER.sub(r"{\1}", route.path)][route.method.lower()]
            assert described["operationId"] == route.name
            assert ("security" in described) is route.policy.signed_in
            assert ("401" in described["responses"]) is route.policy.signed_in


async def test_server_is_the_configured_one(document: dict[str, Any], site: Site) -> None:
    assert document["servers"] == [{"url": site.services.settings.base_url}]


async def test_every_text_and_list_that_is_taken_has_a_limit_h_6(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    taken = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for methods in document["paths"].values()
        for operation in methods.values()
        if "requestBody" in operation
    } - {"Thing"}
    assert {"NewUpload", "SignParts", "VideoEdit"} <= taken
    for name in taken:
        assert schemas[name]["additionalProperties"] is False
        for field, schema in schemas[name].get("properties", {}).items():
            for option in schema.get("anyOf", [schema]):
                limit = {"string": "maxLength", "array": "maxItems", "integer": "maximum"}.get(option.get("type", ""))
                assert limit is None or limit in option, f"{name}.{field} has no {limit}"


async def test_models_of_one_name_are_kept_apart() -> None:
    def result(field: str) -> type[BaseModel]:
        return type("View", (BaseModel,), {"__annotations__": {field: str}, "__module__": f"plugins.{field}"})

    routes = [
        Route(
            "GET",
            f"/api/v1/{field}",
            page,
            ANYONE,
            f"{field}.get",
            Operation("Get", field, query=result(field), result=result(field)),
        )
        for field in ("one", "two")
    ]
    document = openapi_document(routes, title="Site", server="https://video.example.org")
    OpenAPIV31SpecValidator(document).validate()
    for field in ("one", "two"):
        operation = document["paths"][f"/api/v1/{field}"]["get"]
        reference = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        assert list(document["components"]["schemas"][reference.rpartition("/")[2]]["properties"]) == [field]
        assert [parameter["name"] for parameter in operation["parameters"]] == [field]


async def test_path_parameters_carry_their_pattern() -> None:
    route = Route("DELETE", "/api/v1/{id:[0-9a-z]{16}}", page, SIGNED_IN, "a.b", Operation("Delete", "A", status=204))
    document = openapi_document([route], title="Site", server="https://video.example.org")
    operation = document["paths"]["/api/v1/{id}"]["delete"]
    assert operation["parameters"][0]["schema"] == {"type": "string", "pattern": "^[0-9a-z]{16}$"}
    assert set(operation["responses"]) == {"204", "401", "403", "422"}


async def test_reference_page_names_every_operation(client: Browser, document: dict[str, Any]) -> None:
    page = await client.get("/api")
    assert page.status == 200
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f'id="{operation["operationId"]}"' in page.text, f"{method} {path}"
