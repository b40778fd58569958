"""What agreements allow: against an oracle that asks each agreement for each product line, place and day alone."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from libs.rights import (
    UNSIGNED,
    AgreementFacts,
    AgreementState,
    ClauseSubject,
    Lacking,
    NamedClause,
    NoAgreement,
    Place,
    Right,
    lacking_for,
)
from tests.builders import NOW, an_id

TODAY = NOW.date()
DAY = timedelta(days=1)
LINES, PLACES = ("PUMPS", "ROUTERS"), (Place(country="DE"), Place(country="DE", subdivision="BY"), Place(country="AT"))


@st.composite
def _agreements(draw: st.DrawFn) -> list[AgreementFacts]:
    return [
        AgreementFacts(
            id=an_id("agr", number),
            facts_version=1,
            partner_id=an_id("ptn"),
            state=draw(st.sampled_from(AgreementState)),
            valid_from=TODAY + draw(st.integers(-3, 3)) * DAY,
            last_day=draw(st.none() | st.integers(-4, 4).map(lambda days: TODAY + days * DAY)),
            product_lines=tuple(draw(st.sets(st.sampled_from(LINES)))),
            places=tuple(draw(st.lists(st.sampled_from(PLACES), max_size=2))),
            registering=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 3)))
    ]


def _allows(one: AgreementFacts, right: Right, line: str, place: Place) -> bool:
    where = not one.places or any(known == place or known == Place(country=place.country) for known in one.places)
    return (
        where and (right is Right.ORDERING or one.registering) and (not one.product_lines or line in one.product_lines)
    )


def _days(one: AgreementFacts) -> set[date]:
    """The days on which it is in force, of those around today."""
    around = {TODAY + days * DAY for days in range(-9, 1)}
    until = one.last_day or date.max
    return set() if one.state in UNSIGNED else {day for day in around if one.valid_from <= day <= until}


@given(
    _agreements(),
    st.sampled_from(Right),
    st.sampled_from(PLACES),
    st.frozensets(st.sampled_from((*LINES, "CABLES"))),
    st.booleans(),
)
def test_a_right_stands_if_one_agreement_allows_each_product_line(
    agreements: list[AgreementFacts], right: Right, place: Place, lines: frozenset[str], required: bool
) -> None:
    found = lacking_for(agreements, right, place=place, product_lines=lines, on=TODAY, required=required)
    begun = [one for one in agreements if _days(one)]
    in_force = [one for one in begun if TODAY in _days(one)]
    if not begun:
        assert [one.agreement_id for one in found] == ([""] if required else [])
    elif not in_force:
        assert [one.subject for one in found] == [ClauseSubject.TERM]
    else:
        allowed = all(any(_allows(one, right, line, place) for one in in_force) for line in lines)
        assert (not found) is allowed
        assert {one.agreement_id for one in found} <= {max(in_force, key=lambda one: (one.valid_from, one.id)).id}


def test_after_the_last_day_the_term_is_named() -> None:
    agreement = AgreementFacts(
        id=an_id("agr"),
        facts_version=1,
        partner_id=an_id("ptn"),
        state=AgreementState.EXPIRED,
        valid_from=TODAY - DAY,
        last_day=TODAY,
        registering=True,
        clauses=(NamedClause(subject=ClauseSubject.TERM, number="9"),),
    )
    named = {
        on: [(one.subject, one.clause) for one in _lacking(agreement, on)]
        for on in (TODAY - 2 * DAY, TODAY, TODAY + DAY)
    }
    assert named == {TODAY - 2 * DAY: [], TODAY: [], TODAY + DAY: [(ClauseSubject.TERM, "9")]}


def _lacking(agreement: AgreementFacts, on: date) -> tuple[Lacking, ...]:
    lines = frozenset({"PUMPS"})
    return lacking_for([agreement], Right.REGISTERING, place=PLACES[0], product_lines=lines, on=on, required=False)


def test_a_refusal_names_every_clause_that_stands_against_it() -> None:
    agreement = AgreementFacts(
        id=an_id("agr"),
        facts_version=1,
        partner_id=an_id("ptn"),
        state=AgreementState.ACTIVE,
        valid_from=TODAY,
        product_lines=("PUMPS",),
        places=(Place(country="AT"),),
        clauses=(
            NamedClause(subject=ClauseSubject.REGISTERING, number="3"),
            NamedClause(subject=ClauseSubject.PRODUCT_LINES, number="2.1"),
            NamedClause(subject=ClauseSubject.PRODUCT_LINES, number="2.2"),
        ),
    )
    lines = frozenset({"ROUTERS", "PUMPS"})
    found = lacking_for(
        [agreement], Right.REGISTERING, place=Place(country="DE"), product_lines=lines, on=TODAY, required=False
    )
    assert [(one.subject, one.clause, one.product_line) for one in found] == [
        (ClauseSubject.REGISTERING, "3", ""),
        (ClauseSubject.TERRITORY, "", ""),
        (ClauseSubject.PRODUCT_LINES, "2.1, 2.2", "ROUTERS"),
    ]
    refused = NoAgreement(agreement.partner_id, Right.REGISTERING, found)
    assert (refused.metadata["subject"], refused.metadata["clause"]) == ("REGISTERING", "3")
    assert f"agreement {agreement.id} does not allow PRODUCT_LINES ROUTERS (clause 2.1, 2.2)" in refused.message
