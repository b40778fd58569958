"""The kinds of agreements and their totals, with their indexes, and how long signatures are kept."""

from datetime import date

from libs.person import Person
from libs.retention import When, retained
from libs.rights import UNSIGNED
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons
from services.partners.agreement.domain.agreement import Agreement, AgreementTotals
from services.partners.agreement.domain.states import RUNNING
from services.partners.record.documents import country_of


def _persons(agreement: Agreement) -> tuple[Person, ...]:
    return tuple(one.person for one in agreement.signatures)


def _ended(agreement: Agreement) -> date | None:
    return agreement.last_day


RULES: dict[str, When[Agreement]] = {
    "running": When(starts=lambda agreement: None, applies=lambda agreement: agreement.state in RUNNING),
    "ended": When(starts=_ended, applies=lambda agreement: agreement.state not in RUNNING | UNSIGNED),
    "signed_by_one": When(
        starts=lambda agreement: agreement.update_time,
        applies=lambda agreement: agreement.state in UNSIGNED and bool(agreement.signatures),
    ),
}

AS_SIGNED = "the signature as it was made: evidence of who agreed (GDPR Art. 17(3)(e) and 18(2))"

AGREEMENTS = Kind(
    "agreement",
    Agreement,
    (*serving("partner_id", "state", orders=("", "update_time")), Index(("state", "act_on"))),
    owner="partner_id",
    persons=Persons(
        of=_persons,
        country=country_of,
        retained=retained("partners", "agreement", RULES),
        as_recorded=AS_SIGNED,
    ),
)
AGREEMENT_TOTALS = Kind("agreement_book", AgreementTotals, owner="id")

KINDS = (AGREEMENTS, AGREEMENT_TOTALS)
