"""The states of a lead: a table for what is allowed, and walks in which it is one partner's at a time at most."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import AppError, WrongState
from services.deals.leads.domain import transitions
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.states import (
    HELD,
    MAY_EXPIRE,
    LeadBasis,
    LeadClosureCode,
    LeadDeclineReason,
    LeadState,
)
from services.deals.leads.domain.transitions import FollowUpOver, Moved, OfferLapsed
from tests.builders import NOW, an_id
from tests.unit.deals.leads.models import a_lead

S = LeadState
DAY = timedelta(days=1)
Act = Callable[[Lead, datetime], Moved | None]

ACTS: dict[str, Act] = {
    "qualify": lambda lead, now: transitions.qualify(lead, now=now),
    "offer": lambda lead, now: transitions.offer(lead, an_id("ptn"), an_id("lof"), accept_by=now + 2 * DAY, now=now),
    "pool": lambda lead, now: transitions.pool(lead, now=now),
    "withhold": lambda lead, now: transitions.withhold(lead, until=now + 5 * DAY, now=now),
    "accept": lambda lead, now: transitions.accept(lead, now=now),
    "decline": lambda lead, now: transitions.decline(lead, LeadDeclineReason.OTHER, now=now),
    "pick": lambda lead, now: transitions.pick(lead, an_id("ptn", 2), an_id("lof", 2), now=now),
    "convert": lambda lead, now: transitions.convert(lead, an_id("reg"), now=now),
    "disqualify": lambda lead, now: transitions.disqualify(lead, LeadClosureCode.SPAM, by_partner=False, now=now),
    "disqualify_by_partner": lambda lead, now: transitions.disqualify(
        lead, LeadClosureCode.NO_NEED, by_partner=True, now=now
    ),
    "lose_basis": lambda lead, now: transitions.state_basis(lead, None, "", now=now),
    "get_basis": lambda lead, now: transitions.state_basis(lead, LeadBasis.CONSENT, "f-1", now=now),
    "lapse": lambda lead, now: transitions.lapse(lead, now=now),
    "not_followed_up": lambda lead, now: transitions.not_followed_up(lead, refusals=3, now=now),
    "leave": lambda lead, now: transitions.leave(lead, now=now),
    "expire": lambda lead, now: transitions.expire(lead, now=now),
}
# From which states each act leads to which, written down here and nowhere in the code.
TABLE: dict[str, dict[LeadState, LeadState]] = {
    "qualify": {S.NEW: S.QUALIFIED},
    "offer": {S.QUALIFIED: S.OFFERED},
    "pool": {S.QUALIFIED: S.IN_POOL},
    "withhold": {S.QUALIFIED: S.QUALIFIED},
    "accept": {S.OFFERED: S.ACCEPTED},
    "decline": {S.OFFERED: S.QUALIFIED, S.ACCEPTED: S.QUALIFIED},
    "pick": {S.IN_POOL: S.ACCEPTED},
    "convert": {S.ACCEPTED: S.CONVERTED},
    "disqualify": dict.fromkeys((S.NEW, S.QUALIFIED, S.OFFERED, S.ACCEPTED, S.IN_POOL), S.DISQUALIFIED),
    "disqualify_by_partner": {S.ACCEPTED: S.DISQUALIFIED},
    "lose_basis": {S.NEW: S.NEW, S.QUALIFIED: S.QUALIFIED, S.OFFERED: S.QUALIFIED, S.IN_POOL: S.QUALIFIED},
    "get_basis": {one: one for one in (S.NEW, S.QUALIFIED, S.OFFERED, S.IN_POOL)},
    "lapse": {S.OFFERED: S.QUALIFIED},
    "not_followed_up": {S.ACCEPTED: S.QUALIFIED},
    "leave": {S.OFFERED: S.QUALIFIED, S.ACCEPTED: S.QUALIFIED},
    "expire": {S.NEW: S.EXPIRED, S.QUALIFIED: S.EXPIRED, S.IN_POOL: S.EXPIRED},
}
_LATE = frozenset({"lapse", "not_followed_up", "expire"})


def in_state(state: LeadState) -> Lead:
    """A lead that came there by its transitions."""
    way: dict[LeadState, tuple[str, ...]] = {
        S.NEW: (),
        S.QUALIFIED: ("qualify",),
        S.OFFERED: ("qualify", "offer"),
        S.ACCEPTED: ("qualify", "offer", "accept"),
        S.IN_POOL: ("qualify", "pool"),
        S.CONVERTED: ("qualify", "offer", "accept", "convert"),
        S.DISQUALIFIED: ("disqualify",),
        S.EXPIRED: ("qualify",),
    }
    lead = a_lead()
    for name in way[state]:
        moved = ACTS[name](lead, NOW)
        assert moved is not None
        lead = moved[0]
    if state is S.EXPIRED:
        ended = transitions.expire(lead, now=lead.expire_time)
        assert ended is not None
        lead = ended[0]
    return lead


@pytest.mark.parametrize("name", ACTS)
def test_each_act_starts_from_the_states_of_the_table_alone(name: str) -> None:
    for state in LeadState:
        lead = in_state(state)
        now = NOW + 400 * DAY if name in _LATE else NOW
        try:
            moved = ACTS[name](lead, now)
        except WrongState:
            moved = None
        assert (moved[0].state if moved else None) is TABLE[name].get(state), state


def test_at_no_instant_an_offer_can_be_accepted_and_taken_back() -> None:
    lead = in_state(S.OFFERED)
    assert lead.due_time is not None
    for now, accepted in ((lead.due_time - timedelta(microseconds=1), True), (lead.due_time, False)):
        try:
            found = transitions.accept(lead, now=now)[0].state is S.ACCEPTED
        except OfferLapsed:
            found = False
        assert (found, transitions.lapse(lead, now=now) is None) == (accepted, accepted)


def test_at_no_instant_a_lead_can_be_converted_and_taken_back() -> None:
    lead = in_state(S.ACCEPTED)
    assert lead.due_time is not None
    for now, converted in ((lead.due_time - timedelta(microseconds=1), True), (lead.due_time, False)):
        for act in ("convert", "disqualify_by_partner", "decline"):
            try:
                found = ACTS[act](lead, now) is not None
            except FollowUpOver:
                found = False
            assert (found, ACTS["not_followed_up"](lead, now) is None) == (converted, converted), act


@pytest.mark.parametrize("state", [one for one in LeadState if one in MAY_EXPIRE])
def test_from_its_end_on_a_lead_is_expired_for_every_act_whether_or_not_the_job_has_run(state: LeadState) -> None:
    lead = in_state(state)
    for name in ACTS.keys() - {"expire", "lapse", "not_followed_up", "leave"}:
        with pytest.raises(WrongState):
            ACTS[name](lead, lead.expire_time)


def test_an_offer_ends_with_its_lead_at_the_latest() -> None:
    lead = in_state(S.QUALIFIED)
    moved = transitions.offer(
        lead, an_id("ptn"), an_id("lof"), accept_by=lead.expire_time + DAY, now=lead.expire_time - DAY
    )
    assert moved[0].due_time == lead.expire_time


@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 70)), max_size=40))
def test_on_every_walk_a_lead_has_a_partner_where_somebody_holds_it_and_only_there(
    steps: list[tuple[str, int]],
) -> None:
    lead, now = replace(a_lead(), keys=("NAME:1",)), NOW
    for name, days in steps:
        now += days * DAY
        before = lead
        try:
            moved = ACTS[name](lead, now)
        except AppError:
            moved = None
        if moved is None:
            continue
        lead = moved[0]
        assert lead.state is TABLE[name][before.state]
        assert (lead.due_time is None) == (lead.state in {S.CONVERTED, S.DISQUALIFIED, S.EXPIRED})
        assert bool(lead.keys) == (lead.due_time is not None)
        if lead.due_time is not None:
            assert bool(lead.partner_id) == bool(lead.offer_id) == (lead.state in HELD)
        if lead.state is S.QUALIFIED and before.state in HELD and name != "lose_basis":
            assert lead.had[-1].partner_id == before.partner_id
        if lead.state in {S.OFFERED, S.IN_POOL}:
            assert lead.basis is not None
