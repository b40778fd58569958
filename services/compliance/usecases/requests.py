"""Requests of data subjects, from receipt to the package."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from msgspec.structs import replace

from libs.call import Command
from libs.country import country_violations
from libs.errors import InvalidInput, Violation
from libs.person import Person, PostalAddress
from libs.privacy import aliases
from libs.privacy.aliases import alias_writes, as_written, identified, sought
from libs.privacy.keys import AliasField as Looked
from libs.store.port import Page, create
from services.compliance.documents import REQUESTS
from services.compliance.domain import request as domain
from services.compliance.domain.kinds import (
    IdentityProof,
    Regime,
    RequestChannel,
    RequestState,
    RequestType,
    regime_of,
)
from services.compliance.domain.request import ServiceAnswer, SubjectAlias, SubjectRequest
from services.compliance.usecases.settings import Env

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")  # as the protos' rule for the email of a Person


class CreateRequest(Command, frozen=True, kw_only=True):
    """Record what a person asks."""

    type: RequestType
    regime: Regime | None = None
    country: str
    channel: RequestChannel
    subject: Person | None = None
    aliases: tuple[SubjectAlias, ...] = ()
    identity_proof: IdentityProof
    receive_time: datetime | None = None


class GetRequest(Command, frozen=True, kw_only=True):
    """Look one up."""

    id: str


class ListRequests(Command, frozen=True, kw_only=True):
    """Look many up; empty filters filter nothing."""

    page_size: int = 0
    page_token: str = ""
    state: RequestState | None = None
    type: RequestType | None = None


class RecordAnswer(Command, frozen=True, kw_only=True):
    """A service answered a round."""

    case_id: str
    answer: ServiceAnswer


class RecordExport(Command, frozen=True, kw_only=True):
    """Somebody takes the package whose manifest has this SHA-256."""

    id: str
    sha256: str


async def create_request(env: Env, cmd: CreateRequest) -> SubjectRequest:
    """The request; every service begins to search. Another about the same person does not stand in its way."""
    now = env.clock.now()
    received = cmd.receive_time or now
    if wrong := [*country_violations(cmd.country), *domain.type_violations(cmd.type), *_wrong(cmd, received, now)]:
        raise InvalidInput(wrong)
    env.directory.require_country(cmd.country)
    request = SubjectRequest(
        id=env.ids.new("dsr"),
        type=cmd.type,
        regime=cmd.regime or regime_of(cmd.country),
        country=cmd.country,
        channel=cmd.channel,
        subject=identified(cmd.subject, env.ids),
        aliases=cmd.aliases,
        alias_hashes=_alias_hashes(env, cmd),
        identity_proof=cmd.identity_proof,
        receive_time=received,
        create_time=now,
        update_time=now,
    )
    return await env.commit(
        create(REQUESTS, request),
        *alias_writes(env.keys, REQUESTS, request.id, after=persons(request)),
        events=[domain.opened(request)],
        call=cmd.call,
    )


async def get_request(env: Env, cmd: GetRequest) -> SubjectRequest:
    """The request as it is now."""
    return await env.show(REQUESTS, cmd.id, call=cmd.call)


async def list_requests(env: Env, cmd: ListRequests) -> Page[SubjectRequest]:
    """By id."""
    filters = {"state": cmd.state, "type": cmd.type}
    return await env.listing(REQUESTS, filters, call=cmd.call, page_size=cmd.page_size, page_token=cmd.page_token)


async def record_answer(env: Env, cmd: RecordAnswer) -> SubjectRequest:
    """The request with the answer; the last one of the last round makes it ready."""
    held = await env.load(REQUESTS, cmd.case_id, call=cmd.call)
    request, events = domain.answer(held.value, cmd.answer, now=env.clock.now())
    if request is held.value:
        return request
    return await env.commit(held.put(request), events=events, call=cmd.call)


async def record_export(env: Env, cmd: RecordExport) -> SubjectRequest:
    """The request, its package taken."""
    held = await env.load(REQUESTS, cmd.id, call=cmd.call)
    request, events = domain.exported(held.value, cmd.sha256, now=env.clock.now())
    return await env.commit(held.put(request), events=events, call=cmd.call)


def persons(request: SubjectRequest | CreateRequest) -> tuple[Person, ...]:
    """Who a request names: its subject, and each alias as somebody in the request's country known by it alone."""
    asking = (request.subject,) if request.subject else ()
    return (*asking, *(_known_by(alias, request.country) for alias in request.aliases))


def _known_by(alias: SubjectAlias, country: str) -> Person:
    field = {"EMAIL": "email", "PHONE": "phone", "PERSON_ID": "person_id"}[alias.field.name]
    return replace(Person(address=PostalAddress(country=country)), **{field: alias.value})


def _wrong(cmd: CreateRequest, received: datetime, now: datetime) -> Iterator[Violation]:
    """A time to come, and every alias by which nobody could be found."""
    if received > now:
        yield Violation("receive_time", "is in the future", "IN_THE_FUTURE")
    for place, alias in enumerate(cmd.aliases):
        field = Looked(alias.field.name)
        if why := _unusable(field, aliases.normalise(field, alias.value, cmd.country)):
            yield Violation(f"aliases[{place}].value", why, f"NO_{field.name}")


def _alias_hashes(env: Env, cmd: CreateRequest) -> tuple[str, ...]:
    """InvalidInput if there is nothing to look for."""
    keys = env.keys
    found = {one for who in persons(cmd) for one in (*sought(keys, who, cmd.country), *as_written(keys, who))}
    if not found:
        text = "name at least one email, phone number or person id, here or in subject"
        raise InvalidInput([Violation("aliases", text, "NO_ALIAS")])
    return tuple(sorted(found))


def _unusable(field: Looked, form: str) -> str:
    """Why nobody can be found by a normalised value; empty if somebody can."""
    match field:
        case Looked.EMAIL:
            return "" if _EMAIL.fullmatch(form) else "is no email address"
        case Looked.PHONE:
            return "" if any(character.isdigit() for character in form) else "is no phone number: it has no digits"
        case Looked.PERSON_ID:
            return "" if form else "is empty"
        case _:
            assert_never(field)
