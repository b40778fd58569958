"""The sum of slices: what it derives, and what it refuses at the start."""

from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from libs import partner_projection
from libs.country import Directory
from libs.env import Env
from libs.privacy.aliases import ALIASES
from libs.slices import Composition, Slice, grpc_services, named
from libs.subject_data import ANSWERS
from services.deals.conversion.events import ConvertedLine
from services.deals.service import COMPOSITION as DEALS
from services.tickets import linking, record, satisfaction
from services.tickets.service import COMPOSITION, SLICES
from tests.component.replica import HERE

MODULES = (partner_projection, *named("tickets", SLICES))
NOWHERE = cast(Env[Any], SimpleNamespace(directory=Directory(HERE)))


def a_slice(name: str, declared: Slice) -> ModuleType:
    """A slice of one module."""
    module = ModuleType(f"services.tickets.{name}")
    module.SLICE = declared  # type: ignore[attr-defined]  # what makes it a slice
    return module


def test_a_service_stores_hears_and_serves_what_its_slices_do() -> None:
    assert set(record.SLICE.kinds) < set(COMPOSITION.kinds)
    assert COMPOSITION.partners is partner_projection.PARTNERS
    assert [one.full_name for one in COMPOSITION.descriptors] == ["prm.tickets.v1.TicketService"]
    assert set(vars(COMPOSITION.servicer(NOWHERE))) == {
        method.name for one in grpc_services("tickets") for method in one.methods
    }


def test_a_service_that_holds_persons_answers_for_them() -> None:
    assert {ALIASES, ANSWERS} < set(COMPOSITION.kinds)
    assert "compliance.subject_request.opened" in [one.subject for one in COMPOSITION.consumers]


def test_an_rpc_that_no_slice_answers_stops_the_start() -> None:
    fewer = Composition("tickets", [one for one in MODULES if one is not satisfaction] + [_events_of(satisfaction)])
    with pytest.raises(TypeError, match="GetSatisfactionReport, ListSatisfactionReports, RecordSatisfaction"):
        fewer.servicer(NOWHERE)


def test_an_rpc_that_two_slices_answer_stops_the_start() -> None:
    twice = Composition("tickets", (*MODULES, linking))
    with pytest.raises(TypeError, match="MergeTicket is answered by more than one slice"):
        twice.servicer(NOWHERE)


def test_an_event_without_a_struct_stops_the_start() -> None:
    with pytest.raises(TypeError, match=r"linking_events.proto: TicketMerged has no struct"):
        Composition("tickets", [one for one in MODULES if one is not linking])


def test_a_message_that_is_only_a_part_of_an_event_is_no_event() -> None:
    with pytest.raises(KeyError):
        DEALS.encode(ConvertedLine("RTR-1", "ROUTERS", 1, None))


def test_a_kind_that_two_slices_declare_stops_the_start() -> None:
    with pytest.raises(TypeError, match="ticket is declared by more than one slice"):
        Composition("tickets", (*MODULES, a_slice("other", Slice(kinds=record.SLICE.kinds))))


def _events_of(capability: ModuleType) -> ModuleType:
    """The slice with its events alone."""
    module = a_slice(capability.__name__.rpartition(".")[2], Slice())
    module.events = capability.events  # type: ignore[attr-defined]  # a submodule
    return module
