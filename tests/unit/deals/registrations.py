"""Registrations in any state, for the tests of deals."""

from datetime import timedelta

from msgspec.structs import replace

from services.deals.claims.domain.registration import Customer, Registration, RegistrationLine
from services.deals.claims.domain.states import CLAIMING, Review
from tests.builders import NOW, an_id

KEYS = ("DOMAIN:00", "NAME:00")
LINE = RegistrationLine(sku="RTR-1", product_line="ROUTERS", quantity=2)


def a_registration(review: Review = Review.DRAFT, *, number: int = 1, partner: int = 1) -> Registration:
    """A claim of one partner on a customer in Germany, as it would be found in that state."""
    reg = Registration(
        id=an_id("reg", number),
        partner_id=an_id("ptn", partner),
        customer=Customer(legal_name="Zweirad Union e.V.", country="DE", domain="zweirad-union.de"),
        lines=(LINE,),
        review=review,
        create_time=NOW,
        update_time=NOW,
    )
    if review in CLAIMING:
        reg = replace(reg, submit_time=NOW, keys=KEYS)
    if review is Review.APPROVED:
        reg = replace(reg, decide_time=NOW, protected_until=NOW + timedelta(days=90))
    if review is Review.ACTION_REQUIRED:
        reg = replace(reg, requested_fields=("lines",))
    return reg
