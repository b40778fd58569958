"""Every claim that has a term is listed or counted in its posting, and a stop word that has become rare finds again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.deals.matching.domain.comparing import ComparedCustomer
from services.deals.matching.domain.index import (
    CLAIMS_PER_TERM,
    REF_LETTERS,
    SEARCHED_AGAIN,
    NearEntry,
    Posting,
    ranked,
)

STEPS = st.lists(st.tuples(st.booleans(), st.integers(1, 700), st.booleans()), min_size=1, max_size=8)


def _ref(number: int) -> str:
    return f"{number:0{REF_LETTERS}d}"


@given(STEPS)
@settings(max_examples=40)
def test_a_posting_lists_or_counts_every_claim(steps: list[tuple[bool, int, bool]]) -> None:
    posting, holders, next_one = Posting(id="term"), list[str](), 0
    for comes, count, oldest_first in steps:
        for _ in range(count if comes else min(count, len(holders))):
            if comes:
                holders.append(_ref(next_one))
                posting = posting.with_claim(holders[-1])
                next_one += 1
            else:
                posting = posting.without_claim(holders.pop(0 if oldest_first else -1))
        listed = posting.claims()
        assert len(listed) + posting.unlisted == len(holders)
        assert len(listed) == len(set(listed)) <= CLAIMS_PER_TERM
        assert set(listed) <= set(holders)
        assert posting.is_whole() == (set(listed) == set(holders))


def test_a_stop_word_finds_new_claims_again_once_few_have_it() -> None:
    posting = Posting(id="term")
    for number in range(CLAIMS_PER_TERM + 1):
        posting = posting.with_claim(_ref(number))
    assert posting.claims() == []
    assert posting.with_claim(_ref(9_000)).claims() == []
    for number in range(CLAIMS_PER_TERM + 2 - SEARCHED_AGAIN):
        posting = posting.without_claim(_ref(number))
    assert posting.with_claim(_ref(9_001)).claims() == [_ref(9_001)]


def test_a_search_tells_a_term_by_which_some_claims_are_missed_but_no_country() -> None:
    postings = {"one": Posting(id="one", unlisted=3, refs=_ref(1)), "two": Posting(id="two", unlisted=9)}
    entry = NearEntry(id=_ref(2), registration_id="", customer=ComparedCustomer(names=()), key="", terms=("one",))
    found = ranked({"one": "wacme", "two": "cDE"}, postings, [entry], at_most=50)
    assert found.refs == [_ref(1), _ref(2)]
    assert found.stopped == ("wacme",)
    assert ranked({"one": "wacme"}, {"one": postings["one"]}, [entry], at_most=1).refs == [_ref(1)]
