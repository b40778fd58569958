"""What to do about an article that runs out at some partners: move what others have too much of, order the rest."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from services.orders.stock.domain.position import Stock


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces that a partner needs. from_partner_id: who has them to spare; empty: to be ordered. by_date: when the
    partner runs out."""

    partner_id: str
    from_partner_id: str = ""
    quantity: int
    by_date: date | None


def proposals_of(stocks: Sequence[Stock], countries: Mapping[str, str]) -> Iterator[Proposal]:
    """The proposals for one article, the partner first that runs out first. Pieces move only inside of a country, from
    whoever has most to spare. countries: of the partners; from and to a partner without one nothing moves."""
    spare = {one.position.partner_id: one.spare_quantity for one in stocks if one.spare_quantity}
    needy = [one for one in stocks if one.order_quantity]
    for one in sorted(needy, key=lambda found: (found.run_out_date or date.max, found.position.partner_id)):
        to, left = one.position.partner_id, one.order_quantity
        country = countries.get(to)
        near = [giver for giver in spare if country and countries.get(giver) == country]
        for giver in sorted(near, key=lambda found: (-spare[found], found)):
            moved = min(left, spare[giver])
            if moved:
                yield Proposal(partner_id=to, from_partner_id=giver, quantity=moved, by_date=one.run_out_date)
                spare[giver], left = spare[giver] - moved, left - moved
        if left:
            yield Proposal(partner_id=to, quantity=left, by_date=one.run_out_date)
