"""Pieces and sightings of tests."""

from datetime import date
from typing import Any

from libs.money import Money
from services.orders.diversion.domain.custody import CustodyKind, CustodyStep, Piece
from services.orders.diversion.domain.sighting import Sighting, SightingOutcome, SightingSource
from tests.builders import NOW, an_id

SOLD_ON = date(2026, 1, 5)
SEEN_ON = date(2026, 3, 2)
PARTNER, OTHER = an_id("ptn", 1), an_id("ptn", 2)


def shipped(country: str = "DE", partner: str = PARTNER) -> CustodyStep:
    """The first step of a chain."""
    return CustodyStep(
        kind=CustodyKind.SHIPMENT, partner_id=partner, country=country, on=SOLD_ON, document_id=an_id("shp")
    )


def piece(country: str = "DE", *more: CustodyStep, serial: str = "SN-1", **fields: Any) -> Piece:
    """A piece that was sold to a country."""
    content = {"sku": "RTR-1", "product_line": "ROUTERS", "list_price": Money.of(100, "EUR"), **fields}
    return Piece(serial=serial, chain=(shipped(country), *more), **content)


def sighting(serial: str, on: date, outcome: SightingOutcome) -> Sighting:
    """A sighting that was judged."""
    return Sighting(
        id=an_id("sgh"),
        source=SightingSource.SCAN,
        sku="RTR-1",
        serial=serial,
        serial_id=f"RTR-1:{serial}",
        country="US",
        seen_on=on,
        outcome=outcome,
        create_time=NOW,
    )
