"""The use cases of measures: begin, lift, decide, read, record what a service states."""

from datetime import datetime

from msgspec.structs import replace

from libs.call import Call, Command
from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.errors import InvalidInput, Violation
from libs.measure_act import MeasureAct
from libs.measures import MeasureOrder, SubjectMeasureStated, is_genuine, seal_order
from libs.person import Person, home_violations, require_homes
from libs.privacy.aliases import hashes as hashes_in
from libs.privacy.correction import Correction
from libs.privacy.identity import Identity, name_hashes
from libs.store.port import Loaded, Put, create, get
from services.compliance.measures import domain
from services.compliance.measures.documents import MEASURES
from services.compliance.measures.domain import (
    LiftNotice,
    Measure,
    MeasureState,
    MeasureStatement,
    ObjectionGround,
    ObjectionOutcome,
    measure_id,
)
from services.compliance.measures.events import MeasureAsked, MeasureCompleted, ObjectionDecided
from services.compliance.requests.documents import KNOWN_AS, REQUESTS
from services.compliance.requests.domain.request import KnownAs, SubjectRequest, named
from services.compliance.requests.domain.statements import StatementForged
from services.compliance.requests.domain.states import RequestChannel
from services.compliance.requests.reads import hashes_of
from services.compliance.settings import Env


class BeginRectification(Command, frozen=True, kw_only=True):
    """Ask every service to correct the data of the person of a request."""

    case_id: str
    right: Person
    wrong: Person | None = None
    known_as: tuple[str, ...] = ()


class BeginRestriction(Command, frozen=True, kw_only=True):
    """Ask every service to restrict the data of the person of a request."""

    case_id: str
    known_as: tuple[str, ...] = ()


class LiftRestriction(Command, frozen=True, kw_only=True):
    """Ask every service to release the data. told_time: when the person was told; None for now."""

    case_id: str
    channel: RequestChannel
    told_time: datetime | None = None


class DecideObjection(Command, frozen=True, kw_only=True):
    """Decide an objection."""

    case_id: str
    outcome: ObjectionOutcome
    ground: ObjectionGround | None = None


class GetMeasure(Command, frozen=True, kw_only=True):
    """Get the measure of a request."""

    case_id: str


class RecordMeasure(Command, frozen=True, kw_only=True):
    """Record what a service states. sender: the service on whose NATS subject the event arrived."""

    case_id: str
    statement: MeasureStatement
    told: SubjectMeasureStated
    sender: str


async def begin_rectification(env: Env, cmd: BeginRectification) -> Measure:
    """The measure, asked of every service. InvalidInput with every violation, NoMeasure, WrongState, WrongCell,
    NotFound."""
    request = (await env.load(REQUESTS, cmd.case_id, call=cmd.call)).value
    correction = Correction(wrong=cmd.wrong or Person(), right=cmd.right)
    if wrong := [*correction.violations(), *home_violations(right=cmd.right)]:
        raise InvalidInput(wrong)
    require_homes(env.directory, right=cmd.right)
    domain.require_type(request, domain.RECTIFIED)
    held = await get(env.store, MEASURES, measure_id(request.id))
    measure = held.value if held is not None else domain.new_measure(request.id, MeasureAct.RECTIFY, env.clock.now())
    names = (correction.wrong.name, correction.right.name, *cmd.known_as)
    known = await _known_as(env, request, names, hashes_in(env.keys, replace(cmd.right, person_id="")))
    order = MeasureOrder(identity=_identity(env, request, known.document), correction=correction)
    measure = replace(measure, fields=tuple(sorted({*measure.fields, *correction.fields})))
    return await _ask(env, held, measure, MeasureAct.RECTIFY, known, order=order, call=cmd.call)


async def begin_restriction(env: Env, cmd: BeginRestriction) -> Measure:
    """The measure, asked of every service. InvalidInput, NoMeasure, WrongState, NotFound."""
    request = (await env.load(REQUESTS, cmd.case_id, call=cmd.call)).value
    domain.require_type(request, domain.RESTRICTED)
    held = await get(env.store, MEASURES, measure_id(request.id))
    measure = held.value if held is not None else domain.new_measure(request.id, MeasureAct.RESTRICT, env.clock.now())
    known = await _known_as(env, request, cmd.known_as, frozenset())
    order = MeasureOrder(identity=_identity(env, request, known.document))
    measure = replace(measure, lift_notice=None)
    return await _ask(env, held, measure, MeasureAct.RESTRICT, known, order=order, call=cmd.call)


async def lift_restriction(env: Env, cmd: LiftRestriction) -> Measure:
    """The measure, by which every service is asked to release the data. InvalidInput if the person will be told later;
    NoMeasure, NotFound."""
    now = env.clock.now()
    told = cmd.told_time or now
    if told > now:
        raise InvalidInput([Violation("told_time", "is in the future", "IN_THE_FUTURE")])
    request = (await env.load(REQUESTS, cmd.case_id, call=cmd.call)).value
    held = await get(env.store, MEASURES, measure_id(request.id))
    measure = domain.require_restricted(request, held.value if held is not None else None)
    measure = replace(measure, lift_notice=LiftNotice(channel=cmd.channel, told_time=told))
    return await _release(env, held, request, measure, cmd.call)


