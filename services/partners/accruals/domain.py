"""What an invoice and its credit notes add to a fund, document by document.

Events arrive in any order and more than once. So a row only gains information, and remembers which of its documents
are booked.
"""

from datetime import date
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.money import Money
from services.partners.funds.domain.ledger import FundAccrual, Posting
from services.partners.funds.domain.states import FundEntryType

PER_WHOLE = 10_000  # basis points
CREDITS_AT_ONCE = 40  # booked by one commit: two writes each


class CreditPart(msgspec.Struct, frozen=True, kw_only=True):
    """A credit note on the invoice. booked: whether the ledger has it."""

    credit_note_id: str
    payable: Money
    booked: bool = False


class InvoiceShare(Document, frozen=True, kw_only=True):
    """What this service knows of an invoice; the id is the invoice's.

    subtotal, payable, issue_date: None before its event. subtotal is None too if the event is of a release that did not
    tell it; such an invoice accrues nothing. fund_id: the fund that has it, empty for none. basis_points: the rate at
    which it was booked. accrual: the same with the level or tier that decided it; None before it is booked, and of an
    earlier release. accrued: what the invoice itself added to the fund; None until it is booked. pending: whether
    the job must look whether something is to be booked.
    """

    partner_id: str
    order_id: str = ""
    subtotal: Money | None = None
    payable: Money | None = None
    issue_date: date | None = None
    credits: tuple[CreditPart, ...] = ()
    fund_id: str = ""
    basis_points: int = 0
    accrual: FundAccrual | None = None
    accrued: Money | None = None
    pending: bool = False

    @property
    def net_left(self) -> Money | None:
        """The subtotal without the part of it that credit notes took back; None if the subtotal is not known."""
        if self.subtotal is None or self.payable is None:
            return None
        return _left(self.subtotal, self.payable, sum(one.payable.amount for one in self.credits))


class Booked(NamedTuple):
    """A row after its documents were booked, and their postings."""

    share: InvoiceShare
    postings: tuple[Posting, ...]


def invoiced(
    share: InvoiceShare, *, order_id: str, subtotal: Money | None, payable: Money, issue_date: date
) -> InvoiceShare:
    """The row with what the event of the invoice says."""
    return _known(share, replace(share, order_id=order_id, subtotal=subtotal, payable=payable, issue_date=issue_date))


def credited(share: InvoiceShare, credit_note_id: str, payable: Money) -> InvoiceShare:
    """The row with one more credit note; unchanged if it has that one."""
    if any(one.credit_note_id == credit_note_id for one in share.credits):
        return share
    part = CreditPart(credit_note_id=credit_note_id, payable=payable)
    return _known(share, replace(share, credits=(*share.credits, part)))


def book(share: InvoiceShare, fund_id: str, accrual: FundAccrual) -> Booked:
    """The row with what is not booked yet, up to CREDITS_AT_ONCE credit notes, and the postings. A credit note takes
    back its part of the accrual, in proportion to what is to be paid; all of them together take back all of it.
    accrual: for an invoice that is not booked yet."""
    assert share.subtotal is not None
    assert share.payable is not None
    postings: list[Posting] = []
    whole, payable = share.accrued, share.payable
    if whole is None:
        rate = accrual.basis_points
        whole = share.subtotal.payable_share(rate, PER_WHOLE)
        postings.append(_accrue(whole, share.id, accrual))
        share = replace(share, fund_id=fund_id, basis_points=rate, accrual=accrual, accrued=whole)
    by = share.accrual or FundAccrual(basis_points=share.basis_points)
    done = [one for one in share.credits if one.booked]
    waiting = [one for one in share.credits if not one.booked]
    taken = sum(one.payable.amount for one in done)
    for one in waiting[:CREDITS_AT_ONCE]:
        before, taken = _left(whole, payable, taken), taken + one.payable.amount
        postings.append(_accrue(_left(whole, payable, taken) - before, one.credit_note_id, by))
        done.append(replace(one, booked=True))
    rest = waiting[CREDITS_AT_ONCE:]
    return Booked(replace(share, credits=(*done, *rest), pending=bool(rest)), tuple(postings))


def _accrue(amount: Money, document_id: str, accrual: FundAccrual) -> Posting:
    return Posting(FundEntryType.ACCRUE, amount, document_id, accrual=accrual)


def _left(whole: Money, payable: Money, taken: int) -> Money:
    """What is left of an accrual after so much of the payable amount was credited."""
    if payable.amount <= 0:
        return whole
    return whole.payable_share(max(payable.amount - taken, 0), payable.amount)


def _known(before: InvoiceShare, after: InvoiceShare) -> InvoiceShare:
    """The row with what is new, pending; unchanged if nothing is new."""
    return before if after == before else replace(after, pending=True)
