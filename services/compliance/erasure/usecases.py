"""The use cases of erasures: begin, read, record what a service states, certify."""

import hashlib

from msgspec.structs import replace

from libs.call import Call, Command
from libs.erasing import SubjectDataErased, is_genuine, seal_hashes, unseal_hashes
from libs.privacy.ledger.hashes import shred_hashes
from libs.store.port import Loaded, Put, create, get
from services.compliance.clocks import reads as clocks
from services.compliance.erasure import domain
from services.compliance.erasure.documents import ERASURES
from services.compliance.erasure.domain import (
    ROUNDS_AT_MOST,
    Erasure,
    ErasureCertificate,
    ErasureState,
    ErasureStatement,
    erasure_id,
    require_erasable,
)
from services.compliance.erasure.events import ErasureAsked, ErasureCertified, ErasureHeld
from services.compliance.holds import reads as holds
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.moves import OPEN, Move, moved
from services.compliance.requests.domain.request import SubjectRequest, without_hashes
from services.compliance.requests.domain.statements import StatementForged
from services.compliance.requests.domain.states import RequestState
from services.compliance.requests.reads import forget_answers
from services.compliance.settings import Env


class BeginErasure(Command, frozen=True, kw_only=True):
    """Ask every service to erase the person of a request."""

    case_id: str


class GetErasure(Command, frozen=True, kw_only=True):
    """Get the erasure of a request."""

    case_id: str


class RecordErasure(Command, frozen=True, kw_only=True):
    """Record what a service states. sender: the service on whose NATS subject the event arrived."""

    case_id: str
    statement: ErasureStatement
    told: SubjectDataErased
    sender: str


async def begin_erasure(env: Env, cmd: BeginErasure) -> Erasure:
    """The erasure, asked of every service; asked once more if services are missing; HELD if a legal hold stops it.
    Unchanged if it is certified, but for a request that was on hold then: it is completed now. NoErasure, WrongState,
    NotFound, StoreUnavailable."""
    loaded = await env.load(REQUESTS, cmd.case_id, call=cmd.call)
    request = loaded.value
    held = await get(env.store, ERASURES, erasure_id(cmd.case_id))
    erasure = held.value if held is not None else domain.new_erasure(request.id, env.clock.now())
    if held is not None and erasure.state is ErasureState.CERTIFIED:
        if request.state is not RequestState.READY_FOR_REVIEW:
            return await env.unchanged(held, call=cmd.call)
        return await _commit_certified(
            env, held.put(replace(erasure, update_time=env.clock.now())), loaded, (), cmd.call
        )
    require_erasable(request)
    hashes = frozenset(request.alias_hashes)
    if erasure.object_name:
        sealed = await env.objects.get(erasure.object_name)
        hashes |= unseal_hashes(env.keys, erasure.object_name, sealed)
    if (hold := await holds.stopping(env, hashes)) is not None:
        return await _hold(env, held, erasure, hold_id=hold.id, call=cmd.call)
    return await _ask(env, held, erasure, hashes, call=cmd.call)


async def get_erasure(env: Env, cmd: GetErasure) -> Erasure:
    """The erasure as it is now; NotFound before it was begun."""
    return await env.show(ERASURES, erasure_id(cmd.case_id), call=cmd.call)


async def record_erasure(env: Env, cmd: RecordErasure) -> Erasure:
    """The erasure with the statement. The last statement of a round certifies the erasure and completes the request, or
    opens the next round if further aliases were found. StatementForged unless the service sent and signed it."""
    if cmd.sender != cmd.told.service or not is_genuine(env.keys, cmd.told):
        raise StatementForged(cmd.case_id, cmd.told.service, cmd.sender)
    loaded = await env.load(ERASURES, erasure_id(cmd.case_id), call=cmd.call)
    erasure = domain.stated(loaded.value, cmd.statement, env.clock.now())
    if erasure is loaded.value:
        return erasure
    if erasure.missing_services:
        return await env.commit(loaded.put(erasure), call=cmd.call)
    known, fresh = await _hashes(env, erasure)
    if fresh - known and erasure.round < ROUNDS_AT_MOST:
        return await _ask(env, loaded, loaded.value, known | fresh, call=cmd.call)
    certified = await _certify(env, loaded, erasure, cmd)
    for one in (erasure.object_name, *(one.object_name for one in erasure.statements if one.object_name)):
        await env.objects.delete(one)  # those of earlier rounds, and after a kill these, expire
    return certified


