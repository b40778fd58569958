"""Compliance and four services take measures for a person, without a broker between."""

from typing import Any

from libs.measures import measuring
from libs.messaging.envelope import Envelope
from libs.person import Person
from libs.store.port import get
from services.compliance.measures.consumers import on_subject_measure_stated
from services.compliance.measures.documents import MEASURES
from services.compliance.measures.domain import Measure, measure_id
from services.compliance.measures.usecases import (
    BeginRectification,
    BeginRestriction,
    begin_rectification,
    begin_restriction,
)
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.states import RequestType
from services.compliance.service import COMPOSITION
from tests.builders import a_call
from tests.component.compliance.harness import CARDS, Card, Harness

OWN = next(one for one in COMPOSITION.consumers if one.subject == "compliance.measure.asked")

ME = ("EMAIL", "anna@example.org")
ANNA = Person(person_id="psn_1", name="Anna Kern", email="anna@example.org", phone="+49301234567")


async def searched(harness: Harness, type: RequestType, *aliases: tuple[str, str]) -> SubjectRequest:
    """A request of Anna Kern, READY_FOR_REVIEW."""
    subject = Person(name="Anna Kern")
    return await harness.search(await harness.ask(*(aliases or (ME,)), type=type, subject=subject))


async def rectify(harness: Harness, request: SubjectRequest, right: Person, wrong: Person, **more: Any) -> Measure:
    """Ask every service to correct, and let every one state it."""
    fields = {"case_id": request.id, "right": right, "wrong": wrong, **more}
    await harness.run(begin_rectification, BeginRectification, **fields)
    return await take(harness, request)


async def restrict(harness: Harness, request: SubjectRequest, **more: Any) -> Measure:
    """Ask every service to restrict, and let every one state it."""
    await harness.run(begin_restriction, BeginRestriction, case_id=request.id, **more)
    return await take(harness, request)


def asked(harness: Harness) -> Envelope:
    """The last question."""
    return [one for one in harness.told if one.type.endswith("MeasureAsked")][-1]


async def states(harness: Harness, service: str) -> Envelope:
    """A service does it; its statement."""
    if service == "compliance":
        await OWN.handle(harness.env, asked(harness), a_call())
        return harness.told[-1]
    holder = harness.holders[service]
    await measuring(CARDS).handle(holder.env, asked(harness), a_call())
    return holder.told[-1]


async def take(harness: Harness, request: SubjectRequest) -> Measure:
    """Every service that is missing states the present round."""
    question = asked(harness)
    for one in (await measure(harness, request)).missing_services:
        harness.told.append(question)
        await on_subject_measure_stated(harness.env, await states(harness, one), a_call())
    return await measure(harness, request)


async def measure(harness: Harness, request: SubjectRequest) -> Measure:
    """The measure as it is now."""
    return await harness.value(MEASURES, measure_id(request.id))


async def card(harness: Harness, service: str, id: str) -> Card:
    """A row of a service."""
    loaded = await get(harness.holders[service].env.store, CARDS, id)
    assert loaded is not None
    return loaded.value


def counted(taken: Measure) -> dict[tuple[str, str], int]:
    """In how many rows, by service and kind."""
    return {(one.service, row.kind): row.rows for one in taken.statements for row in one.counts}


def left(taken: Measure) -> dict[tuple[str, str, str], int]:
    """How many rows were left, by service, kind and ground."""
    return {(one.service, row.kind, row.ground): row.rows for one in taken.statements for row in one.left}
