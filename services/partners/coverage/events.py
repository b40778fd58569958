"""The event of market potentials; the proto documents it."""

import msgspec


class MarketPotentialPut(msgspec.Struct, frozen=True, kw_only=True):
    """A potential, without its amount."""

    market_potential_id: str
    country: str
    year: int
