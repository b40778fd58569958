"""The kinds of rules and cases, with their indexes."""

from libs.person import Person, persons_named
from libs.retention import retained
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons
from services.partners.conduct.domain.case import ConductCase, awaits_partner
from services.partners.conduct.domain.rules import ConductRule
from services.partners.record.documents import PARTNER_ENDED, country_of, partner_of


def _in_case(case: ConductCase) -> tuple[Person, ...]:
    appeals = [text for one in case.appeals for text in (one.text, one.note)]
    return persons_named(case.statement, *(one.note for one in case.steps), *appeals)


CONDUCT_RULES = Kind(
    "conduct_rule",
    ConductRule,
    (Index(("terms.code",), unique=True), *serving("terms.code", orders=("", "update_time"))),
)
CONDUCT_CASES = Kind(
    "conduct_case",
    ConductCase,
    (
        *serving("partner_id", "state", orders=("", "update_time")),
        Index(("open_key",), unique=True),
        Index(("act_on",)),
    ),
    owner="partner_id",
    awaited=awaits_partner,
    persons=Persons(
        of=_in_case,
        country=country_of,
        retained=retained("partners", "conduct_case", PARTNER_ENDED),
        judged=partner_of,
    ),
)

KINDS = (CONDUCT_RULES, CONDUCT_CASES)
