"""The protos of the project keep every rule; test_rules_bite.py shows that each rule can refuse."""

from collections.abc import Callable, Iterator

import pytest

from tests.contracts.proto import access, privacy, shape
from tests.contracts.proto.image import Image, built

Rule = Callable[[Image], Iterator[str]]

RULES: tuple[Rule, ...] = (
    privacy.uncategorised,
    privacy.personal_events,
    privacy.unsaid_revelations,
    privacy.open_pseudonyms,
    access.unguarded,
    access.misnamed_partner_fields,
    access.unrepeatable,
    access.unpaged,
    shape.uncommented,
    shape.unbounded,
    shape.uncontrolled,
    shape.foreign_ids,
    shape.copied_ids,
    shape.odd_enums,
    shape.floats,
    shape.odd_events,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_protos_keep(rule: Rule) -> None:
    assert list(rule(built())) == []


def test_nothing_is_listed_that_the_protos_no_longer_have() -> None:
    names = {name for one in built().fields for name in (one.desc.name, f"{one.owner.desc.name}.{one.desc.name}")}
    used = {one.category for one in built().fields}
    assert privacy.IMPERSONAL - names == set()
    assert privacy.CATEGORIES - used == set()
