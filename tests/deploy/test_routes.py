"""The gateway of a cell leads every call to its service, gRPC and JSON each by a listener of its own."""

import re

import pytest

from tests.deploy.manifests import OVERLAYS, SERVICES, Cell, dig, grpc_services, rendered


@pytest.fixture(params=OVERLAYS)
def cell(request: pytest.FixtureRequest) -> Cell:
    return rendered(request.param)


def test_five_services_stand_behind_one_gateway(cell: Cell) -> None:
    assert set(grpc_services()) == set(SERVICES)
    for kind, listener, port in (("GRPCRoute", "grpc", 7400), ("HTTPRoute", "json", 7480)):
        routed = _routed(cell, kind, listener)
        for name, full in grpc_services().items():
            for one in full:  # each is routed to its service, and nowhere else
                asked = one if kind == "GRPCRoute" else f"/{one}/GetSomething"
                assert {to for pattern, to in routed.items() if re.fullmatch(pattern, asked)} == {(name, port)}


def test_what_describes_the_methods_is_routed_to_a_service(cell: Cell) -> None:
    routed = _routed(cell, "HTTPRoute", "json")
    assert {routed[path] for path in ("/openapi.json", "/asyncapi.json")} <= {(name, 7480) for name in SERVICES}


def _routed(cell: Cell, kind: str, listener: str) -> dict[str, tuple[object, object]]:
    """Where the routes of a kind lead, by what they match."""
    [gateway] = cell.of("Gateway")
    name = dig(gateway, "metadata", "name", as_=str)
    assert listener in {one["name"] for one in dig(gateway, "spec", "listeners", as_=list[dict[str, object]])}
    found: dict[str, tuple[object, object]] = {}
    for route in cell.of(kind):
        parents = dig(route, "spec", "parentRefs", as_=list[dict[str, str]])
        assert parents == [{"name": name, "sectionName": listener}]
        [rule] = dig(route, "spec", "rules", as_=list[dict[str, list[dict[str, object]]]])
        [backend] = rule["backendRefs"]
        for match in rule["matches"]:
            inside, value = ("method", "service") if kind == "GRPCRoute" else ("path", "value")
            assert dig(match, inside, "type", as_=str) in ("RegularExpression", "Exact")
            found[dig(match, inside, value, as_=str)] = (backend["name"], backend["port"])
    return found
