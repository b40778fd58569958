"""Why a ticket cannot be had, or cannot be moved, beside the state it is in."""

from datetime import datetime

from libs.errors import AppError, Code


class OrderNotOfPartner(AppError):
    """The order is unknown here, or another partner's; a caller is not told which."""

    code, reason = Code.FAILED_PRECONDITION, "ORDER_NOT_OF_PARTNER"

    def __init__(self, order_id: str, partner_id: str) -> None:
        super().__init__(
            f"order {order_id} is not known as one of partner {partner_id}", order_id=order_id, partner_id=partner_id
        )


class TooManyComments(AppError):
    """More was said than one ticket can take; a new one is better."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_COMMENTS"

    def __init__(self, id: str, limit: int) -> None:
        super().__init__(f"ticket {id} has {limit} comments and work notes, no more fit", id=id, limit=limit)


class NotForPartners(AppError):
    """Work notes, and what the vendor says, are the vendor's."""

    code, reason = Code.PERMISSION_DENIED, "NOT_FOR_PARTNERS"

    def __init__(self, id: str) -> None:
        super().__init__(f"a partner's people comment on ticket {id} for the requester only", id=id)


class ReopenTooLate(AppError):
    """It has been closed for too long; open a new one."""

    code, reason = Code.FAILED_PRECONDITION, "REOPEN_TOO_LATE"

    def __init__(self, id: str, until: datetime) -> None:
        super().__init__(
            f"ticket {id} could be reopened until {until.isoformat()}", id=id, reopenable_until=until.isoformat()
        )


class AlreadyRecorded(AppError):
    """One is asked once."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_RECORDED"

    def __init__(self, id: str) -> None:
        super().__init__(f"the satisfaction with ticket {id} was recorded before", id=id)


class SurveyExpired(AppError):
    """The ticket has been closed for too long; the figures of that day stand."""

    code, reason = Code.FAILED_PRECONDITION, "SURVEY_EXPIRED"

    def __init__(self, id: str, expire_time: datetime) -> None:
        super().__init__(
            f"the survey on ticket {id} ended at {expire_time.isoformat()}", id=id, expire_time=expire_time.isoformat()
        )


class PartnersDiffer(AppError):
    """A ticket goes on for tickets of its own partner only, or its people would read of another's."""

    code, reason = Code.FAILED_PRECONDITION, "PARTNERS_DIFFER"

    def __init__(self, id: str, into_ticket_id: str) -> None:
        super().__init__(f"tickets {id} and {into_ticket_id} are of two partners", id=id, into_ticket_id=into_ticket_id)


class TooManyLinks(AppError):
    """More hang on one ticket than it can name."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_LINKS"

    def __init__(self, id: str, limit: int) -> None:
        super().__init__(f"ticket {id} names {limit} others already, no more fit", id=id, limit=limit)
