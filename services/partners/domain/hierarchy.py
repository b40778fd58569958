"""Who buys from whom: a forest of distributors, at most ten levels deep."""

from collections.abc import Sequence

from libs.document import Document
from libs.errors import AppError, Code
from libs.partner import LEVELS
from services.partners.domain.partner import Partner


class Branch(Document, frozen=True, kw_only=True):
    """Guards the place of a partner that others may hang from; the id is the partner's.

    Whoever hangs a partner somewhere writes its own branch and that of everybody above it. So a commit stands on links
    that nobody changed since they were read: two moves that would close a circle together both write the branch of one
    of the two, and the later one fails.
    """


class HierarchyCycle(AppError):
    """A partner cannot buy from itself, however long the way round."""

    code, reason = Code.FAILED_PRECONDITION, "HIERARCHY_CYCLE"

    def __init__(self, id: str, parent_partner_id: str) -> None:
        super().__init__(
            f"{parent_partner_id} is {id} itself or buys from it", id=id, parent_partner_id=parent_partner_id
        )


class HierarchyTooDeep(AppError):
    """There would be more levels than allowed."""

    code, reason = Code.FAILED_PRECONDITION, "HIERARCHY_TOO_DEEP"

    def __init__(self, parent_partner_id: str) -> None:
        super().__init__(
            f"below {parent_partner_id} there would be more than {LEVELS} levels",
            parent_partner_id=parent_partner_id,
            limit=LEVELS,
        )


class ParentNotDistributor(AppError):
    """One buys from a distributor only."""

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
    """Who others buy from stays a distributor."""

    code, reason = Code.FAILED_PRECONDITION, "BUYERS_LEFT"

    def __init__(self, id: str) -> None:
        super().__init__(f"others buy from {id}, so it stays a DISTRIBUTOR until they are moved", id=id)


class DownlineClosed(AppError):
    """The agreement does not let the partner's people see who is below it."""

    code, reason = Code.FAILED_PRECONDITION, "DOWNLINE_CLOSED"

    def __init__(self, id: str) -> None:
        super().__init__(f"the agreement of partner {id} does not open its downline to its people", id=id)


def refuse_place(child: Partner, upline: Sequence[Partner], *, levels: int) -> None:
    """Whether a partner may hang below the first of `upline`, which is followed by its own parent and so on.

    levels: how many the partner and its downline take up, 1 for one that nobody buys from. Who still sells cannot buy
    from a distributor that does not.
    """
    parent = upline[0]
    if any(partner.id == child.id for partner in upline):
        raise HierarchyCycle(child.id, parent.id)
    if not parent.sells_on or (parent.ended and not child.ended):
        raise ParentNotDistributor(parent)
    if len(upline) + levels > LEVELS:
        raise HierarchyTooDeep(parent.id)
