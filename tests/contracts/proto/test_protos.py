"""The protos of the project keep every rule, and each finds in them what it is about; test_rules_bite.py shows that
each can refuse."""

from collections.abc import Callable, Iterator

import pytest

from tests.contracts.proto import access, homes, privacy, shape
from tests.contracts.proto.image import LOOKED, Image, built

Rule = Callable[[Image], Iterator[str]]

RULES: tuple[Rule, ...] = (
    privacy.uncategorised,
    privacy.personal_events,
    privacy.texts_that_cross,
    privacy.unsaid_revelations,
    privacy.open_pseudonyms,
    access.unguarded,
    access.misnamed_partner_fields,
    access.odd_answers,
    access.unrepeatable,
    access.unpaged,
    homes.homeless,
    homes.misplaced,
    shape.uncommented,
    shape.unnamed_organisations,
    shape.unbounded,
    shape.uncontrolled,
    shape.foreign_ids,
    shape.copied_ids,
    shape.odd_enums,
    shape.floats,
    shape.clashing_files,
    shape.odd_events,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_protos_keep(rule: Rule) -> None:
    found = list(rule(built()))
    assert LOOKED in found, "the rule looked at nothing"
    assert [one for one in found if one != LOOKED] == []


def test_nothing_is_listed_that_the_protos_no_longer_have() -> None:
    names = {name for one in built().fields for name in (one.desc.name, f"{one.owner.desc.name}.{one.desc.name}")}
    used = {one.category for one in built().fields}
    assert privacy.IMPERSONAL - names == set()
    assert privacy.CATEGORIES - used == set()
    assert set(homes.ANYWHERE) - {one.name for one in built().fields} == set()
    assert set(homes.OTHERS_IDS) - {one.desc.name for one in built().fields} == set()
