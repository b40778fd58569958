"""Judgements survive every new comparison of the same pair, and none of another, against a plain model."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.partners.screening.domain.screening import (
    Screening,
    ScreeningCandidate,
    ScreeningReason,
    ScreeningVerdict,
    judge,
    screened,
)
from tests.builders import NOW, an_id

PAIRS = st.tuples(st.sampled_from("ABC"), st.sampled_from("xy"))  # entry, and what its names are now
ACTS = st.one_of(
    st.tuples(st.just("compare"), st.sampled_from(["one name", "another"]), st.sets(PAIRS, max_size=4)),
    st.tuples(st.just("judge"), st.sampled_from("ABC"), st.sampled_from(ScreeningVerdict)),
)


def candidate(entry: str, names: str) -> ScreeningCandidate:
    """A candidate that nobody has judged."""
    return ScreeningCandidate(list="L", entry_code=entry, entry_hash=names, name=entry, exact=True, same_country=False)


@given(st.lists(ACTS, max_size=12))
def test_a_judged_pair_stays_judged_until_either_side_changes(acts: list[tuple[str, Any, Any]]) -> None:
    screening = Screening(id=an_id("ptn"), name_key="", create_time=NOW, update_time=NOW)
    model: dict[tuple[str, str], ScreeningVerdict | None] = {}
    name = ""
    for act, first, second in acts:
        if act == "compare":
            screening = screened(screening, first, [candidate(*one) for one in sorted(second)], now=NOW)
            model = {pair: model.get(pair) if first == name else None for pair in second}
            name = first
        elif any(entry == first for entry, _ in model):
            judgement = (second, ScreeningReason.SEAT)
            screening = judge(screening, ("L", first), judgement, by=("dev:clara", ""), now=NOW)
            model = {pair: second if pair[0] == first else verdict for pair, verdict in model.items()}
        assert {(one.entry_code, one.entry_hash): one.verdict for one in screening.candidates} == model
        assert screening.open_count == sum(verdict is None for verdict in model.values())
        assert screening.is_open == (None in model.values())
