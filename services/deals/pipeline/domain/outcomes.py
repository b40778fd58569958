"""Why deals are won and lost."""

from enum import Enum

from libs.errors import AppError, Code, InvalidInput, Violation
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLOSED_STAGES, Stage


class OutcomeReason(Enum):
    """Why a deal was won or lost."""

    PRICE = "PRICE"
    PRODUCT = "PRODUCT"
    DELIVERY = "DELIVERY"
    SERVICE = "SERVICE"
    RELATIONSHIP = "RELATIONSHIP"
    TERMS = "TERMS"
    REFERENCES = "REFERENCES"
    NO_BUDGET = "NO_BUDGET"
    NO_DECISION = "NO_DECISION"
    NEED_GONE = "NEED_GONE"
    COMPLIANCE = "COMPLIANCE"
    OTHER = "OTHER"


OF_LOSSES = frozenset(
    {OutcomeReason.NO_BUDGET, OutcomeReason.NO_DECISION, OutcomeReason.NEED_GONE, OutcomeReason.COMPLIANCE}
)


class DealOpen(AppError):
    """The deal is neither won nor lost."""

    code, reason = Code.FAILED_PRECONDITION, "DEAL_OPEN"

    def __init__(self, id: str, stage: Stage) -> None:
        super().__init__(f"the deal of {id} is in {stage.name}; it is neither won nor lost", id=id, stage=stage.name)


def refuse_wrong(reg: Registration, reasons: tuple[OutcomeReason, ...]) -> None:
    """DealOpen; InvalidInput with NOT_THIS_OUTCOME for every reason of a loss on a deal that was won."""
    if reg.stage not in CLOSED_STAGES:
        raise DealOpen(reg.id, reg.stage)
    if reg.stage is Stage.WON:
        wrong = [
            Violation(f"reasons[{place}]", f"{one.name} is a reason of a loss, and the deal is WON", "NOT_THIS_OUTCOME")
            for place, one in enumerate(reasons)
            if one in OF_LOSSES
        ]
        if wrong:
            raise InvalidInput(wrong)
