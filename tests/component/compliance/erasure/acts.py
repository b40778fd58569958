"""Compliance and four services erase a person, without a broker between."""

import asyncio

from libs.erasing import erasing
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.store.port import get
from libs.subject_data import SubjectAsked
from services.compliance.erasure.consumers import on_subject_data_erased
from services.compliance.erasure.documents import ERASURES
from services.compliance.erasure.domain import Erasure, erasure_id
from services.compliance.erasure.usecases import BeginErasure, begin_erasure
from services.compliance.requests.domain.request import SERVICES, SubjectRequest
from services.compliance.requests.domain.states import RequestType
from services.compliance.service import COMPOSITION
from tests.builders import a_call
from tests.component.compliance.harness import CARDS, Card, Harness

OWN = next(one for one in COMPOSITION.consumers if one.subject == "compliance.erasure.asked")


async def searched(harness: Harness, *aliases: tuple[str, str]) -> SubjectRequest:
    """A request for erasure, READY_FOR_REVIEW."""
    return await harness.search(await harness.ask(*aliases, type=RequestType.ERASURE))


async def begin(harness: Harness, request: SubjectRequest) -> Erasure:
    """Ask every service."""
    return await harness.run(begin_erasure, BeginErasure, case_id=request.id)


def asked(harness: Harness) -> Envelope:
    """The last question."""
    return [one for one in harness.told if one.type.endswith("ErasureAsked")][-1]


async def states(harness: Harness, service: str) -> Envelope:
    """A service erases; its statement."""
    if service == "compliance":
        await OWN.handle(harness.env, asked(harness), a_call())
        return harness.told[-1]
    holder = harness.holders[service]
    await erasing(CARDS).handle(holder.env, asked(harness), a_call())
    return holder.told[-1]


async def erase(harness: Harness, request: SubjectRequest, *, begun: bool = False) -> Erasure:
    """Round after round until the erasure is certified."""
    if not begun:
        await begin(harness, request)
    while missing := (await erasure(harness, request)).missing_services:
        assert set(missing) == set(SERVICES)
        for told in [await states(harness, one) for one in missing]:
            await on_subject_data_erased(harness.env, told, a_call())
    return await erasure(harness, request)


async def answering_again(harness: Harness, request: SubjectRequest) -> None:
    """Every service answers every round that is opened after that of the request."""
    answered = request.round
    while True:
        told = [
            EventCodec.decode(one, SubjectAsked) for one in harness.told if one.type.endswith("SubjectRequestOpened")
        ]
        if (last := max(one.round for one in told if one.case_id == request.id)) > answered:
            answered = last
            await harness.hear(*await harness.answers(harness.opened()))
        await asyncio.sleep(0)


async def erasure(harness: Harness, request: SubjectRequest) -> Erasure:
    """The erasure as it is now."""
    return await harness.value(ERASURES, erasure_id(request.id))


async def card(harness: Harness, service: str, id: str) -> Card:
    """A row of a service."""
    loaded = await get(harness.holders[service].env.store, CARDS, id)
    assert loaded is not None
    return loaded.value