async def _hold(env: Env, held: Loaded[Erasure] | None, erasure: Erasure, *, hold_id: str, call: Call) -> Erasure:
    if held is not None and erasure.hold_id == hold_id:
        return await env.unchanged(held, call=call)
    stopped = domain.held(erasure, hold_id, env.clock.now())
    told = ErasureHeld(case_id=erasure.case_id, hold_id=hold_id)
    return await env.commit(_put(held, stopped), events=[told], call=call)


async def _ask(
    env: Env, held: Loaded[Erasure] | None, erasure: Erasure, hashes: frozenset[str], *, call: Call
) -> Erasure:
    """Ask every service in a new round."""
    name = await seal_hashes(env, erasure.case_id, erasure.round + 1, hashes, for_all=True)
    again = domain.asked_again(erasure, name, env.clock.now())
    return await env.commit(_put(held, again), events=[_asked(again)], call=call)


def _put(held: Loaded[Erasure] | None, erasure: Erasure) -> Put[Erasure]:
    return held.put(erasure) if held is not None else create(ERASURES, erasure)


async def _hashes(env: Env, erasure: Erasure) -> tuple[frozenset[str], frozenset[str]]:
    """The hashes that the present round asked for, and those that its statements add."""
    names = [erasure.object_name, *(one.object_name for one in erasure.statements if one.object_name)]
    known, *more = [unseal_hashes(env.keys, one, await env.objects.get(one)) for one in names]
    return known, frozenset[str]().union(*more)


async def _certify(env: Env, loaded: Loaded[Erasure], erasure: Erasure, cmd: RecordErasure) -> Erasure:
    await _forget(env, erasure.case_id)
    now = env.clock.now()
    kept_for = env.settings.policy.key_backups_kept
    content = domain.certificate_content(erasure, cell=env.directory.here.code, key_backups_for=kept_for, now=now)
    proof = ErasureCertificate(content=content, signature=env.keys.sign(content), public_key=env.keys.public_key)
    certified = loaded.put(replace(erasure, state=ErasureState.CERTIFIED, certificate=proof))
    told = ErasureCertified(
        case_id=erasure.case_id, sha256=hashlib.sha256(content).hexdigest(), withheld=erasure.withheld
    )
    request = await get(env.store, REQUESTS, erasure.case_id)
    if request is None or request.value.state is not RequestState.READY_FOR_REVIEW:  # ended by an officer, or on hold
        ended = request is not None and request.value.state not in OPEN
        forgotten = [request.put(without_hashes(request.value))] if request is not None and ended else []
        return await env.commit(certified, *forgotten, events=[told], call=cmd.call)
    return await _commit_certified(env, certified, request, (told,), cmd.call)


async def _forget(env: Env, case_id: str) -> None:
    """Delete the keyed hashes of the person from the request and from what services signed for it."""
    await forget_answers(env, case_id)
    if (request := await get(env.store, REQUESTS, case_id)) is not None:
        await shred_hashes(env.store, request, case_id)


async def _commit_certified(
    env: Env, certified: Put[Erasure], request: Loaded[SubjectRequest], told: tuple[ErasureCertified, ...], call: Call
) -> Erasure:
    """Write the certified erasure, and with it the end of the request."""
    clock = await clocks.ended(env, request.value.id, answered=True)
    done = request.put(_completed(env, request.value, certified.document))
    return await env.commit(certified, done, *clock.writes, events=[*told, *clock.events], call=call)


def _completed(env: Env, request: SubjectRequest, erasure: Erasure) -> SubjectRequest:
    """The request, completed, without the hashes of the person's aliases."""
    now = env.clock.now()
    done = moved(request, Move.COMPLETE_PARTLY if erasure.withheld else Move.COMPLETE, now)
    return replace(without_hashes(done), complete_time=now)


def _asked(erasure: Erasure) -> ErasureAsked:
    return ErasureAsked(case_id=erasure.case_id, round=erasure.round, object_name=erasure.object_name)
