"""The document is valid OpenAPI 3.1, has every unary method, and lets every valid request pass."""

import re
from functools import cache
from typing import Any

import msgspec
import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from protovalidate import Validator

from libs.rpc.http.errors import CODES
from libs.slices import grpc_services, packages
from services.openapi.made import document
from tests.contracts.proto.valid import completed
from tests.effort import sampled

pytestmark = pytest.mark.xdist_group("openapi")

METHODS = [method for name in packages() for service in grpc_services(name) for method in service.methods]
UNARY = [one for one in METHODS if not one.client_streaming and not one.server_streaming]


@cache
def told() -> Any:
    """The document."""
    return msgspec.json.decode(document())


@cache
def engine() -> Validator:
    """That of the rules."""
    return Validator()


def path_of(method: MethodDescriptor) -> str:
    """As the document names it."""
    return f"/{method.containing_service.full_name}/{method.name}"


def faults(name: str, value: object) -> list[str]:
    """What the schema of a message says of a value."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": told()["components"]}
    return [one.message for one in Draft202012Validator(schema).iter_errors(value)]


@pytest.mark.thorough
def test_the_document_is_valid() -> None:
    assert not list(OpenAPIV31SpecValidator(told()).iter_errors())


def test_a_broken_document_is_not_valid() -> None:
    assert list(OpenAPIV31SpecValidator({"openapi": "3.1.0", "info": {}, "paths": {}}).iter_errors())


def test_it_has_every_unary_method_and_no_other() -> None:
    assert set(told()["paths"]) == {path_of(one) for one in UNARY}
    named = [one["post"]["operationId"] for one in told()["paths"].values()]
    assert len(set(named)) == len(named)


def test_everything_in_it_is_explained() -> None:
    unexplained = [path for path, one in told()["paths"].items() if not one["post"]["description"]]
    assert not unexplained
    assert told()["components"]["schemas"]["connect.Error"]["properties"]["code"]["enum"] == [
        name for name, _ in CODES if name
    ]


@pytest.mark.parametrize("method", sampled(UNARY), ids=lambda one: one.full_name)
def test_a_valid_request_passes_its_schema(method: MethodDescriptor) -> None:
    message = GetMessageClass(method.input_type)()
    if completed(message, engine()):
        pytest.skip("the rules of this request are not completed by the tests")
    assert not faults(method.input_type.full_name, json_format.MessageToDict(message))


def test_an_empty_request_lacks_what_is_required() -> None:
    """Of a request with one required id, the schema says what the server says."""
    assert faults("prm.deals.v1.SubmitRegistrationRequest", {}) == ["'id' is a required property"]


@pytest.mark.parametrize(
    "value",
    [{"id": 1}, {"id": "reg"}, {"id": "ptn_de_01jz8c00000000000000000000"}, {"id": "", "etag": "x"}, [], None],
)
def test_an_invalid_request_does_not_pass(value: object) -> None:
    assert faults("prm.deals.v1.SubmitRegistrationRequest", value)


def test_patterns_are_those_of_a_browser_too() -> None:
    """No inline flags and no names of groups as only Python has them."""
    patterns = re.findall(r'"pattern":"((?:[^"\\]|\\.)*)"', document().decode())
    assert patterns
    assert not [one for one in patterns if "(?P" in one or re.search(r"\(\?[a-z]", one)]
