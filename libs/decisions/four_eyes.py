"""The use cases for acts that need a second person: begin, list, confirm, decline and expire a decision."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Generic, NamedTuple

import msgspec
from msgspec import Meta

from libs.call import SYSTEM, Call, Command, ResourceCommand, require_permission
from libs.decisions import decision as domain
from libs.decisions.decision import Decision, DecisionState, Draft
from libs.decisions.documents import DECISIONS
from libs.decisions.environments import Alone, Ending, Rehearsal
from libs.decisions.guarded import D, Guarded, named_in, refuse_persons
from libs.env import Env
from libs.errors import AppError, Code, Duplicate
from libs.store import requests
from libs.store.listing import everything
from libs.store.port import ROWS_PER_PAGE, Loaded, Page, Query, create, get


class DecisionPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """decision_days: how many days an act waits for a second person; the vendor sets `PRM_<SERVICE>_DECISION_DAYS`."""

    decision_days: Annotated[int, Meta(ge=1, le=90)] = 7


class Deciding(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that every service with four-eyes methods has."""

    policy: DecisionPolicy = DecisionPolicy()


class ListDecisions(Command, frozen=True, kw_only=True):
    """List decisions; an empty filter matches all of them."""

    page_size: int = 0
    page_token: str = ""
    state: DecisionState | None = None
    resource_id: str = ""


class ConfirmDecision(ResourceCommand, frozen=True, kw_only=True):
    """Confirm a pending decision: its act takes effect."""


class DeclineDecision(ResourceCommand, frozen=True, kw_only=True):
    """Decline a pending decision: its act never takes effect."""


class ExpireDecision(Command, frozen=True, kw_only=True):
    """End a pending decision that nobody confirmed in time: its act never takes effect."""

    id: str


class Outcome(NamedTuple, Generic[D]):
    """The answer of a guarded method. resource: as it is now; None if it does not exist yet. decision: the pending
    decision if the act waits for a second person, else None."""

    resource: D
    decision: Decision | None


class MethodGone(AppError):
    """An older release stored the command of a decision, and the running release cannot execute it."""

    code, reason = Code.FAILED_PRECONDITION, "METHOD_GONE"

    def __init__(self, decision: Decision) -> None:
        super().__init__(
            f"{decision.method} cannot be done as it was asked for; decline it and ask again", id=decision.id
        )


