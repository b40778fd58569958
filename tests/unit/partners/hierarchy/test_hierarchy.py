"""Who buys from whom never goes round in a circle, nor deeper than ten levels: against a brute-force oracle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import AppError
from libs.partner import LEVELS, PartnerStatus
from services.partners.hierarchy.domain import HierarchyCycle, HierarchyTooDeep, ParentNotDistributor, refuse_place
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from tests.builders import an_id
from tests.unit.partners.partners import a_partner

PARTNERS = 24
LEAF = 0  # the only one of them that is no distributor

Parents = dict[int, int]


def _partner(number: int, parents: Parents) -> Partner:
    kind = PartnerKind.RESELLER if number == LEAF else PartnerKind.DISTRIBUTOR
    parent = an_id("ptn", 10 + parents[number]) if number in parents else ""
    return a_partner(PartnerStatus.ACTIVE, number=10 + number, kind=kind, parent=parent)


def _upline(number: int, parents: Parents) -> list[Partner]:
    found = [_partner(number, parents)]
    while number in parents:
        number = parents[number]
        found.append(_partner(number, parents))
    return found


def _levels(number: int, parents: Parents) -> int:
    return 1 + max((_levels(child, parents) for child, parent in parents.items() if parent == number), default=0)


def _deepest(parents: Parents) -> int:
    """By walking up from everybody; None of the rules is used. A circle is endless."""
    deepest = 0
    for start in range(PARTNERS):
        depth, at = 1, start
        while at in parents and depth <= PARTNERS:
            depth, at = depth + 1, parents[at]
        deepest = max(deepest, depth)
    return deepest


def _verdict(number: int, parent: int, parents: Parents) -> type[AppError] | None:
    """What the oracle says of a move, in the order in which refusals are looked for."""
    if _deepest({**parents, number: parent}) > PARTNERS:
        return HierarchyCycle
    if parent == LEAF:
        return ParentNotDistributor
    return HierarchyTooDeep if _deepest({**parents, number: parent}) > LEVELS else None


def _refusal(number: int, parent: int, parents: Parents) -> type[AppError] | None:
    try:
        refuse_place(_partner(number, parents), _upline(parent, parents), levels=_levels(number, parents))
    except AppError as err:
        return type(err)
    return None


_ANY = st.integers(0, PARTNERS - 1)


@given(st.lists(st.tuples(_ANY, _ANY), min_size=1, max_size=60))
def test_a_move_is_refused_exactly_when_the_oracle_says_so(wanted: list[tuple[int, int]]) -> None:
    parents: Parents = {}
    for number, parent in wanted:
        verdict = _verdict(number, parent, parents)
        assert _refusal(number, parent, parents) is verdict
        if verdict is None:
            parents[number] = parent
    assert _deepest(parents) <= LEVELS


def test_ten_levels_are_allowed_and_eleven_are_not() -> None:
    parents = {number: number - 1 for number in range(2, 11)}
    refuse_place(_partner(LEAF, parents), _upline(9, parents), levels=1)
    with pytest.raises(HierarchyTooDeep) as refused:
        refuse_place(_partner(LEAF, parents), _upline(10, parents), levels=1)
    assert refused.value.metadata == {"parent_partner_id": an_id("ptn", 20), "limit": "10"}


@pytest.mark.parametrize("status", [PartnerStatus.TERMINATED, PartnerStatus.REJECTED])
def test_nobody_who_sells_buys_from_a_distributor_that_has_ended(status: PartnerStatus) -> None:
    parent = a_partner(status, number=2, kind=PartnerKind.DISTRIBUTOR)
    with pytest.raises(ParentNotDistributor):
        refuse_place(a_partner(PartnerStatus.ACTIVE), [parent], levels=1)
    refuse_place(a_partner(PartnerStatus.TERMINATED), [parent], levels=1)


@pytest.mark.parametrize("kind", [kind for kind in PartnerKind if kind is not PartnerKind.DISTRIBUTOR])
def test_one_buys_from_a_distributor_only(kind: PartnerKind) -> None:
    with pytest.raises(ParentNotDistributor):
        refuse_place(a_partner(), [a_partner(PartnerStatus.ACTIVE, number=2, kind=kind)], levels=1)
