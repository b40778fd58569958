"""Refusals about memberships."""

from libs.errors import AppError, Code


class AlreadyEnrolled(AppError):
    """The partner is in a programme."""

    code, reason = Code.ALREADY_EXISTS, "ALREADY_ENROLLED"

    def __init__(self, partner_id: str, id: str) -> None:
        super().__init__(f"partner {partner_id} is in a programme, by enrolment {id}", partner_id=partner_id, id=id)


class NotEnrolled(AppError):
    """The partner is in no programme."""

    code, reason = Code.FAILED_PRECONDITION, "NOT_ENROLLED"

    def __init__(self, partner_id: str) -> None:
        super().__init__(f"partner {partner_id} is in no programme", partner_id=partner_id)


class NoEndAnnounced(AppError):
    """No end of the membership is announced, or its last day is over."""

    code, reason = Code.FAILED_PRECONDITION, "NO_END_ANNOUNCED"

    def __init__(self, id: str) -> None:
        super().__init__(f"no end of enrolment {id} is announced, or its last day is over", id=id)


class NoPromotionPending(AppError):
    """No review has proposed to move the partner up."""

    code, reason = Code.FAILED_PRECONDITION, "NO_PROMOTION_PENDING"

    def __init__(self, id: str) -> None:
        super().__init__(f"no review has proposed to move enrolment {id} up, or a later one has withdrawn that", id=id)