async def decide_objection(env: Env, cmd: DecideObjection) -> Measure:
    """The measure with the decision; if it is OVERRULED every service is asked to release the data. NoMeasure,
    MeasureOutstanding, InvalidInput, NotFound."""
    request = (await env.load(REQUESTS, cmd.case_id, call=cmd.call)).value
    held = await get(env.store, MEASURES, measure_id(request.id))
    measure = domain.require_restricted(request, held.value if held is not None else None)
    decided = domain.decided(request, measure, cmd.outcome, cmd.ground, env.clock.now())
    told = ObjectionDecided(case_id=request.id, outcome=cmd.outcome, ground=cmd.ground)
    if cmd.outcome is ObjectionOutcome.UPHELD:
        return await env.commit(_put(held, decided), events=[told], call=cmd.call)
    return await _release(env, held, request, decided, cmd.call, told)


async def get_measure(env: Env, cmd: GetMeasure) -> Measure:
    """The measure as it is now; NotFound before it was begun."""
    return await env.show(MEASURES, measure_id(cmd.case_id), call=cmd.call)


async def record_measure(env: Env, cmd: RecordMeasure) -> Measure:
    """The measure with the statement, TAKEN with the last one. StatementForged unless the service sent and signed it;
    NotFound."""
    if cmd.sender != cmd.told.service or not is_genuine(env.keys, cmd.told):
        raise StatementForged(cmd.case_id, cmd.told.service, cmd.sender)
    loaded = await env.load(MEASURES, measure_id(cmd.case_id), call=cmd.call)
    measure = domain.stated(loaded.value, cmd.statement, env.clock.now())
    if measure is loaded.value:
        return measure
    if measure.state is not MeasureState.TAKEN:
        return await env.commit(loaded.put(measure), call=cmd.call)
    told = MeasureCompleted(case_id=measure.case_id, act=measure.act, round=measure.round, left=measure.left)
    done = await env.commit(loaded.put(measure), events=[told], call=cmd.call)
    await env.objects.delete(measure.object_name)  # if the process is killed before, it expires
    return done


async def _known_as(env: Env, request: SubjectRequest, names: tuple[str, ...], aliases: frozenset[str]) -> Put[KnownAs]:
    """The write by which the person is known by these names and hashes of aliases too. InvalidInput if no name of the
    person is known then."""
    held = await get(env.store, KNOWN_AS, request.id)
    known = held.value if held is not None else KnownAs(id=request.id, case_id=request.id)
    all_names = {*known.name_hashes, *name_hashes(env.keys, names)}
    if not all_names and not (request.subject and request.subject.name):
        why = "must be given, because the request has no name of its subject"
        raise InvalidInput([Violation("known_as", why, "REQUIRED")])
    right = tuple(sorted({*known.right_hashes, *aliases}))
    more = replace(known, name_hashes=tuple(sorted(all_names)), right_hashes=right)
    return held.put(more) if held is not None else create(KNOWN_AS, more)


def _identity(env: Env, request: SubjectRequest, known: KnownAs | None) -> Identity:
    """Who the person is. Of the aliases that the request names only those count that were searched for, so none that
    nobody has proved."""
    found = frozenset(request.alias_hashes)
    own = frozenset(hashes_of(env, named(request), request.country)) & found
    names = name_hashes(env.keys, [request.subject.name] if request.subject else [])
    if known is not None:
        own |= frozenset(known.right_hashes)
        names |= frozenset(known.name_hashes)
    return Identity(found=found, named=own, names=names)


async def _release(
    env: Env,
    held: Loaded[Measure] | None,
    request: SubjectRequest,
    measure: Measure,
    call: Call,
    *told: ObjectionDecided,
) -> Measure:
    known = await get(env.store, KNOWN_AS, request.id)
    order = MeasureOrder(identity=_identity(env, request, known.value if known is not None else None))
    return await _ask(env, held, measure, MeasureAct.RELEASE, order=order, call=call, told=told)


async def _ask(
    env: Env,
    held: Loaded[Measure] | None,
    measure: Measure,
    act: MeasureAct,
    *known: Put[KnownAs],
    order: MeasureOrder,
    call: Call,
    told: tuple[ObjectionDecided, ...] = (),
) -> Measure:
    """Ask every service in a new round."""
    name = await seal_order(env, measure.case_id, measure.round + 1, order)
    again = domain.asked_again(measure, act, name, env.clock.now())
    asked = MeasureAsked(case_id=again.case_id, act=act, round=again.round, object_name=name)
    return await env.commit(_put(held, again), *known, events=[*told, asked], call=call)


def _put(held: Loaded[Measure] | None, measure: Measure) -> Put[Measure]:
    return held.put(measure) if held is not None else create(MEASURES, measure)


FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.compliance.v1.MeasureService/DecideObjection",
        permission="compliance.objection.decide",
        kind=MEASURES,
        command=DecideObjection,
        use_case=decide_objection,
        summary=lambda cmd, measure: f"decide the objection {cmd.case_id}: {cmd.outcome.name}",
    )
)
