"""Loads the law about an agreement, the agreements of a partner, and whether they allow it funds."""

from datetime import date

from libs.rights import ClauseSubject, NoAgreement
from libs.store.listing import every_row
from libs.store.port import Loaded
from services.partners.agreement.documents import AGREEMENTS
from services.partners.agreement.domain.agreement import Agreement
from services.partners.agreement.domain.funding import funds_lacking
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


async def require_funds(env: Env, partner_id: str) -> None:
    """NoAgreement if no agreement of the partner that is in force today allows it funds. A partner that never had an
    agreement in force may have funds, unless the policy requires one."""
    agreements = [row.value for row in (await agreements_of(env, partner_id)).values()]
    required = env.settings.policy.fund_agreement_required
    if lacking := funds_lacking(agreements, on=env.today(), required=required):
        raise NoAgreement(partner_id, ClauseSubject.FUNDS, (lacking,))
