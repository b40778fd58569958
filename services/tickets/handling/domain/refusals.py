"""Errors of tickets other than a wrong state."""

from datetime import datetime

from libs.errors import AppError, Code


class OrderNotOfPartner(AppError):
    """The order belongs to another partner."""

    code, reason = Code.FAILED_PRECONDITION, "ORDER_NOT_OF_PARTNER"

    def __init__(self, order_id: str, partner_id: str) -> None:
        super().__init__(f"order {order_id} is not of partner {partner_id}", order_id=order_id, partner_id=partner_id)


class TooManyComments(AppError):
    """The ticket has the maximum number of comments."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_COMMENTS"

    def __init__(self, id: str, limit: int) -> None:
        super().__init__(f"ticket {id} has {limit} comments and work notes, no more fit", id=id, limit=limit)


class NotForPartners(AppError):
    """Users of a partner can neither write work notes nor comment for the vendor."""

    code, reason = Code.PERMISSION_DENIED, "NOT_FOR_PARTNERS"

    def __init__(self, id: str) -> None:
        super().__init__(f"a partner's people comment on ticket {id} for the requester only", id=id)


class ReopenTooLate(AppError):
    """The ticket has been closed for too long; open a new one."""

    code, reason = Code.FAILED_PRECONDITION, "REOPEN_TOO_LATE"

    def __init__(self, id: str, until: datetime) -> None:
        super().__init__(
            f"ticket {id} could be reopened until {until.isoformat()}", id=id, reopenable_until=until.isoformat()
        )
