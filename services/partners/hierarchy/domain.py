"""The hierarchy: partners buy from distributors, at most ten levels deep."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, require_state
from libs.partner import LEVELS
from services.partners.hierarchy.events import PartnerDownlineAccessSet
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import MAY_SEE_DOWNLINE
from services.partners.record.events import event_of

DISTRIBUTORS_WALKED = 2_000


class Branch(Document, frozen=True, kw_only=True):
    """The lock document of a partner's place in the hierarchy; the id is the partner's.

    A commit that places a partner writes the branches of the partner and of all its ancestors, so it fails if any of
    the parents it has read has changed. Two commits that would together close a cycle both write the branch of one of
    the two partners, and the later one fails.
    """


class HierarchyCycle(AppError):
    """A partner cannot buy from itself, directly or through others."""

    code, reason = Code.FAILED_PRECONDITION, "HIERARCHY_CYCLE"

    def __init__(self, id: str, parent_partner_id: str) -> None:
        super().__init__(
            f"{parent_partner_id} is {id} itself or buys from it", id=id, parent_partner_id=parent_partner_id
        )


class HierarchyTooDeep(AppError):
    """The hierarchy would have more levels than allowed."""

    code, reason = Code.FAILED_PRECONDITION, "HIERARCHY_TOO_DEEP"

    def __init__(self, parent_partner_id: str) -> None:
        super().__init__(
            f"below {parent_partner_id} there would be more than {LEVELS} levels",
            parent_partner_id=parent_partner_id,
            limit=LEVELS,
        )


class ParentNotDistributor(AppError):
    """The parent is not a distributor that may sell to other partners."""

    code, reason = Code.FAILED_PRECONDITION, "PARENT_NOT_DISTRIBUTOR"

    def __init__(self, partner: Partner) -> None:
        super().__init__(
            f"others can buy only from a distributor that sells; {partner.id} is {partner.kind.name} and "
            f"{partner.status.name}",
            id=partner.id,
            kind=partner.kind.name,
            state=partner.status.name,
        )


class BuyersLeft(AppError):
    """Other partners buy from this one, so it must stay a distributor."""

    code, reason = Code.FAILED_PRECONDITION, "BUYERS_LEFT"

    def __init__(self, id: str) -> None:
        super().__init__(f"others buy from {id}, so it stays a DISTRIBUTOR until they are moved", id=id)


class DownlineClosed(AppError):
    """The agreement of the partner does not let its users see its downline."""

    code, reason = Code.FAILED_PRECONDITION, "DOWNLINE_CLOSED"

    def __init__(self, id: str) -> None:
        super().__init__(f"the agreement of partner {id} does not open its downline to its people", id=id)


class DownlineTooWide(AppError):
    """More distributors are below the partner than one answer may read."""

    code, reason = Code.RESOURCE_EXHAUSTED, "DOWNLINE_TOO_WIDE"

    def __init__(self) -> None:
        super().__init__(f"more than {DISTRIBUTORS_WALKED} distributors are below", limit=DISTRIBUTORS_WALKED)


def set_downline_access(
    partner: Partner, *, sees_downline: bool, now: datetime
) -> tuple[Partner, PartnerDownlineAccessSet]:
    """The partner with the right of its users to see its downline set, and the event; WrongState."""
    require_state("partner", partner.id, partner.status, action="set the downline access", allowed=MAY_SEE_DOWNLINE)
    changed = replace(partner, sees_downline=sees_downline, update_time=now)
    return changed, event_of(PartnerDownlineAccessSet, changed)


def refuse_place(child: Partner, upline: Sequence[Partner], *, levels: int) -> None:
    """HierarchyCycle, ParentNotDistributor or HierarchyTooDeep if `child` cannot buy from the first of `upline`.

    upline: the parent, its own parent and so on. levels: the number of levels of the child and its downline, 1 if
    nobody buys from it. If the parent is terminated or rejected, only such a child can have it.
    """
    parent = upline[0]
    if any(partner.id == child.id for partner in upline):
        raise HierarchyCycle(child.id, parent.id)
    if not parent.sells_on or (parent.ended and not child.ended):
        raise ParentNotDistributor(parent)
    if len(upline) + levels > LEVELS:
        raise HierarchyTooDeep(parent.id)
