"""What keeps the rule from being forgotten: every kind says whose its rows are, no use case lists behind its back."""

from pathlib import Path
from typing import Any

import pytest

from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.store.port import Kind
from services.compliance.documents import KINDS as COMPLIANCE
from services.deals.documents import KINDS as DEALS
from services.orders.service import COMPOSITION as ORDERS
from services.partners.service import COMPOSITION as PARTNERS
from services.tickets.service import COMPOSITION as TICKETS

ROOT = Path(__file__).parents[3]
EVERY: tuple[Kind[Any], ...] = (*PARTNERS.kinds, *DEALS, *ORDERS.kinds, *TICKETS.kinds, *COMPLIANCE, *OUTBOX_KINDS)
OURS = {"audit_entry"}  # says whose people did something; the trail is the vendor's


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: f"{kind.type.__module__}.{kind.name}")
def test_a_row_that_names_a_partner_is_that_partners(kind: Kind[Any]) -> None:
    fields = kind.type.__struct_fields__
    assert not kind.owner or kind.owner in fields
    assert kind.owner == "partner_id" or "partner_id" not in fields or kind.name in OURS


def test_no_service_lists_but_through_its_environment() -> None:
    sources = [*(ROOT / "services").rglob("*.py"), *(ROOT / "libs" / "decisions").rglob("*.py")]
    lines = [
        (one, line) for one in sources for line in one.read_text().splitlines() if "libs.store.listing import" in line
    ]
    assert [
        str(one) for one, line in lines if "listing" in line.partition(" import ")[2].replace(",", " ").split()
    ] == []
