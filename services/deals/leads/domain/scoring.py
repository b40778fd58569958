"""The rules by which leads are scored: data in versions, which are never changed, and what they make of a lead."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import Enum
from itertools import pairwise

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from libs.money import Money, currency_violations
from libs.organisation import is_mail_host
from libs.versions import RuleState, refuse_in_force
from services.deals.leads.domain.lead import Lead, LeadScoreLine
from services.deals.leads.domain.states import LeadSource

SCORE_LEAST, SCORE_MOST = 0, 100
FOLLOW_UP_DAYS = 60


class LeadScoreFact(Enum):
    """What a rule looks at."""

    SOURCE = "SOURCE"
    COUNTRY = "COUNTRY"
    PRODUCT_LINE = "PRODUCT_LINE"
    AMOUNT = "AMOUNT"
    REACHABLE = "REACHABLE"
    IDENTIFIED = "IDENTIFIED"
    KNOWN_CUSTOMER = "KNOWN_CUSTOMER"


_WITH_VALUES = frozenset({LeadScoreFact.SOURCE, LeadScoreFact.COUNTRY, LeadScoreFact.PRODUCT_LINE})


class LeadScoreRule(msgspec.Struct, frozen=True, kw_only=True):
    """A lead that meets it gets `points`. values: any of them will do; at_least: of an AMOUNT."""

    code: str
    fact: LeadScoreFact
    values: tuple[str, ...] = ()
    at_least: Money | None = None
    points: int = 0


class LeadBand(msgspec.Struct, frozen=True, kw_only=True):
    """How many calendar days a partner has to make a claim of a lead with at least this score."""

    from_score: int
    follow_up_days: int


class LeadScoring(Document, frozen=True, kw_only=True):
    """A version of the rules. Its id belongs to its first day, also of one that replaces a withdrawn one."""

    state: RuleState = RuleState.PUBLISHED
    effective_date: date
    rules: tuple[LeadScoreRule, ...]
    qualify_from: int
    bands: tuple[LeadBand, ...] = ()
    create_time: datetime


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """What a version makes of a lead. lines: one for each rule."""

    score: int = SCORE_LEAST
    lines: tuple[LeadScoreLine, ...] = ()
    scoring_id: str = ""
    qualifies: bool = False
    follow_up_days: int = FOLLOW_UP_DAYS


class VersionNotLater(AppError):
    """A version applies from the same day or a later one."""

    code, reason = Code.FAILED_PRECONDITION, "VERSION_NOT_LATER"

    def __init__(self, known: LeadScoring) -> None:
        super().__init__(
            f"{known.id} applies from {known.effective_date}; a later version needs a later day",
            id=known.id,
            effective_date=known.effective_date.isoformat(),
        )


def publish(version: LeadScoring, last: LeadScoring | None, *, today: date) -> LeadScoring:
    """The version, if it may be published; InvalidInput with every violation, VersionNotLater. last: the version with
    the latest first day."""
    if wrong := [*_violations(version, today)]:
        raise InvalidInput(wrong)
    if last is not None and last.effective_date >= version.effective_date:
        raise VersionNotLater(last)
    return version


def withdraw(version: LeadScoring, *, today: date) -> LeadScoring:
    """The version, withdrawn before its first day. WrongState, VersionInForce."""
    allowed = {RuleState.PUBLISHED}
    require_state("lead_scoring", version.id, version.state, action="withdraw", allowed=allowed)
    refuse_in_force(version.id, version.effective_date, today)
    return replace(version, state=RuleState.WITHDRAWN)


def scored(version: LeadScoring | None, lead: Lead, *, known_customer: bool) -> Scored:
    """The score of a lead; nothing without a version."""
    if version is None:
        return Scored()
    lines = tuple(
        LeadScoreLine(code=rule.code, met=met, points=rule.points if met else 0)
        for rule in version.rules
        for met in (_met(rule, lead, known_customer=known_customer),)
    )
    score = min(SCORE_MOST, max(SCORE_LEAST, sum(line.points for line in lines)))
    band = next((one for one in version.bands if score >= one.from_score), None)
    return Scored(
        score=score,
        lines=lines,
        scoring_id=version.id,
        qualifies=score >= version.qualify_from,
        follow_up_days=band.follow_up_days if band else FOLLOW_UP_DAYS,
    )


def _met(rule: LeadScoreRule, lead: Lead, *, known_customer: bool) -> bool:
    contact, customer, amount = lead.contact, lead.customer, lead.expected_amount
    enough = (
        rule.at_least is not None
        and amount is not None
        and amount.currency == rule.at_least.currency
        and rule.at_least <= amount
    )
    has_domain = bool(customer.web_domain) and not is_mail_host(customer.web_domain)
    found: dict[LeadScoreFact, bool] = {
        LeadScoreFact.SOURCE: lead.source.name in rule.values,
        LeadScoreFact.COUNTRY: customer.country in rule.values,
        LeadScoreFact.PRODUCT_LINE: not {*rule.values}.isdisjoint(lead.product_lines),
        LeadScoreFact.AMOUNT: enough,
        LeadScoreFact.REACHABLE: contact is not None and bool(contact.email or contact.phone),
        LeadScoreFact.IDENTIFIED: bool(customer.bare_registration_id) or has_domain,
        LeadScoreFact.KNOWN_CUSTOMER: known_customer,
    }
    return found[rule.fact]


def _violations(version: LeadScoring, today: date) -> Iterator[Violation]:
    if version.effective_date < today:
        yield Violation("effective_date", "is over", "OUT_OF_RANGE")
    seen: set[str] = set()
    for place, rule in enumerate(version.rules):
        yield from _rule_violations(f"rules[{place}]", rule)
        if rule.code in seen:
            yield Violation(f"rules[{place}].code", "is of another rule too", "DOUBLED")
        seen.add(rule.code)
    yield from _band_violations(version.bands)


def _rule_violations(at: str, rule: LeadScoreRule) -> Iterator[Violation]:
    if bool(rule.values) is not (rule.fact in _WITH_VALUES):
        yield Violation(f"{at}.values", f"does not fit {rule.fact.name}", "CONTRADICTION")
    if rule.fact is LeadScoreFact.SOURCE:
        for place, value in enumerate(rule.values):
            if value not in LeadSource.__members__:
                yield Violation(f"{at}.values[{place}]", f"{value!r} is no source of leads", "UNKNOWN_SOURCE")
    if (rule.at_least is not None) is not (rule.fact is LeadScoreFact.AMOUNT):
        yield Violation(f"{at}.at_least", f"does not fit {rule.fact.name}", "CONTRADICTION")
    if rule.at_least is not None:
        yield from currency_violations(rule.at_least.currency, f"{at}.at_least.currency_code")


def _band_violations(bands: Sequence[LeadBand]) -> Iterator[Violation]:
    for place, (before, after) in enumerate(pairwise(bands), start=1):
        if after.from_score >= before.from_score:
            yield Violation(f"bands[{place}].from_score", "is not below the one before", "OUT_OF_RANGE")
