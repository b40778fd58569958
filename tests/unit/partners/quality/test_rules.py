"""Scores against an oracle that knows only the table of the rules; means against a plain sum of fractions."""

from collections.abc import Mapping
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.partners.quality.domain.findings import QualityRecord, RuleState
from services.partners.quality.domain.rules import (
    OF_CONTACTS,
    OF_PARTNERS,
    RULES,
    QualityDimension,
    QualityOutcome,
    QualityRule,
    score_of,
    shown_to_partner,
    touched_by,
)
from services.partners.quality.domain.tallies import Tally, added, mean_of
from services.partners.record.domain.partner import Partner
from tests.builders import NOW, an_id

# The table of the README, written a second time.
WEIGHTS = {
    "COMPLETE": {
        "REGISTRATION_ID_GIVEN": 10,
        "MAIN_CONTACT_GIVEN": 10,
        "AGREEMENT_IN_FORCE": 8,
        "ADDRESS_GIVEN": 6,
        "DOMAIN_GIVEN": 2,
        "PHONE_GIVEN": 2,
        "CONTACT_REACHABLE": 6,
    },
    "VALID": {"REGISTRATION_ID_VALID": 10, "PHONE_VALID": 3, "CONTACT_PHONE_VALID": 3},
    "CURRENT": {"RECORD_CURRENT": 5, "CERTIFICATE_CURRENT": 5, "CONTACT_CURRENT": 5},
    "DOUBLED": {"REGISTRATION_ID_UNIQUE": 10, "NAME_UNIQUE": 6, "CONTACT_UNIQUE": 4},
}
FLAT = {rule: weight for rules in WEIGHTS.values() for rule, weight in rules.items()}
OUTCOMES = st.dictionaries(st.sampled_from(QualityRule), st.sampled_from(QualityOutcome))


def expected(outcomes: Mapping[QualityRule, QualityOutcome], rules: Mapping[str, int]) -> Fraction | None:
    """The share of weights, weight by weight."""
    kept = [rules[one.name] for one, how in outcomes.items() if how.name == "KEPT" and one.name in rules]
    lost = [rules[one.name] for one, how in outcomes.items() if how.name == "BROKEN" and one.name in rules]
    return Fraction(sum(kept), sum(kept) + sum(lost)) if kept or lost else None


def record(outcomes: Mapping[QualityRule, QualityOutcome]) -> QualityRecord:
    """A record that stands so to the rules."""
    states = tuple(RuleState(rule=rule, outcome=outcome, since=NOW) for rule, outcome in outcomes.items())
    return QualityRecord(id=an_id("ptn"), partner_id=an_id("ptn"), states=states, create_time=NOW, update_time=NOW)


def test_every_rule_has_the_dimension_and_the_weight_of_the_table() -> None:
    assert {rule.name: terms.weight for rule, terms in RULES.items()} == FLAT
    assert all(rule.name in WEIGHTS[terms.dimension.name] for rule, terms in RULES.items())
    assert set(RULES) == set(QualityRule) == OF_PARTNERS | OF_CONTACTS


def test_the_fields_of_a_rule_are_fields_of_the_record() -> None:
    for rule in OF_PARTNERS:
        assert RULES[rule].changed <= set(Partner.__struct_fields__), rule


@given(OUTCOMES)
def test_a_score_is_the_exact_share_of_the_weights_that_apply(outcomes: dict[QualityRule, QualityOutcome]) -> None:
    score = score_of(outcomes.items())
    share = expected(outcomes, FLAT)
    assert (score.share if score else None) == share
    if score is not None and share is not None:
        below, above = share * 10_000 - Fraction(1, 2), share * 10_000 + Fraction(1, 2)
        assert below <= score.score_basis_points <= above


@given(st.lists(OUTCOMES, max_size=12))
def test_a_mean_is_that_of_the_exact_scores_whatever_their_weights(
    partners: list[dict[QualityRule, QualityOutcome]],
) -> None:
    tallies: tuple[Tally, ...] = ()
    for outcomes in partners:
        tallies = added(tallies, record(outcomes))
    for dimension in (None, *QualityDimension):
        rules = FLAT if dimension is None else WEIGHTS[dimension.name]
        shares = [share for one in partners if (share := expected(one, rules)) is not None]
        mean = mean_of(tallies, dimension)
        assert (mean.partner_count if mean else 0) == len(shares)
        if mean is not None:
            assert mean.mean_basis_points == round(sum(shares, Fraction(0)) / len(shares) * 10_000)


def test_a_change_touches_the_rules_about_its_fields_and_the_age_of_the_record() -> None:
    assert touched_by(["address", "tier"], OF_PARTNERS) == {QualityRule.ADDRESS_GIVEN, QualityRule.RECORD_CURRENT}
    assert touched_by(["person"], OF_CONTACTS) == OF_CONTACTS
    assert touched_by([], OF_CONTACTS) == {QualityRule.CONTACT_CURRENT}


def test_a_partners_people_see_no_rule_that_compares_partners() -> None:
    hidden = {rule for rule in QualityRule if not shown_to_partner(rule)}
    assert hidden == {QualityRule.REGISTRATION_ID_UNIQUE, QualityRule.NAME_UNIQUE}
