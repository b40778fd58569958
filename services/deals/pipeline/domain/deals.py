"""A deal: what its claim is worth, and its history."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.money import Money, total
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Stage
from services.deals.pipeline.domain.history import PipelineState, Transition, joined, steps
from services.deals.pipeline.domain.outcomes import OutcomeReason


class PipelineLine(msgspec.Struct, frozen=True, kw_only=True):
    """The expected amount of a deal in one product line; None if no line of the claim has one."""

    product_line: str
    expected_amount: Money | None = None


class PipelineDeal(Document, frozen=True, kw_only=True):
    """A deal; the id is that of its claim. transitions: what events said. enter_time: of the first submission.
    closed_date: of its end; None unless it ended. postponed_count: how often the partner expected the end later than
    before."""

    partner_id: str
    country: str
    expected_amount: Money | None = None
    lines: tuple[PipelineLine, ...] = ()
    expected_close_date: date | None = None
    first_expected_close_date: date | None = None
    postponed_count: int = 0
    transitions: tuple[Transition, ...] = ()
    state: PipelineState = PipelineState.OUTSIDE
    stage: Stage | None = None
    stage_since: datetime | None = None
    enter_time: datetime | None = None
    closed_date: date | None = None
    reasons: tuple[OutcomeReason, ...] = ()
    competitor: str = ""
    explain_time: datetime | None = None
    update_time: datetime

    @property
    def registration_id(self) -> str:
        """The claim."""
        return self.id

    @property
    def unexplained(self) -> bool:
        """Whether the deal was won or lost and nobody has said why."""
        return self.state in (PipelineState.WON, PipelineState.LOST) and not self.reasons


def described(deal: PipelineDeal | None, reg: Registration, *, now: datetime) -> PipelineDeal:
    """The deal as its claim is now; a new one for None."""
    expected = reg.expected_close_date
    held = deal or PipelineDeal(id=reg.id, partner_id=reg.partner_id, country=reg.customer.country, update_time=now)
    return replace(
        held,
        partner_id=reg.partner_id,
        country=reg.customer.country,
        expected_amount=reg.expected_amount,
        lines=tuple(_lines(reg)),
        expected_close_date=expected,
        first_expected_close_date=held.first_expected_close_date or expected,
        postponed_count=held.postponed_count + _later(held.expected_close_date, expected),
        update_time=now,
    )


def moved(deal: PipelineDeal, more: Iterable[Transition]) -> PipelineDeal:
    """The deal with what was heard, and what follows from it. The day of its end is set by the caller, who knows the
    time zone."""
    transitions = joined(deal.transitions, more)
    found = steps(transitions)
    if not found:
        return replace(deal, transitions=transitions)
    last = found[-1]
    return replace(
        deal,
        transitions=transitions,
        state=last.state,
        stage=last.stage,
        stage_since=last.time,
        enter_time=found[0].time,
    )


def _later(before: date | None, after: date | None) -> bool:
    return before is not None and after is not None and after > before


def _lines(reg: Registration) -> Iterable[PipelineLine]:
    for name in reg.named_product_lines:
        own = [line.expected_amount for line in reg.lines if line.product_line == name]
        amounts = [one for one in own if one is not None]
        whole = total(amounts, amounts[0].currency) if amounts else None
        yield PipelineLine(product_line=name, expected_amount=whole)
