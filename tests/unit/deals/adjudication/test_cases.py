"""A case goes from its decision to its settlement, through an appeal to somebody else; its statistics add up."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import AppError, InvalidInput, WrongState
from libs.person import PersonalText
from services.deals.adjudication.domain import cases as domain
from services.deals.adjudication.domain.cases import Adjudication, AdjudicationParty, Until, Verdict
from services.deals.adjudication.domain.proposals import AdjudicationProposal
from services.deals.adjudication.domain.sides import AdjudicationSide, AdjudicationStanding
from services.deals.adjudication.domain.states import AdjudicationReason, AdjudicationState
from services.deals.adjudication.domain.statistics import counted
from tests.builders import NOW, an_id
from tests.unit.deals.adjudication.test_proposals import side

ONE, TWO, THREE = (an_id("reg", number) for number in (1, 2, 3))
UNTIL = Until(date(2026, 12, 1), NOW + timedelta(days=10))
SAID = PersonalText(text="We were first.")


def a_case(claims: int = 2) -> Adjudication:
    parties = tuple(
        AdjudicationParty(registration_id=an_id("reg", number), side_id=an_id("ads", number))
        for number in range(1, claims + 1)
    )
    return Adjudication(id=an_id("adj"), country="DE", parties=parties, create_time=NOW, update_time=NOW)


def verdict(
    winner: str = ONE,
    *,
    by: str = "anna",
    for_: str = "",
    reason: AdjudicationReason = AdjudicationReason.FIRST_CLAIM,
    proposed: str = "",
) -> Verdict:
    return Verdict(winner, reason, by, for_, AdjudicationProposal(registration_id=proposed))


def decided(claims: int = 2) -> tuple[Adjudication, list[AdjudicationSide]]:
    """A case that the first claim won, and its sides."""
    case = domain.decide(a_case(claims), verdict(), UNTIL, now=NOW)
    sides = [domain.standing(case, side(number), UNTIL, now=NOW) for number in range(1, claims + 1)]
    return case, sides


def test_who_decided_in_the_case_or_for_whom_does_not_decide_its_appeal() -> None:
    case, (_, loser) = decided()
    case, loser = domain.appeal(case, loser, SAID, now=NOW)
    for by, for_ in (("anna", ""), ("bert", "anna"), ("anna", "bert")):
        with pytest.raises(domain.OtherPersonRequired):
            domain.judge(case, verdict(TWO, by=by, for_=for_), now=NOW)
    settled = domain.judge(case, verdict(TWO, by="bert"), now=NOW)
    assert (settled.state, settled.winner) == (AdjudicationState.SETTLED, TWO)
    after = domain.standing(settled, loser, None, now=NOW)
    assert (after.standing, after.settled, after.open_registration_id) == (AdjudicationStanding.WON, True, None)
    with pytest.raises(domain.NoAppeal):
        domain.judge(settled, verdict(by="carl"), now=NOW)


def test_a_loser_appeals_once_and_in_time_and_a_winner_never() -> None:
    case, (winner, loser) = decided()
    with pytest.raises(WrongState):
        domain.appeal(case, winner, SAID, now=NOW)
    with pytest.raises(InvalidInput):
        domain.appeal(case, loser, PersonalText(text=" "), now=NOW)
    with pytest.raises(domain.AppealTooLate):
        domain.appeal(case, loser, SAID, now=UNTIL.due)
    appealed, loser = domain.appeal(case, loser, SAID, now=UNTIL.due - timedelta(microseconds=1))
    with pytest.raises(domain.AlreadyAppealed):
        domain.appeal(appealed, loser, SAID, now=NOW)
    assert domain.fall_due(appealed, holds=True, now=UNTIL.due) is None
    assert domain.fall_due(case, holds=True, now=UNTIL.due - timedelta(microseconds=1)) is None
    settled = domain.fall_due(case, holds=True, now=UNTIL.due)
    assert settled is not None
    assert (settled.state, settled.winner) == (AdjudicationState.SETTLED, ONE)


def test_an_appeal_waits_for_the_losers_that_may_still_appeal() -> None:
    case, (_, second, third) = decided(3)
    case, _ = domain.appeal(case, second, SAID, now=NOW)
    with pytest.raises(domain.AppealPeriodRunning):
        domain.judge(case, verdict(TWO, by="bert"), now=NOW)
    assert domain.judge(case, verdict(TWO, by="bert"), now=UNTIL.due).winner == TWO
    both, _ = domain.appeal(case, third, SAID, now=NOW)
    assert domain.judge(both, verdict(THREE, by="bert"), now=NOW).winner == THREE


def test_a_winner_is_in_the_case_and_every_claim_stays_for_one_reason_only() -> None:
    reasons = [
        [one.reason for one in domain.verdict_violations(a_case(), winner, reason)]
        for winner, reason in (
            (ONE, AdjudicationReason.OTHER),
            (THREE, AdjudicationReason.OTHER),
            ("", AdjudicationReason.OTHER),
            (ONE, AdjudicationReason.NOT_ONE_DEAL),
            ("", AdjudicationReason.NOT_ONE_DEAL),
        )
    ]
    assert reasons == [[], ["NOT_A_PARTY"], ["REQUIRED"], ["NOT_ALLOWED"], []]
    stays = domain.decide(a_case(), verdict("", reason=AdjudicationReason.NOT_ONE_DEAL), UNTIL, now=NOW)
    assert stays.state is AdjudicationState.SETTLED
    shown = domain.standing(stays, side(1), None, now=NOW)
    assert (shown.standing, shown.settled, shown.appeal_due_time) == (AdjudicationStanding.DISMISSED, True, None)


ACTS = st.lists(
    st.tuples(st.sampled_from(["decide", "appeal 2", "appeal 3", "judge", "clock"]), st.integers(0, 6)), max_size=12
)


@given(ACTS)
def test_whatever_is_tried_a_case_is_settled_once_and_never_by_one_person_alone(acts: list[tuple[str, int]]) -> None:
    """The oracle: a list of what was accepted says which acts are accepted next."""
    case, sides, now = a_case(3), {number: side(number) for number in (1, 2, 3)}, NOW
    done: list[str] = []
    for act, days in acts:
        now += timedelta(days=days)
        due = UNTIL.due if "decide" in done else None
        open_appeals = [one for one in done if one.startswith("appeal")]
        ended = "judge" in done or "clock" in done
        expected = {
            "decide": not done,
            "judge": bool(open_appeals) and not ended and (len(open_appeals) == 2 or (due is not None and now >= due)),
            "clock": due is not None and now >= due and not open_appeals and not ended,
        }.get(act, due is not None and now < due and act not in done and not ended)
        before = case
        try:
            case = _act(act, case, sides, now)
        except AppError:
            case = before
        assert (case is not before) is expected
        done += [act] if case is not before else []
    if case.state is AdjudicationState.SETTLED:
        assert len(case.rulings) == len({one.decided_by for one in case.rulings})


def _act(act: str, case: Adjudication, sides: dict[int, AdjudicationSide], now: datetime) -> Adjudication:
    until = UNTIL
    if act == "decide":
        after = domain.decide(case, verdict(), until, now=now)
        for number, one in sides.items():
            sides[number] = domain.standing(after, one, until, now=NOW)
        return after
    if act == "judge":
        return domain.judge(case, verdict(TWO, by="bert"), now=now)
    if act == "clock":
        return domain.fall_due(case, holds=True, now=now) or case
    number = int(act[-1])
    after, sides[number] = domain.appeal(case, sides[number], SAID, now=now)
    return after


def test_the_counts_of_all_reasons_add_up_to_those_of_all_cases() -> None:
    plain = domain.fall_due(decided()[0], holds=True, now=UNTIL.due)
    assert plain is not None
    case, (_, loser) = decided()
    appealed, _ = domain.appeal(case, loser, SAID, now=NOW)
    turned = domain.judge(appealed, verdict(TWO, by="bert", reason=AdjudicationReason.AGREED, proposed=TWO), now=NOW)
    kept = domain.judge(appealed, verdict(ONE, by="bert"), now=NOW)
    total, by_reason = counted([plain, turned, kept, plain])
    assert (total.cases, total.as_proposed, total.appealed, total.overturned) == (4, 1, 2, 1)
    assert [one.reason for one in by_reason] == [AdjudicationReason.FIRST_CLAIM, AdjudicationReason.AGREED]
    for field in ("cases", "as_proposed", "appealed", "overturned"):
        assert sum(getattr(one, field) for one in by_reason) == getattr(total, field)
    assert counted([])[1] == ()
