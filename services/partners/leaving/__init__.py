"""Leaving: what partners itself has of a partner that leaves. Those who buy from it get another distributor."""

from libs.handover import OpenRows, handing_over
from services.partners.agreement.documents import AGREEMENTS
from services.partners.funds.documents import FUND_CLAIMS, FUNDING_REQUESTS
from services.partners.leaving import usecases
from services.partners.record.documents import PARTNERS
from services.partners.territories.documents import TERRITORIES

SLICE = handing_over(
    "partners",
    OpenRows(
        kind=PARTNERS,
        found_by=usecases.buyers_found_by,
        is_open=usecases.is_running,
        stays=usecases.stays,
        move=usecases.hand_over_partner,
    ),
    OpenRows(kind=AGREEMENTS, found_by=usecases.agreements_found_by, stays=usecases.of_contract),
    OpenRows(kind=FUNDING_REQUESTS, found_by=usecases.requests_found_by, stays=usecases.of_contract),
    OpenRows(kind=FUND_CLAIMS, found_by=usecases.claims_found_by, stays=usecases.of_contract),
    OpenRows(
        kind=TERRITORIES,
        found_by=usecases.grants_found_by,
        is_open=usecases.is_granted,
        stays=usecases.of_contract,
    ),
)
