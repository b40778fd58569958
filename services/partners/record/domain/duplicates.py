"""Partners that may be one: they have the same name or the same domain. Nobody is refused for that alone."""

from collections.abc import Iterable

import msgspec

from libs.organisation import is_mail_host
from libs.partner import PartnerStatus
from services.partners.record.domain.partner import Partner

POSSIBLE_DUPLICATES = 20


class PossibleDuplicate(msgspec.Struct, frozen=True, kw_only=True):
    """Another partner, and in what it is the same."""

    partner_id: str
    status: PartnerStatus
    same_name: bool
    same_domain: bool


def telling_domain(domain: str) -> str:
    """The domain, where it says who somebody is; empty for that of a mail host."""
    return "" if is_mail_host(domain) else domain


def alike(one: Partner, others: Iterable[Partner]) -> tuple[PossibleDuplicate, ...]:
    """The others with its name or its domain, at most 20: first those with both, then by name, the oldest first."""
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
