"""What the vendor's own sellers may ask: whether a customer is protected, and how often."""

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code
from services.deals.conflicts.domain.matching import Conflict


class DirectAccount(Document, frozen=True, kw_only=True):
    """How often a seller has checked on a day, and the answer to the last check: the product lines that are protected.
    The id is a keyed hash of the seller's subject. Neither the customer nor a claim is stored."""

    day: date
    count: int = 0
    protected_product_lines: tuple[str, ...] = ()
    checks_left: int = 0


class TooManyDirectChecks(AppError):
    """The seller has checked as often as policy allows in a day."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_DIRECT_CHECKS"

    def __init__(self, limit: int, again: date) -> None:
        super().__init__(
            f"{limit} customers were checked today; the next can be on {again}", limit=limit, retry_date=again
        )


def checked(
    account: DirectAccount, blocking: Iterable[Conflict], *, product_lines: Iterable[str], limit: int, today: date
) -> DirectAccount:
    """The account with one more check and its answer; TooManyDirectChecks. blocking: the conflicts that would block an
    approval. What they have in common with the request is shown, and nothing else of them."""
    count = account.count if account.day == today else 0
    if count >= limit:
        raise TooManyDirectChecks(limit, today + timedelta(days=1))
    taken = {line for one in blocking for line in one.product_lines} & {*product_lines}
    return replace(
        account,
        day=today,
        count=count + 1,
        protected_product_lines=tuple(sorted(taken)),
        checks_left=limit - count - 1,
    )
