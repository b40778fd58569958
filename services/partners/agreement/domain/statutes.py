"""What the law says about the end of agreements, by country and kind of partner: dated rows of `statutes.toml`."""

import tomllib
from datetime import date, timedelta
from importlib.resources import files

import msgspec

from libs.deadlines import months_later
from services.partners.record.domain.states import PartnerKind

MONTHS_PER_YEAR = 12
_ANY_YEAR = 2023


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """After so many completed years the shortest notice is so many calendar months."""

    years: int
    months: int


class Law(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table. notice: by rising years, from 0. indemnity_cap_months: 0: no limit is known."""

    countries: tuple[str, ...]
    kind: PartnerKind
    since: date
    notice: tuple[Step, ...]
    to_month_end: bool
    indemnity: str
    indemnity_cap_months: int = 0
    claim_months: int = 0
    source: str

    def notice_months(self, years: int) -> int:
        """The shortest notice after so many completed years."""
        return [step.months for step in self.notice if step.years <= years][-1]


class _Table(msgspec.Struct, frozen=True):
    law: tuple[Law, ...]


class Statute(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the law for an agreement on a day. known: False: no row covers country and kind of partner."""

    known: bool
    country: str
    source: str = ""
    in_force_since: date | None = None
    notice_months: int = 0
    to_month_end: bool = False
    indemnity: str = ""
    indemnity_cap_months: int = 0
    claim_months: int = 0


LAWS = msgspec.convert(tomllib.loads((files(__package__) / "statutes.toml").read_text(encoding="utf-8")), _Table).law


def law_of(country: str, kind: PartnerKind, *, on: date) -> Law | None:
    """The newest row for partners of the kind in the country that holds on the day; None if there is none."""
    found = [one for one in LAWS if country in one.countries and one.kind is kind and one.since <= on]
    return max(found, key=lambda one: one.since, default=None)


def statute_of(law: Law | None, country: str, *, years: int) -> Statute:
    """The law as it applies after so many completed years of the contract."""
    if law is None:
        return Statute(known=False, country=country)
    return Statute(
        known=True,
        country=country,
        source=law.source,
        in_force_since=law.since,
        notice_months=law.notice_months(years),
        to_month_end=law.to_month_end,
        indemnity=law.indemnity,
        indemnity_cap_months=law.indemnity_cap_months,
        claim_months=law.claim_months,
    )


def completed_years(since: date, on: date) -> int:
    """How many years of a contract are completed on a day; 0 before its start."""
    years = on.year - since.year
    return max(0, years - (months_later(since, years * MONTHS_PER_YEAR) > on if years > 0 else 0))


def longest_days(months: int) -> int:
    """The most days that so many calendar months can have."""
    firsts = [date(_ANY_YEAR, month, 1) for month in range(1, MONTHS_PER_YEAR + 1)]
    leap = [date(_ANY_YEAR + 1, month, 1) for month in range(1, MONTHS_PER_YEAR + 1)]
    return max((months_later(day, months) - day).days for day in (*firsts, *leap))


def month_end(day: date) -> date:
    """The last day of the month."""
    return months_later(day.replace(day=1), 1) - timedelta(days=1)
