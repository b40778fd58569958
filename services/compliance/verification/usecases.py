"""The use cases of identity checks. A check that passes starts the search of its request in the same commit."""

import hmac
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from libs.call import Call, Command
from libs.env import About
from libs.errors import InvalidInput, Violation
from libs.privacy.aliases import identified, sought
from libs.privacy.keys import AliasField as HashedField
from libs.store.port import Loaded, Put, create, get
from services.compliance.clocks import reads as clocks
from services.compliance.clocks.reads import ClockWrites
from services.compliance.handling.domain import resume
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.moves import MOVES, Move, moved
from services.compliance.requests.domain.request import AliasField, SubjectAlias, SubjectRequest, named, person_of
from services.compliance.requests.domain.search import begin_search
from services.compliance.requests.domain.states import HoldReason, RequestState
from services.compliance.requests.reads import ask, hashes_of
from services.compliance.settings import Env
from services.compliance.verification import domain
from services.compliance.verification.documents import CHECKS
from services.compliance.verification.domain import (
    CheckResult,
    CheckState,
    IdentityCheck,
    IdentityEvidence,
    Mandate,
    check_id,
    new_check,
)
from services.compliance.verification.events import SubjectRequestExpired


class IssueCode(Command, frozen=True, kw_only=True):
    """Issue a one-time code for an alias of a request. code: a new one, handed out by the API and never stored."""

    case_id: str
    alias: SubjectAlias
    code: str

    def __repr__(self) -> str:
        return f"IssueCode({self.case_id})"


class ConfirmCode(Command, frozen=True, kw_only=True):
    """Try the code that the person returned."""

    case_id: str
    code: str

    def __repr__(self) -> str:
        return f"ConfirmCode({self.case_id})"


class RecordIdentityCheck(Command, frozen=True, kw_only=True):
    """Record what an officer checked. seen: at least one. mandate: of an agent who asks for the person."""

    case_id: str
    etag: str = ""
    result: CheckResult
    seen: tuple[IdentityEvidence, ...]
    mandate: Mandate | None = None


class GetIdentityCheck(Command, frozen=True, kw_only=True):
    """Get the check of a request."""

    case_id: str


class ExpireRequest(Command, frozen=True, kw_only=True):
    """End a request whose identity nobody proved in time."""

    id: str


async def issue_code(env: Env, cmd: IssueCode) -> IdentityCheck:
    """The check with a keyed hash of the code. InvalidInput for an alias that the request does not name, or to which
    nothing can be sent; TooManyCodes; WrongState unless the request waits for a proof of identity."""
    loaded = await env.load(REQUESTS, cmd.case_id, call=cmd.call)
    now = env.clock.now()
    request = _checked(env, loaded.value)
    number = _place(env, request, cmd.alias)
    held = await get(env.store, CHECKS, check_id(cmd.case_id))
    before = held.value if held is not None else new_check(cmd.case_id, now)
    valid = timedelta(minutes=env.settings.policy.code_minutes)
    check, event = domain.issue(before, number, code_hash(env, before.id, cmd.code), valid=valid, now=now)
    return await env.commit(_put(held, check), loaded.put(request), events=[event], call=cmd.call)


def handed_out(env: Env, cmd: IssueCode, check: IdentityCheck) -> str:
    """The code of this call; empty if the call was repeated and the first one has handed the code out."""
    return cmd.code if _same(code_hash(env, check.id, cmd.code), check.code_hash) else ""


async def confirm_code(env: Env, cmd: ConfirmCode) -> IdentityCheck:
    """The check: PASSED, and the search for the alias has begun; or with one attempt less. NoValidCode; WrongState
    unless the request waits for a proof of identity; NotFound if no code was issued."""
    loaded = await env.load(REQUESTS, cmd.case_id, call=cmd.call)
    request = _checked(env, loaded.value)
    held = await env.load(CHECKS, check_id(cmd.case_id), call=cmd.call)
    right = _same(code_hash(env, held.value.id, cmd.code), held.value.code_hash)
    check, event = domain.try_code(held.value, right=right, now=env.clock.now())
    if check.state is not CheckState.PASSED:
        return await env.commit(held.put(check), events=[event], call=cmd.call)
    alias = named(request)[check.alias_number]
    proven = hashes_of(env, [alias], request.country)
    others = {*request.possible_hashes, *request.alias_hashes}.difference(proven)
    request = replace(request, alias_hashes=proven, possible_hashes=tuple(sorted(others)))
    return await _begin(env, held.put(check), event, loaded, request, cmd.call)


