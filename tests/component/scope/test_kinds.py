"""What keeps the rule from being forgotten: every kind says whose its rows are."""

from typing import Any

import pytest

from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.store.port import Kind
from services.compliance.service import COMPOSITION as COMPLIANCE
from services.deals.service import COMPOSITION as DEALS
from services.orders.documents import KINDS as ORDERS
from services.partners.service import COMPOSITION as PARTNERS
from services.tickets.service import COMPOSITION as TICKETS

EVERY: tuple[Kind[Any], ...] = (
    *PARTNERS.kinds,
    *DEALS.kinds,
    *ORDERS,
    *TICKETS.kinds,
    *COMPLIANCE.kinds,
    *OUTBOX_KINDS,
)
OURS = {"audit_entry"}  # says whose people did something; the trail is the vendor's


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: f"{kind.type.__module__}.{kind.name}")
def test_a_row_that_names_a_partner_is_that_partners(kind: Kind[Any]) -> None:
    fields = kind.type.__struct_fields__
    assert not kind.owner or kind.owner in fields
    assert kind.owner == "partner_id" or "partner_id" not in fields or kind.name in OURS
