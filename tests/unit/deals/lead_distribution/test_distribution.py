"""Who gets a lead, against an oracle that compares fractions and knows nothing of the code."""

from datetime import timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.deals.lead_distribution.domain.distribution import (
    CANDIDATES_KEPT,
    LeadExclusionReason,
    LeadRoundOutcome,
    Limits,
    Load,
    Protection,
    Seller,
    chosen,
    decide,
)
from services.deals.leads.domain.lead import Had
from tests.builders import NOW

COOL_DOWN = timedelta(days=30)
_NAMES = [f"ptn-{number:02}" for number in range(40)]

sellers = st.lists(
    st.builds(
        Seller,
        partner_id=st.sampled_from(_NAMES),
        weight=st.integers(1, 1_000),
        reason=st.none() | st.sampled_from([LeadExclusionReason.NOT_ACTIVE, LeadExclusionReason.NO_TERRITORY]),
    ),
    unique_by=lambda one: one.partner_id,
    max_size=40,
)
loads = st.dictionaries(
    st.sampled_from(_NAMES),
    st.builds(
        Load,
        open_leads=st.integers(0, 12),
        last_offer_time=st.none() | st.integers(0, 99).map(lambda days: NOW - timedelta(days=days)),
    ),
)
had = st.lists(
    st.builds(
        Had, partner_id=st.sampled_from(_NAMES), time=st.integers(0, 60).map(lambda days: NOW - timedelta(days=days))
    ),
    max_size=6,
)


@given(sellers, loads, had, st.integers(0, 4), st.integers(1, 12))
def test_the_least_loaded_for_its_weight_gets_it_and_nobody_who_cannot(
    asked: list[Seller], held: dict[str, Load], before: list[Had], refusals: int, most: int
) -> None:
    limits = Limits(refusals=3, open_leads=most, cool_down=COOL_DOWN)
    found = decide(asked, held, had=before, refusals=refusals, protections=(), limits=limits, now=NOW)
    able = []
    for one in asked:
        load = held.get(one.partner_id, Load())
        recent = [it for it in before if it.partner_id == one.partner_id and NOW - it.time < COOL_DOWN]
        if one.reason is None and not recent and load.open_leads < most:
            able.append((one, load))
    assert (found.candidate_count, found.exclusion_count) == (len(able), len(asked) - len(able))
    if not able or refusals >= 3:
        assert (found.outcome, found.partner_id) == (LeadRoundOutcome.POOLED, "")
        return
    first = sorted(
        able,
        key=lambda pair: (
            Fraction(pair[1].open_leads + 1, pair[0].weight),
            (pair[1].last_offer_time is not None, pair[1].last_offer_time or NOW),
            pair[0].partner_id,
        ),
    )[0]
    assert (found.outcome, found.partner_id) == (LeadRoundOutcome.OFFERED, first[0].partner_id)
    assert chosen(found.candidates) == found.partner_id
    assert len(found.candidates) == min(len(able), CANDIDATES_KEPT)


@given(sellers, had, st.booleans())
def test_a_protected_customer_brings_a_lead_to_that_partner_or_to_nobody(
    asked: list[Seller], before: list[Had], active: bool
) -> None:
    owner, until = _NAMES[7], NOW + timedelta(days=9)
    limits = Limits(refusals=3, open_leads=1, cool_down=COOL_DOWN)
    protection = Protection(partner_id=owner, until=until, active=active)
    full = {owner: Load(open_leads=500)}
    found = decide(asked, full, had=before, refusals=9, protections=(protection,), limits=limits, now=NOW)
    refused = any(one.partner_id == owner and NOW - one.time < COOL_DOWN for one in before)
    if active and not refused:
        assert (found.outcome, found.partner_id) == (LeadRoundOutcome.OFFERED, owner)
    else:
        assert (found.outcome, found.partner_id, found.until) == (LeadRoundOutcome.WITHHELD, "", until)


def test_weights_share_leads_in_proportion() -> None:
    asked = [Seller(partner_id=name, weight=weight) for name, weight in zip(_NAMES, (1, 2, 5), strict=False)]
    limits = Limits(refusals=3, open_leads=10_000, cool_down=COOL_DOWN)
    held: dict[str, Load] = {}
    for _ in range(800):
        one = decide(asked, held, had=(), refusals=0, protections=(), limits=limits, now=NOW).partner_id
        held[one] = Load(open_leads=held.get(one, Load()).open_leads + 1)
    assert [held[name].open_leads for name in _NAMES[:3]] == [100, 200, 500]
