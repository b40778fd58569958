"""The use cases of officers: pause, resume, complete, deny, withdraw. Each writes the clock of the request with it."""

from datetime import datetime

from libs.call import Call, ResourceCommand
from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.person import PersonalText
from libs.store.port import Loaded
from services.compliance.clocks import reads as clocks
from services.compliance.clocks.reads import ClockWrites
from services.compliance.handling import domain
from services.compliance.handling.domain import Transition
from services.compliance.measures import reads as measures
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.request import RecipientNotice, SubjectRequest
from services.compliance.requests.domain.states import DenialReason, HoldReason, RequestChannel, WithholdingGround
from services.compliance.settings import Env


class PauseRequest(ResourceCommand, frozen=True, kw_only=True):
    """Put a request on hold."""

    reason: HoldReason


class ResumeRequest(ResourceCommand, frozen=True, kw_only=True):
    """Resume a request that is on hold."""


class CompleteRequest(ResourceCommand, frozen=True, kw_only=True):
    """Complete a request by stating what was done. withholding_ground: why only in part; None: as a whole."""

    done: PersonalText
    withholding_ground: WithholdingGround | None = None


class DenyRequest(ResourceCommand, frozen=True, kw_only=True):
    """Deny a request."""

    reason: DenialReason
    note: PersonalText | None = None


class WithdrawRequest(ResourceCommand, frozen=True, kw_only=True):
    """Record that the person withdrew the request."""


class RecordRecipientTold(ResourceCommand, frozen=True, kw_only=True):
    """Record that a recipient of the data was told. told_time: None for now."""

    recipient: str
    channel: RequestChannel
    told_time: datetime | None = None


async def pause_request(env: Env, cmd: PauseRequest) -> SubjectRequest:
    """The request, on hold. If information is awaited its clock stops; PauseNotAllowed if the law lets it run."""
    loaded = await env.load(REQUESTS, cmd.id, call=cmd.call, etag=cmd.etag)
    after = domain.pause(loaded.value, cmd.reason, env.clock.now())
    stops = cmd.reason is HoldReason.INFORMATION_AWAITED
    return await _commit(env, loaded, after, await clocks.paused(env, cmd.id) if stops else ClockWrites(), cmd.call)


async def resume_request(env: Env, cmd: ResumeRequest) -> SubjectRequest:
    """The request, no longer on hold; its clock runs again."""
    loaded = await env.load(REQUESTS, cmd.id, call=cmd.call, etag=cmd.etag)
    after = domain.resume(loaded.value, env.clock.now())
    return await _commit(env, loaded, after, await clocks.resumed(env, cmd.id), cmd.call)


async def complete_request(env: Env, cmd: CompleteRequest) -> SubjectRequest:
    """The request, completed as a whole or in part. CompletedByExport, CompletedByCertificate,
    MeasureOutstanding, WrongState."""
    loaded = await env.load(REQUESTS, cmd.id, call=cmd.call, etag=cmd.etag)
    after = domain.complete(loaded.value, cmd.done, cmd.withholding_ground, env.clock.now())
    await measures.require_done(env, loaded.value)
    return await _commit(env, loaded, after, await clocks.ended(env, cmd.id, answered=True), cmd.call)


async def deny_request(env: Env, cmd: DenyRequest) -> SubjectRequest:
    """The request, denied. WrongState if it has ended."""
    loaded = await env.load(REQUESTS, cmd.id, call=cmd.call, etag=cmd.etag)
    after = domain.deny(loaded.value, cmd.reason, cmd.note, env.clock.now())
    return await _commit(env, loaded, after, await clocks.ended(env, cmd.id, answered=True), cmd.call)


async def withdraw_request(env: Env, cmd: WithdrawRequest) -> SubjectRequest:
    """The request, withdrawn. WrongState if it has ended."""
    loaded = await env.load(REQUESTS, cmd.id, call=cmd.call, etag=cmd.etag)
    after = domain.withdraw(loaded.value, env.clock.now())
    return await _commit(env, loaded, after, await clocks.ended(env, cmd.id, answered=False), cmd.call)


async def record_recipient_told(env: Env, cmd: RecordRecipientTold) -> SubjectRequest:
    """The request with the recipient. NoRecipients, TooManyRecipients, WrongState, InvalidInput."""
    loaded = await env.load(REQUESTS, cmd.id, call=cmd.call, etag=cmd.etag)
    notice = RecipientNotice(
        recipient=cmd.recipient,
        channel=cmd.channel,
        told_time=cmd.told_time or env.clock.now(),
        fields=await measures.corrected(env, loaded.value),
    )
    after, event = domain.told(loaded.value, notice, env.clock.now())
    if after is loaded.value:
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(after), events=[event], call=cmd.call)


async def _commit(
    env: Env, loaded: Loaded[SubjectRequest], after: Transition, clock: ClockWrites, call: Call
) -> SubjectRequest:
    request, event = after
    return await env.commit(loaded.put(request), *clock.writes, events=[event, *clock.events], call=call)


# Nobody refuses a person their right alone.
FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.compliance.v1.RequestHandlingService/DenyRequest",
        permission="compliance.subject_request.deny",
        kind=REQUESTS,
        command=DenyRequest,
        use_case=deny_request,
        summary=lambda cmd, request: f"deny {request.id}: {request.type.name} {cmd.reason.name}",
    )
)
