"""The use cases for requests of data subjects, from receipt to the end of the search."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from msgspec.structs import replace

from libs.call import Command
from libs.country import country_violations
from libs.errors import InvalidInput, Violation
from libs.person import Person
from libs.privacy.aliases import as_written, identified, possible, sought
from libs.privacy.keys import AliasField as HashedField
from libs.privacy.spelling import normalise
from libs.store.port import Page, create
from libs.subject_data import SubjectDataLocated, is_genuine
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.regimes import Regime, regime_of
from services.compliance.requests.domain.request import (
    Intake,
    ServiceAnswer,
    SubjectAlias,
    SubjectRequest,
    persons,
    type_violations,
)
from services.compliance.requests.domain.search import AnswerForged, open_request, receive_answer
from services.compliance.requests.domain.states import IdentityProof, RequestChannel, RequestState, RequestType
from services.compliance.settings import Env

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")  # as the protos' rule for the email of a Person


class CreateRequest(Command, frozen=True, kw_only=True):
    """Record a request and start its search. regime: None for the law of the country. receive_time: None for now."""

    type: RequestType
    regime: Regime | None = None
    country: str
    channel: RequestChannel
    subject: Person | None = None
    aliases: tuple[SubjectAlias, ...] = ()
    identity_proof: IdentityProof
    receive_time: datetime | None = None


class GetRequest(Command, frozen=True, kw_only=True):
    """Get one request."""

    id: str


class ListRequests(Command, frozen=True, kw_only=True):
    """List requests; an empty filter matches all of them."""

    page_size: int = 0
    page_token: str = ""
    state: RequestState | None = None
    type: RequestType | None = None


class RecordAnswer(Command, frozen=True, kw_only=True):
    """Record the answer of a service to a round. sender: the service on whose NATS subject the event arrived."""

    case_id: str
    answer: ServiceAnswer
    located: SubjectDataLocated
    sender: str


async def create_request(env: Env, cmd: CreateRequest) -> SubjectRequest:
    """The new request; its event makes every service search. An earlier request about the same person does not block
    it. InvalidInput lists every violation."""
    now = env.clock.now()
    received = cmd.receive_time or now
    if wrong := [*country_violations(cmd.country), *type_violations(cmd.type), *_violations(cmd, received, now)]:
        raise InvalidInput(wrong)
    env.directory.require_country(cmd.country)
    intake = Intake(
        type=cmd.type,
        regime=cmd.regime or regime_of(cmd.country),
        country=cmd.country,
        channel=cmd.channel,
        subject=cmd.subject,
        aliases=cmd.aliases,
        identity_proof=cmd.identity_proof,
        receive_time=received,
    )
    hashes = _alias_hashes(env, intake)
    resembling = {one for who in persons(intake) for one in possible(env.keys, who, intake.country)}
    intake = replace(intake, subject=identified(cmd.subject, env.ids))
    request, events = open_request(
        intake,
        id=env.ids.new("dsr"),
        alias_hashes=hashes,
        possible_hashes=tuple(sorted(resembling.difference(hashes))),
        now=now,
    )
    return await env.commit(
        create(REQUESTS, request),
        events=events,
        call=cmd.call,
    )


async def get_request(env: Env, cmd: GetRequest) -> SubjectRequest:
    """The request as it is now."""
    return await env.show(REQUESTS, cmd.id, call=cmd.call)


async def list_requests(env: Env, cmd: ListRequests) -> Page[SubjectRequest]:
    """One page of requests by id."""
    filters = {"state": cmd.state, "type": cmd.type}
    return await env.listing(REQUESTS, filters, call=cmd.call, page_size=cmd.page_size, page_token=cmd.page_token)


async def record_answer(env: Env, cmd: RecordAnswer) -> SubjectRequest:
    """The request with the answer; the last answer of the last round makes it READY_FOR_REVIEW. AnswerForged unless the
    service that the answer names sent and signed it."""
    if cmd.sender != cmd.located.service or not is_genuine(env.keys, cmd.located):
        raise AnswerForged(cmd.case_id, cmd.located.service, cmd.sender)
    loaded = await env.load(REQUESTS, cmd.case_id, call=cmd.call)
    request, events = receive_answer(loaded.value, cmd.answer, now=env.clock.now())
    if request is loaded.value:
        return request
    return await env.commit(loaded.put(request), events=events, call=cmd.call)


def _violations(cmd: CreateRequest, received: datetime, now: datetime) -> Iterator[Violation]:
    """A violation for a time of receipt in the future, and one for each alias that cannot identify a person."""
    if received > now:
        yield Violation("receive_time", "is in the future", "IN_THE_FUTURE")
    for place, alias in enumerate(cmd.aliases):
        field = HashedField(alias.field.name)
        if why := _unusable(field, normalise(field, alias.value, cmd.country)):
            yield Violation(f"aliases[{place}].value", why, f"NO_{field.name}")


def _alias_hashes(env: Env, intake: Intake) -> tuple[str, ...]:
    """The hashes of all aliases to search, sorted; InvalidInput if there are none."""
    keys, country = env.keys, intake.country
    found = {one for who in persons(intake) for one in (*sought(keys, who, country), *as_written(keys, who))}
    if not found:
        text = "name at least one email, phone number or person id, here or in subject"
        raise InvalidInput([Violation("aliases", text, "NO_ALIAS")])
    return tuple(sorted(found))


def _unusable(field: HashedField, form: str) -> str:
    """Why a normalised value cannot identify a person; empty if it can."""
    match field:
        case HashedField.EMAIL:
            return "" if _EMAIL.fullmatch(form) else "is no email address"
        case HashedField.PHONE:
            return "" if any(character.isdigit() for character in form) else "is no phone number: it has no digits"
        case HashedField.PERSON_ID:
            return "" if form else "is empty"
        case _:
            assert_never(field)