class FourEyes:
    """The guarded methods of one service, created once, beside its use cases. TypeError for a command that can hold a
    Person, which a decision must not store."""

    def __init__(self, *guarded: Guarded[Any, Any]) -> None:
        for one in guarded:
            refuse_persons(one.command)
        self.guarded = guarded
        self._by_command = {one.command: one for one in guarded}
        self._by_method = {one.method: one for one in guarded}

    async def run(self, env: Env[Any], cmd: Command) -> Outcome[Any]:
        """Execute a guarded command, or store it as a pending decision if it needs a second person; the outcome.

        Raises at once whatever the use case would raise, and Duplicate while the same act is pending.
        """
        guarded = self._by_command[type(cmd)]
        # A repeated call gets the first answer, a decision or the resource. Only the id tells which of the two it was:
        # a limit may have changed since the first call.
        answer: Any = await requests.run(env.store, cmd.call, dict, lambda: self._attempt(env, guarded, cmd))
        if isinstance(answer, dict):
            decided = answer["id"].startswith("dec_")
            answer = msgspec.convert(answer, Decision if decided else guarded.kind.type, str_keys=True)
        if not isinstance(answer, Decision):
            return Outcome(answer, None)
        loaded = await get(env.store, guarded.kind, answer.resource_id)
        return Outcome(loaded.value if loaded else None, answer)

    async def list(self, env: Env[Any], cmd: ListDecisions) -> Page[Decision]:
        """One page of decisions by id, which is the order of creation."""
        filters = {"state": cmd.state, "resource_id": cmd.resource_id}
        return await env.listing(DECISIONS, filters, call=cmd.call, page_size=cmd.page_size, page_token=cmd.page_token)

    async def confirm(self, env: Env[Any], cmd: ConfirmDecision) -> Decision:
        """The decision, CONFIRMED. The same commit writes what the act changes, unless that was so already.

        MethodGone if this release cannot execute the stored command. If the use case refuses the command by now, its
        error is raised and the decision stays PENDING.
        """
        loaded = await env.load(DECISIONS, cmd.id, call=cmd.call, etag=cmd.etag)
        guarded = self._guarding(loaded.value)
        require_permission(cmd.call, guarded.permission)
        require_permission(cmd.call, loaded.value.permission)
        after, event = domain.confirm(loaded.value, by=cmd.call.caller, now=env.clock.now())
        try:
            asked = guarded.restored(loaded.value.command or {}, cmd.call)
        except msgspec.ValidationError as err:
            raise MethodGone(loaded.value) from err
        ending = Ending(env, loaded.put(after), event)
        await guarded.use_case(ending, asked)
        return ending.ended or await env.commit(loaded.put(after), events=[event], call=cmd.call)

    async def decline(self, env: Env[Any], cmd: DeclineDecision) -> Decision:
        """The decision, DECLINED; nothing else changes."""
        loaded = await env.load(DECISIONS, cmd.id, call=cmd.call, etag=cmd.etag)
        require_permission(cmd.call, loaded.value.permission)
        return await self._end(
            env, loaded, domain.decline(loaded.value, by=cmd.call.caller, now=env.clock.now()), cmd.call
        )

    async def expire(self, env: Env[Any], cmd: ExpireDecision) -> Decision:
        """The decision: EXPIRED if it is overdue, else unchanged."""
        loaded = await env.load(DECISIONS, cmd.id, call=cmd.call)
        if not domain.overdue(loaded.value, env.clock.now()):
            return loaded.value
        return await self._end(env, loaded, domain.expire(loaded.value, now=env.clock.now()), cmd.call)

    async def overdue(self, env: Env[Any]) -> Sequence[Loaded[Decision]]:
        """Up to 200 overdue decisions, for the job that expires them."""
        query = Query(kind=DECISIONS, order="due_at", below=env.clock.now(), limit=ROWS_PER_PAGE)
        return (await env.store.find(query)).rows

    async def _attempt(self, env: Env[Any], guarded: Guarded[Any, Any], cmd: Any) -> Any:
        after = await guarded.use_case(Rehearsal(env), cmd)
        if not await guarded.needed(env, cmd, after):
            return await guarded.use_case(Alone(env, lambda one: guarded.needed(env, cmd, one)), cmd)
        draft = Draft(
            method=guarded.method,
            permission=guarded.by_request(cmd) or guarded.permission,
            resource_id=after.id,
            part=guarded.part(cmd),
            summary=guarded.summary(cmd, after),
            command=guarded.kept(cmd),
            person_ids=tuple(sorted(set(named_in(cmd)))),
        )
        await self._make_room(env, draft)
        decision, event = domain.propose(
            draft,
            id=env.ids.new("dec"),
            by=cmd.call.caller,
            now=env.clock.now(),
            lifetime=timedelta(days=env.settings.policy.decision_days),
        )
        return await env.commit(create(DECISIONS, decision), events=[event], call=cmd.call)

    async def _make_room(self, env: Env[Any], draft: Draft) -> None:
        """Duplicate if the same act is pending. An overdue decision about it is expired here, because the job may not
        have run yet."""
        for other in await everything(env.store, DECISIONS, {"pending_key": draft.key}):
            if not domain.overdue(other, env.clock.now()):
                raise Duplicate("decision", "method and resource", other.id)
            await self.expire(env, ExpireDecision(call=Call(caller=SYSTEM, method=draft.method), id=other.id))

    async def _end(
        self, env: Env[Any], loaded: Loaded[Decision], ended: tuple[Decision, msgspec.Struct], call: Call
    ) -> Decision:
        after, event = ended
        return await env.commit(loaded.put(after), events=[event], call=call)

    def _guarding(self, decision: Decision) -> Guarded[Any, Any]:
        if (found := self._by_method.get(decision.method)) is None:
            raise MethodGone(decision)
        return found
