"""Loads the law about an agreement, and the agreements of a partner."""

from datetime import date

from libs.store.listing import every_row
from libs.store.port import Loaded
from services.partners.agreement.documents import AGREEMENTS
from services.partners.agreement.domain.agreement import Agreement
from services.partners.agreement.domain.statutes import Law, Statute, completed_years, law_of, statute_of
from services.partners.record.domain.partner import Partner
from services.partners.settings import Env


def law_for(partner: Partner, *, on: date) -> Law | None:
    """The law about the end of an agreement with the partner, as far as it is known."""
    return law_of(partner.country, partner.kind, on=on)


def statute_for(agreement: Agreement, partner: Partner, *, on: date) -> Statute:
    """What is known of that law, as it applies on a day."""
    years = completed_years(agreement.since, on)
    return statute_of(law_for(partner, on=on), partner.country, years=years)


async def agreements_of(env: Env, partner_id: str) -> dict[str, Loaded[Agreement]]:
    """Every agreement that the partner has had, by id."""
    return {row.value.id: row for row in await every_row(env.store, AGREEMENTS, {"partner_id": partner_id})}
