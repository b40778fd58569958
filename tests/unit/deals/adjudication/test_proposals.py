"""The rule proposes by its criteria in their order, and by nothing else than the facts."""

from datetime import datetime, timedelta
from itertools import permutations
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.deals.adjudication.domain.proposals import propose
from services.deals.adjudication.domain.rules import AdjudicationCriterion, criteria_violations
from services.deals.adjudication.domain.sides import AdjudicationFact, AdjudicationFactKind, AdjudicationSide
from tests.builders import NOW, an_id

By = AdjudicationCriterion
Kind = AdjudicationFactKind
EARLY, LATE = NOW - timedelta(days=2), NOW - timedelta(days=1)


def fact(kind: Kind, *, time: datetime | None = None, quantity: int = 0) -> AdjudicationFact:
    return AdjudicationFact(kind=kind, time=time, quantity=quantity, record_time=NOW)


def side(number: int, *facts: AdjudicationFact) -> AdjudicationSide:
    return AdjudicationSide(
        id=an_id("ads", number),
        adjudication_id=an_id("adj"),
        registration_id=an_id("reg", number),
        partner_id=an_id("ptn", number),
        open_registration_id=an_id("reg", number),
        facts=facts,
        create_time=NOW,
        update_time=NOW,
    )


# For each criterion the facts that are better and those that are worse by it, and equal by every other.
PAIRS = {
    By.FIRST_CLAIM: (fact(Kind.CLAIMED, time=EARLY), fact(Kind.CLAIMED, time=LATE)),
    By.INCUMBENT: (fact(Kind.INCUMBENT, time=EARLY), fact(Kind.INCUMBENT, time=LATE)),
    By.TERRITORY: (fact(Kind.TERRITORY, quantity=2), fact(Kind.TERRITORY, quantity=1)),
    By.ACTIVITY: (fact(Kind.ACTIVITY, quantity=5), fact(Kind.ACTIVITY, quantity=4)),
}


def test_each_criterion_decides_a_case_of_its_own_and_says_so() -> None:
    everything = tuple(By)
    for criterion, (better, worse) in PAIRS.items():
        found = propose(everything, [side(1, worse), side(2, better)])
        assert (found.registration_id, found.criterion) == (an_id("reg", 2), criterion)
        assert found.steps[-1].left_registration_ids == (an_id("reg", 2),)
        without = propose([one for one in everything if one is not criterion], [side(1, worse), side(2, better)])
        assert (without.registration_id, without.criterion) == ("", None)
    invited = propose(everything, [side(1), side(2, fact(Kind.INVITED))])
    assert (invited.registration_id, invited.criterion) == (an_id("reg", 2), By.INVITATION)
    alone = propose([By.FIRST_CLAIM], [side(1, fact(Kind.ENDED)), side(2)])
    assert (alone.registration_id, alone.criterion, alone.steps) == (an_id("reg", 2), None, ())
    assert propose([], [side(1, fact(Kind.ENDED)), side(2)]).registration_id == ""


def test_another_order_of_two_criteria_that_disagree_proposes_the_other_claim() -> None:
    for (one, (better, worse)), (other, (best, worst)) in permutations(PAIRS.items(), 2):
        sides = [side(1, better, worst), side(2, worse, best)]
        assert propose([one, other], sides).registration_id == an_id("reg", 1)
        assert propose([other, one], sides).registration_id == an_id("reg", 2)


def test_a_criterion_twice_is_refused() -> None:
    assert [one.reason for one in criteria_violations([By.ACTIVITY, By.ACTIVITY, By.INCUMBENT])] == ["REPEATED"]


_TIMES = st.integers(0, 3).map(lambda days: NOW + timedelta(days=days))
_FACTS = st.one_of(
    st.builds(fact, st.sampled_from([Kind.CLAIMED, Kind.INCUMBENT]), time=_TIMES),
    st.builds(fact, st.sampled_from([Kind.TERRITORY, Kind.ACTIVITY]), quantity=st.integers(1, 3)),
    st.builds(fact, st.sampled_from([Kind.INVITED, Kind.ENDED])),
)


def _better(criterion: By, mine: list[AdjudicationFact], theirs: list[AdjudicationFact]) -> bool:
    """The oracle: whether one ledger beats another by one criterion, said pair by pair and without ranks."""
    if criterion in (By.FIRST_CLAIM, By.INCUMBENT):
        kind = Kind.CLAIMED if criterion is By.FIRST_CLAIM else Kind.INCUMBENT
        own, other = ([one.time for one in facts if one.kind is kind and one.time] for facts in (mine, theirs))
        return bool(own) and all(any(one < two for one in own) for two in other)
    if criterion is By.INVITATION:
        has, have = (any(one.kind is Kind.INVITED for one in facts) for facts in (mine, theirs))
        return has and not have
    kind = Kind.TERRITORY if criterion is By.TERRITORY else Kind.ACTIVITY
    most = [one.quantity for one in theirs if one.kind is kind]
    return any(one.kind is kind and all(one.quantity > other for other in most) for one in mine)


@given(
    st.lists(st.lists(_FACTS, max_size=6), min_size=2, max_size=4),
    st.permutations(list(By)).flatmap(lambda order: st.integers(1, 5).map(lambda count: order[:count])),
    st.randoms(use_true_random=False),
)
def test_the_ledger_gives_the_same_proposal_in_any_order_of_events(
    ledgers: list[list[AdjudicationFact]], order: list[By], random: Random
) -> None:
    sides = [side(number, *facts) for number, facts in enumerate(ledgers, start=1)]
    found = propose(order, sides)
    shuffled = []
    for one in sides:
        facts = list(one.facts)
        random.shuffle(facts)
        shuffled.append(replace(one, facts=tuple(facts)))
    random.shuffle(shuffled)
    again = propose(order, shuffled)
    assert again == found
    left = [number for number, facts in enumerate(ledgers) if all(one.kind is not Kind.ENDED for one in facts)]
    for criterion in order:
        beaten = {two for one in left for two in left if _better(criterion, ledgers[one], ledgers[two])}
        left = [one for one in left if one not in beaten]
    assert found.registration_id == (an_id("reg", left[0] + 1) if len(left) == 1 else "")
