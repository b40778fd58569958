"""Partners that may be the same organization, because name or domain are the same. This alone is no reason to refuse
one."""

from collections.abc import Iterable

import msgspec

from libs.organisation import is_mail_host
from libs.partner import PartnerStatus
from services.partners.record.domain.partner import Partner

POSSIBLE_DUPLICATES = 20


class PossibleDuplicate(msgspec.Struct, frozen=True, kw_only=True):
    """Another partner, and whether name and domain are the same."""

    partner_id: str
    status: PartnerStatus
    same_name: bool
    same_domain: bool


def telling_domain(domain: str) -> str:
    """The domain if it identifies an organization; empty for that of a mail host."""
    return "" if is_mail_host(domain) else domain


def alike(one: Partner, others: Iterable[Partner]) -> tuple[PossibleDuplicate, ...]:
    """The others with the same name or domain, at most 20: first those with both, then by name, then by domain; the
    oldest first."""
    domain = telling_domain(one.domain)
    found = {
        other.id: PossibleDuplicate(
            partner_id=other.id,
            status=other.status,
            same_name=one.name_key is not None and other.name_key == one.name_key,
            same_domain=bool(domain) and other.domain == domain,
        )
        for other in others
        if other.id != one.id
    }
    both, name, domain_alone = (
        [each for each in found.values() if (each.same_name, each.same_domain) == same]
        for same in ((True, True), (True, False), (False, True))
    )
    ranked = (*_by_age(both), *_by_age(name), *_by_age(domain_alone))
    return ranked[:POSSIBLE_DUPLICATES]


def _by_age(found: Iterable[PossibleDuplicate]) -> list[PossibleDuplicate]:
    return sorted(found, key=lambda one: one.partner_id)
