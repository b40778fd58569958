"""How many claims a partner may hold at once, and how many its people may take back."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code
from libs.partner import PartnerFacts
from services.deals.conflicts.events import ProbingFound


class ClaimAccount(Document, frozen=True, kw_only=True):
    """The number of a partner's open claims; its id is the partner's. Every commit that opens or closes a claim writes
    it. taken_back: when the partner's people recalled or withdrew a claim before the decision, oldest first; times
    outside the policy's window are dropped."""

    open_claims: int = 0
    taken_back: tuple[datetime, ...] = ()


class TooManyClaimsTakenBack(AppError):
    """The partner's people took back too many claims within the window, by which they could find out who is
    protected."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_CLAIMS_TAKEN_BACK"

    def __init__(self, partner_id: str, limit: int, window: timedelta, wait: timedelta) -> None:
        hours = window / timedelta(hours=1)
        super().__init__(
            f"partner {partner_id} took back {limit} claims before their decision within {hours:g} hours; it can submit"
            " again when the first of them is longer ago",
            partner_id=partner_id,
            limit=limit,
            window_hours=f"{hours:g}",
        )
        self.retry_after_seconds = wait.total_seconds()


class TooManyOpenClaims(AppError):
    """The partner holds as many open claims as its tier allows."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_OPEN_CLAIMS"

    def __init__(self, partner_id: str, tier: str, limit: int) -> None:
        super().__init__(
            f"partner {partner_id} has {limit} open claims, as many as its tier allows",
            partner_id=partner_id,
            tier=tier,
            limit=limit,
        )


def one_more(account: ClaimAccount | None, partner_id: str) -> ClaimAccount:
    """The account with one more open claim; a new account if there is none."""
    if account is None:
        return ClaimAccount(id=partner_id, open_claims=1)
    return replace(account, open_claims=account.open_claims + 1)


def refuse_over_limit(account: ClaimAccount | None, partner: PartnerFacts, *, limit: int) -> None:
    """TooManyOpenClaims if the partner holds `limit` open claims or more."""
    if (account.open_claims if account else 0) >= limit:
        raise TooManyOpenClaims(partner.id, partner.tier, limit)


def one_less(account: ClaimAccount) -> ClaimAccount:
    """The account with one open claim fewer."""
    return replace(account, open_claims=max(0, account.open_claims - 1))


def recently_taken_back(account: ClaimAccount | None, *, since: datetime) -> tuple[datetime, ...]:
    """The times after `since` at which claims were taken back, oldest first."""
    return tuple(at for at in account.taken_back if at > since) if account else ()


def refuse_probing(account: ClaimAccount | None, *, limit: int, window: timedelta, now: datetime) -> None:
    """TooManyClaimsTakenBack if `limit` claims were taken back within the window that ends now."""
    recent = recently_taken_back(account, since=now - window)
    if account is not None and len(recent) >= limit:
        raise TooManyClaimsTakenBack(account.id, limit, window, recent[-limit] + window - now)


def taken_back(
    account: ClaimAccount, registration_id: str, *, limit: int, window: timedelta, now: datetime
) -> tuple[ClaimAccount, ProbingFound | None]:
    """The account with one more claim taken back; and the event for the vendor if the limit is reached, else None."""
    recent = (*recently_taken_back(account, since=now - window), now)[-limit:]
    event = ProbingFound(registration_id=registration_id, partner_id=account.id, claims_taken_back=len(recent))
    return replace(account, taken_back=recent), event if len(recent) == limit else None
