"""An agreement moves as its table allows, warns before its end, renews itself or ends, and is never in force twice."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import AppError, WrongState
from libs.person import Person
from libs.rights import AgreementState
from services.partners.agreement.domain import agreement as domain
from services.partners.agreement.domain.agreement import (
    WARNING_DAYS,
    Agreement,
    AgreementCycle,
    AlreadySigned,
    NoNoticeAgreed,
    NoticeTooShort,
    NotRenewable,
    Signature,
)
from services.partners.agreement.domain.states import Party, Renewal, TerminationCause
from services.partners.agreement.domain.statutes import law_of
from services.partners.agreement.domain.terms import AgreementTerms
from services.partners.record.domain.states import PartnerKind
from tests.builders import NOW, an_id
from tests.component.partners.agreement.acts import TODAY, terms
from tests.unit.partners.agreement.oracle import months_on

DAY = timedelta(days=1)
S = AgreementState


def an_agreement(number: int = 1, *, state: AgreementState = S.DRAFT, **fields: Any) -> Agreement:
    """A draft of terms that begin today, without end, unless told otherwise."""
    agreed: AgreementTerms = terms(**fields)
    agreement = Agreement(
        id=an_id("agr", number),
        partner_id=an_id("ptn"),
        revision=number,
        state=state,
        terms=agreed,
        since=agreed.valid_from,
        create_time=NOW,
        update_time=NOW,
    )
    if state in (S.DRAFT, S.SENT):
        return agreement
    end = agreed.valid_until
    last = None if agreed.renewal is Renewal.AUTOMATIC else end
    begun = agreed.valid_from <= TODAY
    agreement = replace(agreement, term_end=end, last_day=last, begun=begun)
    return replace(agreement, act_on=domain.due_on(agreement))


def signature(party: Party) -> Signature:
    """Somebody's."""
    return Signature(party=party, person=Person(name="Eva Grün"), signed_on=TODAY)


def _signed(agreement: Agreement, *, today: date = TODAY) -> Agreement:
    for party in Party:
        agreement, _ = domain.sign(agreement, signature(party), today=today, now=NOW)
    return agreement


BY = an_agreement(2, state=S.ACTIVE, valid_from=TODAY + 10 * DAY)
MOVES: dict[str, Callable[[Agreement], Agreement]] = {
    "revise": lambda one: domain.revise(one, terms(), None, now=NOW)[0],
    "send": lambda one: domain.send(one, now=NOW)[0],
    "sign": _signed,
    "notice": lambda one: domain.give_notice(one, Party.VENDOR, None, given_on=TODAY, last_day=None, now=NOW)[0],
    "renew": lambda one: domain.renew(one, now=NOW)[0],
    "terminate": lambda one: domain.terminate(one, TerminationCause.BREACH, today=TODAY, now=NOW)[0],
    "supersede": lambda one: (domain.supersede(one, BY, now=NOW) or (one, None))[0],
}
ALLOWED: dict[AgreementState, dict[str, AgreementState]] = {
    S.DRAFT: {"revise": S.DRAFT, "send": S.SENT},
    S.SENT: {"revise": S.DRAFT, "sign": S.ACTIVE},
    S.ACTIVE: {"notice": S.NOTICE_GIVEN, "renew": S.ACTIVE, "terminate": S.TERMINATED, "supersede": S.SUPERSEDED},
    S.NOTICE_GIVEN: {"terminate": S.TERMINATED, "supersede": S.SUPERSEDED},
    S.EXPIRED: {"supersede": S.EXPIRED},
    S.TERMINATED: {"supersede": S.TERMINATED},
    S.SUPERSEDED: {},
}


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("move", list(MOVES))
def test_every_move_from_every_state(state: AgreementState, move: str) -> None:
    one = an_agreement(state=state, valid_until=TODAY + 400 * DAY, renewal=Renewal.MANUAL, renewal_months=12)
    expected = ALLOWED[state].get(move)
    if expected is None:
        with pytest.raises(WrongState):
            MOVES[move](one)
    else:
        assert MOVES[move](one).state is expected


def test_by_the_clock_only_a_running_agreement_moves() -> None:
    for state in S:
        for renewal, after in ((Renewal.NONE, S.EXPIRED), (Renewal.MANUAL, S.EXPIRED), (Renewal.AUTOMATIC, S.ACTIVE)):
            months = 0 if renewal is Renewal.NONE else 12
            one = an_agreement(state=state, valid_until=TODAY, renewal=renewal, renewal_months=months)
            one = replace(one, last_day=TODAY) if state is S.NOTICE_GIVEN else one
            one = replace(one, act_on=TODAY)
            moved = domain.fall_due(one, today=TODAY + DAY, now=NOW)
            if state is S.ACTIVE:
                assert moved is not None
                assert moved[0].state is after
            elif state is S.NOTICE_GIVEN:
                assert moved is not None
                assert moved[0].state is S.TERMINATED
            else:
                assert moved is None


def test_a_party_signs_once_and_both_make_it_active() -> None:
    one, _ = domain.sign(an_agreement(state=S.SENT), signature(Party.VENDOR), today=TODAY, now=NOW)
    assert one.state is S.SENT
    with pytest.raises(AlreadySigned):
        domain.sign(one, signature(Party.VENDOR), today=TODAY, now=NOW)
    assert domain.sign(one, signature(Party.PARTNER), today=TODAY, now=NOW)[0].state is S.ACTIVE
    assert domain.revise(one, terms(), None, now=NOW)[0].signatures == ()


