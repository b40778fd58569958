"""The kinds of rules and deputies, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.deals.approval.domain.rules import ApprovalDeputy, ApprovalRule

APPROVAL_RULES = Kind(
    "approval_rule",
    ApprovalRule,
    (Index(("number",), unique=True), *serving("state", orders=("", "update_time"))),
)
APPROVAL_DEPUTIES = Kind(
    "approval_deputy",
    ApprovalDeputy,
    (Index(("role", "subject"), unique=True), Index(("subject",)), *serving("role", orders=("", "update_time"))),
)

KINDS = (APPROVAL_RULES, APPROVAL_DEPUTIES)
