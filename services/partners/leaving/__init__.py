"""Leaving: what partners itself has of a partner that leaves. Those who buy from it get another distributor."""

from libs.handover import OpenRows, handing_over
from services.partners.agreement.documents import AGREEMENTS
from services.partners.conduct.documents import CONDUCT_CASES
from services.partners.conduct.domain.states import OPEN as OPEN_CASES
from services.partners.fund_claims.documents import FUND_CLAIMS
from services.partners.funds.documents import FUNDING_REQUESTS
from services.partners.leaving import domain, usecases
from services.partners.leaving.usecases import about_partner, in_states, of_contract, of_partner
from services.partners.plan.documents import INITIATIVES, PLANS
from services.partners.plan.domain.states import MAY_CHANGE_INITIATIVE
from services.partners.plan.domain.states import OPEN as OPEN_PLANS
from services.partners.record.documents import PARTNERS
from services.partners.relations.documents import REVIEWS
from services.partners.territories.documents import TERRITORIES
from services.partners.tier_review.documents import ENROLMENTS
from services.partners.tier_review.domain.enrolment import MAY_MOVE

SLICE = handing_over(
    "partners",
    OpenRows(
        kind=PARTNERS,
        found_by=usecases.buyers_found_by,
        is_open=usecases.is_running,
        stays=usecases.stays,
        move=usecases.hand_over_partner,
    ),
    OpenRows(kind=AGREEMENTS, found_by=in_states(domain.OPEN_AGREEMENTS), stays=of_contract),
    OpenRows(kind=FUNDING_REQUESTS, found_by=in_states(domain.OPEN_REQUESTS), stays=of_contract),
    OpenRows(kind=FUND_CLAIMS, found_by=in_states(domain.OPEN_CLAIMS), stays=of_contract),
    OpenRows(kind=TERRITORIES, found_by=of_partner, is_open=usecases.is_granted, stays=of_contract),
    OpenRows(kind=PLANS, found_by=in_states(OPEN_PLANS), stays=of_contract),
    OpenRows(kind=INITIATIVES, found_by=in_states(MAY_CHANGE_INITIATIVE), stays=of_contract),
    OpenRows(kind=ENROLMENTS, found_by=in_states(MAY_MOVE), stays=of_contract),
    OpenRows(kind=CONDUCT_CASES, found_by=in_states(OPEN_CASES), stays=about_partner),
    OpenRows(kind=REVIEWS, found_by=of_partner, is_open=usecases.has_open_decision, stays=about_partner),
)
