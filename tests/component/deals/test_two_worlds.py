"""A hostile partner asks all that it may, in two worlds that differ by what a rival does with the same customers:
answers, lists, counts, etags, errors and the number of rows that a read takes are the same.

In the first pair of worlds the rival exists in one only, and the partner's own claims are not in earnest: it can take
them back. In the second pair it has claims in review, so it may know that there is a rival; there the rival differs in
who it is and when it came.
"""

import asyncio
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.privacy.keys import Keys
from tests.component.deals.harness import RIVAL
from tests.component.deals.worlds import CUSTOMERS, OTHER_RIVAL, Act, told

MINE = ("draft", "submit", "recall", "update", "withdraw", "advance", "look")
THEIRS = ("claim", "approve", "convert", "withdraw", "note", "judge", "housekeeping")
ACTS = st.lists(
    st.builds(Act, mine=st.just(True), what=st.sampled_from(MINE), customer=st.integers(0, len(CUSTOMERS) - 1))
    | st.builds(Act, mine=st.just(False), what=st.sampled_from(THEIRS), customer=st.integers(0, len(CUSTOMERS) - 1)),
    min_size=6,
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(ACTS)
def test_a_partner_cannot_tell_whether_there_is_a_rival_before_its_claim_is_in_review(
    keys: Keys, acts: list[Act]
) -> None:
    alone = [act if act.mine else act._replace(what="nothing") for act in acts]
    with_rival, without = [asyncio.run(told(keys, some, rival=RIVAL)) for some in (acts, alone)]
    assert with_rival == without


IN_REVIEW = st.lists(
    st.builds(
        Act,
        mine=st.just(True),
        what=st.sampled_from(
            ("draft", "submit", "review", "approve_mine", "withdraw", "advance", "look", "convert_mine")
        ),
        customer=st.integers(0, len(CUSTOMERS) - 1),
    )
    | st.builds(Act, mine=st.just(False), what=st.sampled_from(THEIRS), customer=st.integers(0, len(CUSTOMERS) - 1)),
    min_size=6,
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(IN_REVIEW)
def test_a_partner_in_review_cannot_tell_which_rival_there_is_and_when_it_came(keys: Keys, acts: list[Act]) -> None:
    later = timedelta(minutes=31)
    one, other = [
        asyncio.run(told(keys, acts, rival=rival, late=late))
        for rival, late in ((RIVAL, timedelta()), (OTHER_RIVAL, later))
    ]
    assert one == other