@given(
    first=st.integers(-400, 30),
    length=st.integers(0, 800),
    renewal=st.sampled_from(Renewal),
    months=st.integers(1, 24),
    notice=st.none() | st.integers(0, 900),
    steps=st.lists(st.integers(0, 120), min_size=1, max_size=25),
)
def test_the_clock_against_an_oracle_of_days(
    first: int, length: int, renewal: Renewal, months: int, notice: int | None, steps: list[int]
) -> None:
    """A process runs on some days. Whatever it missed: on each of them the state and the days in force are those that
    the terms alone give, and no warning comes twice in a term."""
    begin = TODAY + first * DAY
    end = begin + length * DAY
    one = _signed(
        an_agreement(
            state=S.SENT,
            valid_from=begin,
            valid_until=end,
            renewal=renewal,
            renewal_months=0 if renewal is Renewal.NONE else months,
            notice_months=1,
        )
    )
    today, given_on, warned = TODAY, None, list[tuple[date, int]]()
    for step in steps:
        today += step * DAY
        for _ in range(200):
            if (moved := domain.fall_due(one, today=today, now=NOW)) is None:
                break
            if (days := getattr(moved[1], "days", None)) is not None:
                assert one.term_end is not None
                assert (one.term_end, days) not in warned
                assert days in WARNING_DAYS
                assert (one.term_end - today).days <= days
                warned.append((one.term_end, days))
            one = moved[0]
        else:
            pytest.fail("it never comes to rest")
        if notice is not None and given_on is None and (today - TODAY).days >= notice and one.state is S.ACTIVE:
            given_on = today
            one = domain.give_notice(one, Party.PARTNER, None, given_on=today, last_day=None, now=NOW)[0]
        ends = _oracle_end(end, renewal, given_on)
        expected = begin <= today and (ends is None or today <= ends)
        assert domain.in_force(one, today) is expected
        if ends is not None and today > ends and one.begun:
            assert one.state is (S.TERMINATED if given_on else S.EXPIRED)


def _oracle_end(end: date, renewal: Renewal, given_on: date | None) -> date | None:
    by_notice = months_on(given_on, 1) if given_on else None
    if renewal is Renewal.AUTOMATIC:
        return by_notice
    return min(end, by_notice) if by_notice else end


@given(st.dates(date(2000, 1, 1), date(2030, 12, 31)), st.integers(1, 24), st.integers(1, 30))
def test_terms_are_counted_from_the_end_of_the_first(end: date, months: int, times: int) -> None:
    one = an_agreement(
        state=S.ACTIVE, valid_from=date(1999, 1, 1), valid_until=end, renewal=Renewal.MANUAL, renewal_months=months
    )
    for _ in range(times):
        one, _ = domain.renew(one, now=NOW)
    assert one.term_end == one.last_day == months_on(end, months * times)


def test_only_manual_renewal_is_renewed_by_a_call() -> None:
    for renewal in (Renewal.NONE, Renewal.AUTOMATIC):
        with pytest.raises(NotRenewable):
            domain.renew(an_agreement(state=S.ACTIVE, valid_until=TODAY, renewal=renewal, renewal_months=1), now=NOW)


def test_notice_is_no_shorter_than_agreement_and_law_allow() -> None:
    german = law_of("DE", PartnerKind.AGENT, on=TODAY)
    one = an_agreement(state=S.ACTIVE, valid_from=date(2020, 1, 1), notice_months=1)

    def notice(agreement: Agreement, law: Any, last: date | None = None) -> date | None:
        return domain.give_notice(agreement, Party.VENDOR, law, given_on=TODAY, last_day=last, now=NOW)[0].last_day

    assert notice(one, None) == date(2026, 4, 2)
    assert notice(one, german) == date(2026, 9, 2)  # after five years six months
    assert notice(one, german, date(2026, 12, 31)) == date(2026, 12, 31)
    with pytest.raises(NoticeTooShort) as refused:
        notice(one, german, date(2026, 9, 1))
    assert refused.value.metadata["earliest_last_day"] == "2026-09-02"
    assert "HGB" in refused.value.metadata["source"]
    silent = an_agreement(state=S.ACTIVE, valid_from=date(2020, 1, 1), notice_months=0)
    assert notice(silent, german) == date(2026, 9, 30)
    with pytest.raises(NoNoticeAgreed):
        notice(silent, None)


def test_a_superseded_agreement_ends_the_day_before_and_none_after_its_own_end() -> None:
    one = an_agreement(state=S.ACTIVE)
    done = domain.supersede(one, BY, now=NOW)
    assert done is not None
    assert done[0].last_day == TODAY + 9 * DAY
    ending = replace(an_agreement(state=S.NOTICE_GIVEN), last_day=TODAY)
    done = domain.supersede(ending, BY, now=NOW)
    assert done is not None
    assert done[0].last_day == TODAY


def test_agreements_that_supersede_each_other_are_refused() -> None:
    chain = {one.id: one for one in (an_agreement(n) for n in range(1, 5))}
    a, b, c, d = sorted(chain)
    chain[b] = replace(chain[b], supersedes_agreement_id=a)
    chain[c] = replace(chain[c], supersedes_agreement_id=b)
    for id, other in ((a, a), (a, b), (a, c), (b, c)):
        with pytest.raises(AgreementCycle):
            domain.refuse_cycle(id, other, chain)
    for id, other in ((d, c), (a, d), (c, a), (a, "")):
        domain.refuse_cycle(id, other, chain)


def test_a_partner_has_a_limit_of_agreements() -> None:
    with pytest.raises(AppError) as refused:
        domain.draft(an_agreement(domain.AGREEMENTS_PER_PARTNER + 1))
    assert refused.value.reason == "TOO_MANY_AGREEMENTS"
