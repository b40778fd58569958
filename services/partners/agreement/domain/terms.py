"""The terms of an agreement and their faults, and the earliest day on which notice can end it."""

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from libs.country import country_violations
from libs.day import first_day_violations
from libs.deadlines import months_later
from libs.errors import Violation
from libs.rights import ClauseSubject, Place
from services.partners.agreement.domain.states import Renewal
from services.partners.agreement.domain.statutes import Law, completed_years, longest_days, month_end

LAST_DAY_ACCEPTED = date(2199, 12, 31)


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """A clause by which a right can be named. number: in the document."""

    number: str
    subject: ClauseSubject
    title: str = ""


class AgreementTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What the parties agreed; prm.partners.v1.AgreementTerms describes each field."""

    valid_from: date
    valid_until: date | None = None
    renewal: Renewal
    renewal_months: int = 0
    notice_months: int = 0
    notice_days: int = 0
    notice_to_month_end: bool = False
    product_lines: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    registering: bool = False
    funds: bool = False
    sees_downline: bool = False
    clauses: tuple[Clause, ...] = ()
    document_sha256: str

    @property
    def has_notice(self) -> bool:
        """Whether a period of notice was agreed."""
        return bool(self.notice_months or self.notice_days)


def term_violations(terms: AgreementTerms, law: Law | None) -> Iterator[Violation]:
    """Every fault of the terms. law: about the end of the agreement, if one is known."""
    yield from first_day_violations("terms.valid_from", terms.valid_from)
    if terms.valid_from > LAST_DAY_ACCEPTED:
        yield Violation("terms.valid_from", f"is after {LAST_DAY_ACCEPTED}", "OUT_OF_RANGE")
    yield from _end_violations(terms)
    if terms.notice_months and terms.notice_days:
        yield Violation("terms.notice_days", "cannot stand beside notice_months", "NOT_ALLOWED")
    if law is not None and terms.has_notice and _is_short(terms, law.notice_months(0)):
        months = law.notice_months(0)
        yield Violation("terms.notice_months", f"must be {months} or more ({law.source})", "NOTICE_TOO_SHORT")
    for place, one in enumerate(terms.places):
        yield from country_violations(one.country, f"terms.places[{place}].country")
    numbers = [one.number for one in terms.clauses]
    for place, number in enumerate(numbers):
        if number in numbers[:place]:
            yield Violation(f"terms.clauses[{place}].number", f"{number} stands there twice", "DUPLICATE_CLAUSE")


def earliest_last_day(terms: AgreementTerms, law: Law | None, *, since: date, given_on: date) -> date | None:
    """The first day with which notice given on a day can end the agreement: of the agreed and the statutory period the
    one that ends later, to the end of its month where that was agreed, or where the law says so and no period was
    agreed. None if there is neither period. since: the first day of the contract."""
    ends = []
    if terms.has_notice:
        ends.append(months_later(given_on, terms.notice_months) + timedelta(days=terms.notice_days))
    if law is not None:
        ends.append(months_later(given_on, law.notice_months(completed_years(since, given_on))))
    if not ends:
        return None
    to_month_end = terms.notice_to_month_end or (law is not None and law.to_month_end and not terms.has_notice)
    return month_end(max(ends)) if to_month_end else max(ends)


def _end_violations(terms: AgreementTerms) -> Iterator[Violation]:
    end, renews = terms.valid_until, terms.renewal is not Renewal.NONE
    if end is not None and end < terms.valid_from:
        yield Violation("terms.valid_until", f"is before {terms.valid_from}", "DATES_OUT_OF_ORDER")
    if end is not None and end > LAST_DAY_ACCEPTED:
        yield Violation("terms.valid_until", f"is after {LAST_DAY_ACCEPTED}", "OUT_OF_RANGE")
    if renews and end is None:
        yield Violation("terms.valid_until", "is needed for a renewal", "REQUIRED")
    if renews and not terms.renewal_months:
        yield Violation("terms.renewal_months", "is needed for a renewal", "REQUIRED")
    if not renews and terms.renewal_months:
        yield Violation("terms.renewal_months", "cannot stand without a renewal", "NOT_ALLOWED")


def _is_short(terms: AgreementTerms, months: int) -> bool:
    if terms.notice_months:
        return terms.notice_months < months
    return terms.notice_days < longest_days(months)
