"""Lists facts, and the evidence of facts."""

from datetime import date, datetime
from typing import NamedTuple

from msgspec.structs import replace

from libs.call import Call
from libs.store.listing import Sieve
from libs.store.paging import ListCommand, Range, filters_of, paged
from libs.store.port import Page, Scalar, get
from services.partners.facts.documents import EVIDENCE, FACTS, PASSED
from services.partners.facts.domain.metrics import FactMetric
from services.partners.facts.domain.sources import Evidence
from services.partners.facts.domain.sums import Fact
from services.partners.facts.reads import as_of
from services.partners.hierarchy.domain import DownlineClosed
from services.partners.record.documents import PARTNERS
from services.partners.settings import Env

_MONTH = Range("month", "month_from", "month_before")
_DAY = Range("day", "day_from", "day_before")
_PASSED = Range("month", "day_from", "day_before")
_FIRST_MONTH = date(1900, 1, 1)


class ListFactRows(ListCommand, frozen=True, kw_only=True):
    """What both lists can be filtered by. product_line, country: empty for rows without; None for all rows."""

    partner_id: str = ""
    metric: FactMetric | None = None
    product_line: str | None = None
    currency: str = ""
    country: str | None = None


class ListFacts(ListFactRows, frozen=True, kw_only=True):
    """List facts of months."""

    month_from: date | None = None
    month_before: date | None = None


class ListFactEvidence(ListFactRows, frozen=True, kw_only=True):
    """List the documents behind the figures of a partner; downline: what the partners directly below it have passed up
    instead."""

    day_from: date | None = None
    day_before: date | None = None
    downline: bool = False


class FactPage(NamedTuple):
    """A page of facts. shows_downline: whether the caller may see the figures of the downline."""

    page: Page[Fact]
    shows_downline: bool
    as_of: datetime


class EvidencePage(NamedTuple):
    """A page of evidence: documents, or facts of the partners below."""

    page: Page[Evidence] | Page[Fact]
    as_of: datetime


async def list_facts(env: Env, cmd: ListFacts) -> FactPage:
    """A page of facts, by month. What arrives while the page is read may be in it and is not in `as_of`."""
    until = await as_of(env)
    asked = paged(replace(cmd, month_from=_begun(cmd.month_from)), _MONTH)
    page = await env.listing(FACTS, _filters(cmd), call=cmd.call, sieve=_sieve(cmd), **asked)
    return FactPage(page, await _sees_downline(env, cmd.call), until)


async def list_fact_evidence(env: Env, cmd: ListFactEvidence) -> EvidencePage:
    """A page of evidence, by day. DownlineClosed; NotFound for a partner that the caller may not see."""
    until = await as_of(env)
    cmd = replace(cmd, day_from=_begun(cmd.day_from))
    if not cmd.downline:
        filters = _filters(cmd)
        found = await env.listing(EVIDENCE, filters, call=cmd.call, sieve=_sieve(cmd), **paged(cmd, _DAY))
        return EvidencePage(found, until)
    if not await _sees_downline(env, cmd.call):
        raise DownlineClosed(cmd.partner_id)
    asked = paged(replace(cmd, order_by=cmd.order_by.replace(_DAY.order, _PASSED.order)), _PASSED)
    filters = {**_filters(cmd), "partner_id": None, "passed_to": cmd.partner_id}
    passed = await env.listing(PASSED, filters, call=cmd.call, sieve=_sieve(cmd, passed=True), **asked)
    return EvidencePage(passed, until)


def _begun(day: date | None) -> date:
    """The first month of a list: there always is one, so that the totals, which have no month, are left out."""
    return max(day or _FIRST_MONTH, _FIRST_MONTH)


def _filters(cmd: ListFactRows) -> dict[str, Scalar]:
    return filters_of(cmd, "partner_id", "metric", "product_line", "currency", "country")


def _sieve(cmd: ListFactRows, *, passed: bool = False) -> Sieve | None:
    """Keeps the rows without a product line or country if the request asks for those without, which no filter of the
    store can say. passed: only facts of which something was passed up. None if all rows are to be kept."""
    fields = tuple(field for field in ("product_line", "country") if getattr(cmd, field) == "")
    if not fields and not passed:
        return None

    def keep(row: Fact | Evidence) -> bool:
        return not any(getattr(row, field) for field in fields) and (
            not passed or (isinstance(row, Fact) and bool(row.passed))
        )

    return Sieve(keep, ",".join((*fields, str(passed))))


async def _sees_downline(env: Env, call: Call) -> bool:
    if not call.caller.partner_id:
        return True
    own = await get(env.store, PARTNERS, call.caller.partner_id)
    return own is not None and own.value.sees_downline
