"""A decision in rough water: repeated and simultaneous calls, a failing store, a restart, another release."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from libs.decisions.decision import DecisionState, SecondPersonRequired
from libs.decisions.documents import DECISIONS
from libs.decisions.four_eyes import (
    ConfirmDecision,
    DeclineDecision,
    ExpireDecision,
    FourEyes,
    MethodGone,
    Outcome,
)
from libs.decisions.guarded import Guarded
from libs.errors import (
    Duplicate,
    RequestIdReused,
    StoreUnavailable,
)
from libs.partner import PartnerStatus
from libs.privacy.keys import Keys
from libs.store.port import Store, Write
from services.partners.application.usecases.transitions import FOUR_EYES, TerminatePartner, terminate_partner
from services.partners.contacts import usecases as contacts
from services.partners.record.documents import PARTNERS
from services.partners.service import COMPOSITION
from tests.builders import asked_by
from tests.component.partners.application.deciding import MAY, METHOD, NOTE, anna, ask, bernd, confirm, pending, status
from tests.component.partners.harness import Harness
from tests.component.replica import opened
from tests.store_faults import FailingCommits, Wrapper


class Counting(Wrapper):
    """Keeps of each commit the kinds it wrote."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.seen: list[set[str]] = []

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        self.seen.append({write.kind.name for write in writes})
        await super().commit(writes)


async def test_the_act_and_the_end_of_its_decision_are_one_commit(store: Store, keys: Keys) -> None:
    commits = Counting(store)
    harness = Harness(commits, keys)
    partner = await harness.active()
    decision = await pending(harness, partner)
    commits.seen.clear()
    await confirm(harness, decision)
    [kinds] = commits.seen
    assert kinds >= {"decision", "partner", "outbox"}


async def test_a_store_that_fails_on_confirming_leaves_neither(store: Store, keys: Keys) -> None:
    failing = FailingCommits(store)
    harness = Harness(failing, keys)
    partner = await harness.active()
    decision = await pending(harness, partner)
    failing.refuse_next(StoreUnavailable("gone"))
    with pytest.raises(StoreUnavailable):
        await confirm(harness, decision, bernd(request_id="once"))
    assert await status(harness, partner) is PartnerStatus.ACTIVE
    assert await harness.value(DECISIONS, decision.id) == decision
    await confirm(harness, decision, bernd(request_id="once"))
    assert await status(harness, partner) is PartnerStatus.TERMINATED


async def test_a_confirmation_whose_answer_is_lost_has_happened_whole(store: Store, keys: Keys) -> None:
    failing = FailingCommits(store)
    harness = Harness(failing, keys)
    partner = await harness.active()
    decision = await pending(harness, partner)
    failing.lose_next_answer(StoreUnavailable("gone"))
    done = await confirm(harness, decision, bernd(request_id="once"))
    assert (done.state, await harness.value(DECISIONS, decision.id)) == (DecisionState.CONFIRMED, done)
    assert await status(harness, partner) is PartnerStatus.TERMINATED


async def test_of_two_who_ask_at_once_one_is_told_of_the_other(harness: Harness, store: Store, keys: Keys) -> None:
    partner, other = await harness.active(), Harness(store, keys)
    found = await asyncio.gather(ask(harness, partner), ask(other, partner, bernd()), return_exceptions=True)
    [outcome] = [one for one in found if isinstance(one, Outcome)]
    [refused] = [one for one in found if isinstance(one, Duplicate)]
    assert outcome.decision is not None
    assert refused.metadata["id"] == outcome.decision.id


async def test_of_two_who_confirm_at_once_one_does(harness: Harness, store: Store, keys: Keys) -> None:
    partner, other = await harness.active(), Harness(store, keys)
    decision = await pending(harness, partner)
    harness.events()
    carla = asked_by("dev:carla", MAY)
    found = await asyncio.gather(confirm(harness, decision), confirm(other, decision, carla), return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Decision", "WrongState"]
    told = [name for name, _, _ in (*harness.events(), *other.events())]
    assert told == ["DecisionConfirmed", "PartnerTerminated"]


async def test_a_repetition_gets_the_first_answer_before_and_after(harness: Harness) -> None:
    partner = await harness.active()
    first = await ask(harness, partner, anna(request_id="a"))
    assert await ask(harness, partner, anna(request_id="a")) == first
    with pytest.raises(RequestIdReused):
        await ask(harness, partner, anna(request_id="a", fingerprint="another"))
    assert first.decision is not None
    confirmed = await confirm(harness, first.decision, bernd(request_id="b"))
    assert await confirm(harness, first.decision, bernd(request_id="b")) == confirmed
    again = await ask(harness, partner, anna(request_id="a"))
    assert (again.decision, again.resource.status) == (first.decision, PartnerStatus.TERMINATED)


async def test_a_decision_survives_that_everything_is_opened_anew(tmp_path: Path, keys: Keys) -> None:
    async with opened(tmp_path, COMPOSITION.kinds) as store:
        harness = Harness(store, keys)
        partner = await harness.active()
        decision = await pending(harness, partner, status_note=NOTE)
    async with opened(tmp_path, COMPOSITION.kinds) as store:
        harness = Harness(store, keys)
        with pytest.raises(SecondPersonRequired):
            await confirm(harness, decision, anna())
        await confirm(harness, decision)
        assert (await harness.value(PARTNERS, partner.id)).status_note == NOTE


async def test_what_a_release_does_not_know_any_more_can_only_be_declined(harness: Harness) -> None:
    decision = await pending(harness, await harness.active())

    class Terminate(TerminatePartner, frozen=True, kw_only=True):
        notice_days: int

    renamed = FourEyes()
    changed = FourEyes(
        Guarded(
            method=METHOD,
            permission=MAY,
            kind=PARTNERS,
            command=Terminate,
            use_case=terminate_partner,
            summary=lambda cmd, partner: partner.id,
        )
    )
    for later in (renamed, changed):
        with pytest.raises(MethodGone):
            await later.confirm(harness.env, ConfirmDecision(call=bernd(), id=decision.id))
    done = await renamed.decline(harness.env, DeclineDecision(call=bernd(), id=decision.id))
    assert done.state is DecisionState.DECLINED


def test_a_command_that_can_hold_a_person_is_refused_when_the_service_is_made() -> None:
    with pytest.raises(TypeError, match="AddContact can hold a Person"):
        FourEyes(
            Guarded(
                method=METHOD,
                permission=MAY,
                kind=PARTNERS,
                command=contacts.AddContact,
                use_case=contacts.add_contact,
                summary=lambda cmd, contact: "",
            )
        )


async def test_a_sweep_that_meant_another_moment_leaves_what_still_has_time(harness: Harness) -> None:
    decision = await pending(harness, await harness.active())
    assert await harness.env.run(FOUR_EYES.expire, ExpireDecision(call=anna(), id=decision.id)) == decision
    assert await harness.value(DECISIONS, decision.id) == decision