async def record_identity_check(env: Env, cmd: RecordIdentityCheck) -> IdentityCheck:
    """The check: PASSED, and the search for all aliases has begun; or FAILED. InvalidInput for a mandate that has
    expired; WrongState unless the request waits for a proof of identity."""
    loaded = await env.load(REQUESTS, cmd.case_id, call=cmd.call)
    held = await get(env.store, CHECKS, check_id(cmd.case_id))
    if held is not None or cmd.etag:
        held = await env.load(CHECKS, check_id(cmd.case_id), call=cmd.call, etag=cmd.etag)
    mandate = cmd.mandate
    if mandate is not None:
        if mandate.expire_date is not None and mandate.expire_date < env.today():
            raise InvalidInput([Violation("mandate.expire_date", "is past", "IN_THE_PAST")])
        mandate = replace(mandate, agent=identified(mandate.agent, env.ids) or mandate.agent)
    now = env.clock.now()
    before = held.value if held is not None else new_check(cmd.case_id, now)
    check, event = domain.record(before, cmd.result, cmd.seen, mandate, now)
    put, request = _put(held, check), _checked(env, loaded.value)
    if check.state is CheckState.PASSED:
        return await _begin(env, put, event, loaded, request, cmd.call)
    return await env.commit(put, loaded.put(request), events=[event], call=cmd.call)


async def get_identity_check(env: Env, cmd: GetIdentityCheck) -> IdentityCheck:
    """The check as it is now; NotFound if nothing was checked."""
    return await env.show(CHECKS, check_id(cmd.case_id), call=cmd.call)


async def expire_request(env: Env, cmd: ExpireRequest) -> SubjectRequest:
    """The request, EXPIRED, with its clock ended. WrongState unless it waits for a proof of identity."""
    loaded = await env.load(REQUESTS, cmd.id, call=cmd.call)
    request = moved(loaded.value, Move.EXPIRE, env.clock.now())
    clock = await clocks.ended(env, cmd.id, answered=False)
    expired = SubjectRequestExpired(case_id=request.id, type=request.type)
    return await env.commit(loaded.put(request), *clock.writes, events=[expired, *clock.events], call=cmd.call)


def code_hash(env: Env, check_id: str, code: str) -> str:
    """The keyed hash of a code. No person id begins like this, so that no alias has the same hash."""
    return env.keys.blind(HashedField.PERSON_ID, f"one-time-code\0{check_id}\0{code}")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one, other)


async def _begin(
    env: Env,
    put: Put[IdentityCheck],
    event: msgspec.Struct,
    loaded: Loaded[SubjectRequest],
    request: SubjectRequest,
    call: Call,
) -> IdentityCheck:
    """Commit the check together with the request, whose search begins. A request on hold for the information is resumed
    with its clock."""
    now, clock = env.clock.now(), ClockWrites()
    told: tuple[msgspec.Struct, ...] = (event,)
    if _awaits_information(request):
        request, resumed = resume(request, now)
        clock, told = await clocks.resumed(env, request.id), (*told, resumed)
    begun, opened = await ask(env, *begin_search(replace(request, identity_proof=put.document.proof), now=now))
    written = loaded.put(begun)
    about = [About(one, written.document) for one in opened]
    return await env.commit(put, written, *clock.writes, events=[*told, *about, *clock.events], call=call)


def _awaits_information(request: SubjectRequest) -> bool:
    """Whether the request is on hold until the person sends what proves the identity, say."""
    waits = request.held_state in MOVES[Move.BEGIN].sources
    return waits and request.hold_reason is HoldReason.INFORMATION_AWAITED


def _checked(env: Env, request: SubjectRequest) -> SubjectRequest:
    """The request in VERIFYING_IDENTITY; on hold for the information it stays so. WrongState."""
    if _awaits_information(request):
        return replace(request, held_state=RequestState.VERIFYING_IDENTITY, update_time=env.clock.now())
    return moved(request, Move.CHECK_IDENTITY, env.clock.now())


def _place(env: Env, request: SubjectRequest, alias: SubjectAlias) -> int:
    """The place of the alias in `named` of the request. InvalidInput if it is none, or if nothing can be sent to it."""
    if alias.field is AliasField.PERSON_ID:
        raise InvalidInput([Violation("alias.field", "nothing can be sent to a person id", "NOT_DELIVERABLE")])
    wanted = sought(env.keys, person_of(alias, request.country), request.country)
    places = [sought(env.keys, one, request.country) for one in named(request)]
    if not wanted or wanted not in places:
        raise InvalidInput([Violation("alias.value", "is no alias of the request", "NOT_AN_ALIAS")])
    return places.index(wanted)


def _put(held: Loaded[IdentityCheck] | None, check: IdentityCheck) -> Put[IdentityCheck]:
    return held.put(check) if held is not None else create(CHECKS, check)
