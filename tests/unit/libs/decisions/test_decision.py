"""The state machine of a decision: a table over every state and move, and any sequence of them against a model."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.call import Caller
from libs.decisions import decision as domain
from libs.decisions.decision import Decision, DecisionState, DecisionTooOld, Draft, SecondPersonRequired
from libs.errors import WrongState
from tests.builders import NOW, an_id

S = DecisionState
WEEK = timedelta(days=7)
LATER = NOW + timedelta(days=1)
AFTER = NOW + WEEK
ANNA, BERND, PORTAL = "dev:anna", "dev:bernd", "dev:portal"
DRAFT = Draft(
    method="/prm.partners.v1.PartnerService/TerminatePartner",
    permission="partners.partner.terminate",
    resource_id=an_id("ptn"),
    summary="terminate",
    command={"id": an_id("ptn")},
)

MOVES: dict[str, Callable[[Decision, Caller, datetime], tuple[Decision, object]]] = {
    "confirm": lambda decision, by, now: domain.confirm(decision, by=by, now=now),
    "decline": lambda decision, by, now: domain.decline(decision, by=by, now=now),
    "expire": lambda decision, by, now: domain.expire(decision, now=now),
}
REACHED = {"confirm": S.CONFIRMED, "decline": S.DECLINED, "expire": S.EXPIRED}


def by(subject: str, on_behalf_of: str = "") -> Caller:
    """Somebody."""
    return Caller(subject=subject, on_behalf_of=on_behalf_of)


def proposed(author: str = ANNA, author_for: str = "") -> Decision:
    """A decision that was begun at NOW."""
    return domain.propose(DRAFT, id=an_id("dec"), by=by(author, author_for), now=NOW, lifetime=WEEK)[0]


def in_state(state: DecisionState) -> Decision:
    """A decision that came into this state."""
    for move, reached in REACHED.items():
        if reached is state:
            return MOVES[move](proposed(), by(BERND), LATER)[0]
    return proposed()


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("move", MOVES)
def test_only_what_is_pending_can_be_decided(state: DecisionState, move: str) -> None:
    decision = in_state(state)
    if state is S.PENDING:
        done, _ = MOVES[move](decision, by(BERND), LATER)
        assert done.state is REACHED[move]
        return
    refusal = DecisionTooOld if state is S.EXPIRED and move != "expire" else WrongState
    with pytest.raises(refusal):
        MOVES[move](decision, by(BERND), LATER)


@pytest.mark.parametrize("move", MOVES)
def test_nothing_of_what_was_asked_for_stays_once_it_is_decided(move: str) -> None:
    done, _ = MOVES[move](proposed(), by(BERND), LATER)
    assert (done.command, done.pending_key, done.due_at, done.decide_time) == (None, None, None, LATER)


@pytest.mark.parametrize(
    ("author", "confirmer"),
    [
        (by(ANNA), by(ANNA)),
        (by(ANNA), by(PORTAL, ANNA)),
        (by(PORTAL, ANNA), by(ANNA)),
        (by(PORTAL, ANNA), by(PORTAL, ANNA)),
        (by(PORTAL, ANNA), by(PORTAL, BERND)),
        (by(PORTAL, ANNA), by(PORTAL)),
        (by(ANNA), by(ANNA, BERND)),
    ],
)
def test_whoever_had_part_in_beginning_an_act_cannot_confirm_it(author: Caller, confirmer: Caller) -> None:
    decision = proposed(author.subject, author.on_behalf_of)
    with pytest.raises(SecondPersonRequired):
        domain.confirm(decision, by=confirmer, now=LATER)
    assert domain.decline(decision, by=confirmer, now=LATER)[0].state is S.DECLINED


def test_the_author_stays_on_record_beside_the_one_who_confirmed() -> None:
    done, event = domain.confirm(proposed(ANNA, "dev:chef"), by=by(BERND, "dev:vorstand"), now=LATER)
    people = (done.author, done.author_for, done.decider, done.decider_for)
    assert people == (ANNA, "dev:chef", BERND, "dev:vorstand")
    assert (event.author, event.decider) == (ANNA, BERND)


@pytest.mark.parametrize("move", ["confirm", "decline"])
def test_after_its_time_nobody_decides_whether_that_was_noticed_or_not(move: str) -> None:
    with pytest.raises(DecisionTooOld):
        MOVES[move](proposed(), by(BERND), AFTER)
    assert MOVES[move](proposed(), by(BERND), AFTER - timedelta(microseconds=1))[0].state is REACHED[move]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(MOVES)),
        st.sampled_from((ANNA, BERND, PORTAL)),
        st.sampled_from(("", ANNA, BERND)),
        st.integers(0, 80),
    ),
    max_size=8,
)


@given(author=st.sampled_from((ANNA, PORTAL)), author_for=st.sampled_from(("", ANNA)), steps=STEPS)
def test_any_sequence_ends_at_most_once_in_time_and_never_by_its_author(
    author: str, author_for: str, steps: list[tuple[str, str, str, int]]
) -> None:
    decision, now, ends = proposed(author, author_for), NOW, 0
    for move, who, behalf, hours in steps:
        now += timedelta(hours=hours)
        try:
            changed, _ = MOVES[move](decision, by(who, behalf), now)
        except (SecondPersonRequired, DecisionTooOld, WrongState):
            continue
        ends += 1
        assert decision.state is S.PENDING
        assert changed.state is REACHED[move]
        assert move == "expire" or now < decision.expire_time
        assert move != "confirm" or not ({who, behalf} - {""}) & {author, author_for}
        decision = changed
    assert ends <= 1
