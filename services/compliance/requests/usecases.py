"""The use cases for requests of data subjects, from receipt to the end of the search."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, assert_never

from msgspec.structs import replace

from libs.call import Command
from libs.country import country_violations
from libs.errors import InvalidInput, Violation
from libs.person import Person
from libs.privacy.aliases import ALIASES, identified, possible
from libs.privacy.keys import AliasField as HashedField
from libs.privacy.objects import ForgedObject
from libs.privacy.spelling import normalise
from libs.sought_hashes import unseal_sought
from libs.store.paging import UPDATED, ListCommand, Range, paged
from libs.store.port import Page, Query, create, get, get_all
from libs.subject_data import SubjectDataLocated, is_genuine, signed_content
from services.compliance.clocks import reads as clocks
from services.compliance.clocks.domain.regimes import Regime, regime_of
from services.compliance.requests.documents import REQUESTS, SIGNED_ANSWERS
from services.compliance.requests.domain.links import LinkedRequest
from services.compliance.requests.domain.moves import OPEN
from services.compliance.requests.domain.request import (
    Intake,
    ServiceAnswer,
    SignedAnswer,
    SubjectAlias,
    SubjectRequest,
    persons,
)
from services.compliance.requests.domain.search import (
    AnswerForged,
    awaits,
    begin_search,
    receive_answer,
    receive_request,
)
from services.compliance.requests.domain.states import (
    CHECKED,
    NOT_SEARCHED,
    IdentityProof,
    RequestChannel,
    RequestState,
    RequestType,
)
from services.compliance.requests.reads import ask, hashes_of, link_of, linked_with
from services.compliance.settings import Env, ProofAtReceipt

DUPLICATES_LOOKED_AT = 20  # requests with the same aliases, the newest ones

_RECEIVED = Range("receive_time", "received_since", "received_before")

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")  # as the protos' rule for the email of a Person


class CreateRequest(Command, frozen=True, kw_only=True):
    """Record a request and start its search, or let it wait for the proof of identity. regime: None for the law of the
    country. identity_proof: None if there is none yet. receive_time: None for now. about_case_id: of a complaint, the
    request that it is about; empty if about none."""

    type: RequestType
    regime: Regime | None = None
    country: str
    channel: RequestChannel
    subject: Person | None = None
    aliases: tuple[SubjectAlias, ...] = ()
    identity_proof: IdentityProof | None = None
    receive_time: datetime | None = None
    about_case_id: str = ""


class GetRequest(Command, frozen=True, kw_only=True):
    """Get one request."""

    id: str


class LinkedWith(NamedTuple):
    """A request, the id of its link with requests of other cells (empty if it has none), and their states."""

    request: SubjectRequest
    link_id: str = ""
    linked: tuple[LinkedRequest, ...] = ()


class ListRequests(ListCommand, frozen=True, kw_only=True):
    """List requests; an empty filter matches all of them."""

    state: RequestState | None = None
    type: RequestType | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None
    received_since: datetime | None = None
    received_before: datetime | None = None


class RecordAnswer(Command, frozen=True, kw_only=True):
    """Record the answer of a service to a round. sender: the service on whose NATS subject the event arrived."""

    case_id: str
    answer: ServiceAnswer
    located: SubjectDataLocated
    sender: str


async def create_request(env: Env, cmd: CreateRequest) -> SubjectRequest:
    """The new request. Its search begins at once if the law or the type asks for no proof of identity, or if there is
    one; if it needs no search it is READY_FOR_REVIEW. An earlier request about the same person is linked and does not
    block it. InvalidInput lists every violation; NotFound for an unknown `about_case_id`."""
    now = env.clock.now()
    received = cmd.receive_time or now
    if wrong := [*country_violations(cmd.country), *_violations(env, cmd, received, now)]:
        raise InvalidInput(wrong)
    env.directory.require_country(cmd.country)
    if cmd.about_case_id:
        await env.show(REQUESTS, cmd.about_case_id, call=cmd.call)
    intake = Intake(
        type=cmd.type,
        regime=cmd.regime or regime_of(cmd.country),
        country=cmd.country,
        channel=cmd.channel,
        subject=cmd.subject,
        aliases=cmd.aliases,
        identity_proof=cmd.identity_proof,
        receive_time=received,
        about_case_id=cmd.about_case_id,
    )
    hashes = _alias_hashes(env, intake)
    resembling = {one for who in persons(intake) for one in possible(env.keys, who, intake.country)}
    earlier = await _earlier(env, intake.type, hashes)
    intake = replace(intake, subject=identified(cmd.subject, env.ids), duplicate_of_case_id=earlier)
    request, events = receive_request(
        intake,
        id=env.ids.new("dsr"),
        alias_hashes=hashes,
        possible_hashes=tuple(sorted(resembling.difference(hashes))),
        now=now,
    )
    clock = clocks.started(
        env, request.id, request.regime, request.type, country=request.country, received=request.receive_time
    )
    if request.type not in NOT_SEARCHED and (request.identity_proof or not clock.value.terms.verify):
        request, opened = await ask(env, *begin_search(request, now=now))
        events = (*events, *opened)
    return await env.commit(create(REQUESTS, request), *clock.writes, events=[*events, *clock.events], call=cmd.call)


async def get_request(env: Env, cmd: GetRequest) -> LinkedWith:
    """The request as it is now, with its link."""
    request = await env.show(REQUESTS, cmd.id, call=cmd.call)
    link = await link_of(env, cmd.id)
    return LinkedWith(request, link.value.id, await linked_with(env, link.value.id)) if link else LinkedWith(request)


async def list_requests(env: Env, cmd: ListRequests) -> Page[SubjectRequest]:
    """One page of requests, by id unless the caller asks for another order."""
    filters = {"state": cmd.state, "type": cmd.type}
    return await env.listing(REQUESTS, filters, call=cmd.call, **paged(cmd, UPDATED, _RECEIVED))


async def record_answer(env: Env, cmd: RecordAnswer) -> SubjectRequest:
    """The request with the answer; the last answer of the last round makes it READY_FOR_REVIEW. The first answer of a
    service to a round is kept as it was signed, also if it comes too late, but not once the person was erased from the
    request. AnswerForged unless the service that the answer names sent and signed it, as its answer to the question
    that was asked; StoreUnavailable, also if the object store is unavailable."""
    if cmd.sender != cmd.located.service or not is_genuine(env.keys, cmd.located):
        raise AnswerForged(cmd.case_id, cmd.located.service, cmd.sender)
    loaded = await env.load(REQUESTS, cmd.case_id, call=cmd.call)
    answer = await _with_hashes(env, loaded.value, cmd)
    request, events = await ask(env, *receive_answer(loaded.value, answer, now=env.clock.now()))
    signed = _signed(cmd.located)
    if request is loaded.value:
        if not request.erased and await get(env.store, SIGNED_ANSWERS, signed.id) is None:
            await env.commit(create(SIGNED_ANSWERS, signed), call=cmd.call)
        return request
    return await env.commit(loaded.put(request), create(SIGNED_ANSWERS, signed), events=events, call=cmd.call)


async def _with_hashes(env: Env, request: SubjectRequest, cmd: RecordAnswer) -> ServiceAnswer:
    """The answer with the further hashes that its object has; as it is if the search does not wait for it. AnswerForged
    if it names another question than the present one: its service has not read which aliases are searched."""
    located = cmd.located
    if not awaits(request, located.service, located.round):
        return cmd.answer
    if located.asked_object_name != request.object_name:
        raise AnswerForged(cmd.case_id, located.service, cmd.sender)
    if not (name := located.aliases_object_name):
        return cmd.answer
    try:
        found = unseal_sought(env.keys, name, await env.objects.get(name), located.aliases_sha256)
    except ForgedObject as err:
        raise AnswerForged(cmd.case_id, located.service, cmd.sender) from err
    return replace(cmd.answer, alias_hashes=found.alias_hashes)


def _signed(located: SubjectDataLocated) -> SignedAnswer:
    return SignedAnswer(
        id=f"{located.case_id}:{located.round}:{located.service}",
        case_id=located.case_id,
        content=signed_content(located),
        signature=located.answer_signature,
    )


async def _earlier(env: Env, type: RequestType, hashes: tuple[str, ...]) -> str:
    """The id of the earliest open request of this type that searches for one of the hashes, among the newest ones with
    these hashes; empty if there is none."""
    found: set[str] = set()
    for one in hashes:
        wanted = {"hash": one, "kind": REQUESTS.name}
        page = await env.store.find(
            Query(kind=ALIASES, equals=wanted, order="row", descending=True, limit=DUPLICATES_LOOKED_AT)
        )
        found.update(loaded.value.row for loaded in page.rows)
    newest = sorted(found)[-DUPLICATES_LOOKED_AT:]
    for earlier in (await get_all(env.store, REQUESTS, newest)).values():
        request = earlier.value
        if request.type is type and request.state in OPEN and not set(hashes).isdisjoint(request.alias_hashes):
            return request.id
    return ""


def _violations(env: Env, cmd: CreateRequest, received: datetime, now: datetime) -> Iterator[Violation]:
    """A violation for a time of receipt in the future, for a proof that the vendor does not accept at the receipt, for
    a complaint that is none, and one for each alias that cannot identify a person."""
    if received > now:
        yield Violation("receive_time", "is in the future", "IN_THE_FUTURE")
    if cmd.identity_proof and env.settings.policy.proof_at_receipt is ProofAtReceipt.REFUSED:
        yield Violation("identity_proof", "is proved by a check, after the receipt", "PROOF_NOT_ACCEPTED")
    if cmd.identity_proof in CHECKED:
        yield Violation("identity_proof", "follows from a check only", "PROOF_NOT_ACCEPTED")
    if cmd.about_case_id and cmd.type is not RequestType.COMPLAINT:
        yield Violation("about_case_id", "is for complaints only", "NO_COMPLAINT")
    for place, alias in enumerate(cmd.aliases):
        field = HashedField(alias.field.name)
        if why := _unusable(field, normalise(field, alias.value, cmd.country)):
            yield Violation(f"aliases[{place}].value", why, f"NO_{field.name}")


def _alias_hashes(env: Env, intake: Intake) -> tuple[str, ...]:
    """The hashes of all aliases to search, sorted; InvalidInput if there are none."""
    found = hashes_of(env, persons(intake), intake.country)
    if not found:
        text = "name at least one email, phone number or person id, here or in subject"
        raise InvalidInput([Violation("aliases", text, "NO_ALIAS")])
    return found


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
