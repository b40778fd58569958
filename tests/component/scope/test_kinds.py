"""What keeps the rules from being forgotten: every kind says whose its rows are, and whom they name."""

from typing import Any

import msgspec
import pytest

from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.person import Person, PersonalText
from libs.store.port import Kind
from tests.compositions import COMPOSITIONS

EVERY: tuple[Kind[Any], ...] = (*(kind for one in COMPOSITIONS.values() for kind in one.kinds), *OUTBOX_KINDS)
OURS = {"audit_entry"}  # says whose people did something; the trail is the vendor's


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: f"{kind.type.__module__}.{kind.name}")
def test_a_row_that_names_a_partner_is_that_partners(kind: Kind[Any]) -> None:
    fields = kind.type.__struct_fields__
    assert not kind.owner or kind.owner in fields
    assert kind.owner == "partner_id" or "partner_id" not in fields or kind.name in OURS


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: f"{kind.type.__module__}.{kind.name}")
def test_a_kind_that_can_name_a_person_says_how_they_are_found(kind: Kind[Any]) -> None:
    _, components = msgspec.json.schema_components([kind.type])
    assert not components.keys() & {Person.__name__, PersonalText.__name__} or kind.persons is not None
