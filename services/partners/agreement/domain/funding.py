"""Whether the agreements of a partner allow it market development funds."""

from collections.abc import Iterable
from datetime import date

from libs.rights import ClauseSubject, Lacking
from services.partners.agreement.domain.agreement import Agreement, has_begun, in_force


def funds_lacking(agreements: Iterable[Agreement], *, on: date, required: bool) -> Lacking | None:
    """Why the agreements of a partner allow it no funds on a day; None if one in force does. The newest one in force
    is named, else the last one that ended. required: whether a partner that never had an agreement in force has no
    right to funds."""
    begun = [one for one in agreements if has_begun(one, on)]
    if not begun:
        return Lacking(agreement_id="", subject=ClauseSubject.TERM) if required else None
    running = [one for one in begun if in_force(one, on)]
    if not running:
        return _named(max(begun, key=lambda one: (one.last_day or date.max, one.id)), ClauseSubject.TERM)
    if any(one.terms.funds for one in running):
        return None
    return _named(max(running, key=lambda one: (one.terms.valid_from, one.id)), ClauseSubject.FUNDS)


def _named(agreement: Agreement, subject: ClauseSubject) -> Lacking:
    numbers = [one.number for one in agreement.terms.clauses if one.subject is subject]
    return Lacking(agreement_id=agreement.id, subject=subject, clause=", ".join(numbers))
