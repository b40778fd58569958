"""Numbers that no column holds: products, sums, and a line's share of what the whole message has.

    product    quantity, price and a fraction, multiplied; no value where a part has none
    sum        the parts that have a value, added; `negate` subtracts one
    share      the row's part of an amount of the message, in proportion to `by`

All arithmetic is exact. Only an amount is rounded: half to even, to the `decimals` of its value, or else to what Money
holds, four decimals, or none in a currency without a minor unit. Shares are never rounded one by one: they are whole
steps of the currency's minor unit, or of the amount's own last decimal if that is finer; each row gets the steps below
its exact share, and those that are left go to the rows with the greatest rest, the first of equal ones. So the shares
of a message are exactly its amount. Where nothing is in proportion, because all of `by` is zero, rows share alike.
"""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException, Inexact

from libs.money import DIGITS, minor_digits

_EXACT = Context(prec=200, traps=[Inexact])


class Incomputable(ValueError):
    """The numbers have no such product, sum or share."""


def product(parts: Sequence[Decimal]) -> Decimal:
    """All parts multiplied; Incomputable above two hundred digits."""
    return _folded(parts, _EXACT.multiply, Decimal(1))


def total(parts: Sequence[Decimal]) -> Decimal:
    """All parts added; Incomputable above two hundred digits."""
    return _folded(parts, _EXACT.add, Decimal(0))


def rounded(found: Decimal, currency: str, decimals: str) -> Decimal:
    """An amount as the text above says."""
    digits = int(decimals) if decimals else DIGITS if minor_digits(currency) else 0
    return found.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN, Context(prec=500))


def shares(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """What of an amount falls on each of at least one row; Incomputable if a weight is negative."""
    if any(weight < 0 for weight in weights):
        raise Incomputable("a share cannot be in proportion to a negative number")
    digits = max(minor_digits(currency), _decimals(amount))
    finest = max(_decimals(weight) for weight in weights)
    whole = [_units(weight, finest) for weight in weights]
    if not any(whole):
        whole = [1] * len(whole)
    steps, all_of_them = abs(_units(amount, digits)), sum(whole)
    parts = [divmod(steps * weight, all_of_them) for weight in whole]
    left = steps - sum(part for part, _ in parts)
    first = set(sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))[:left])
    step = Decimal(-1 if amount < 0 else 1).scaleb(-digits)
    return [_EXACT.multiply(Decimal(part + (place in first)), step) for place, (part, _) in enumerate(parts)]


def _folded(parts: Sequence[Decimal], operation: Callable[[Decimal, Decimal], Decimal], first: Decimal) -> Decimal:
    found = first
    try:
        for part in parts:
            found = operation(found, part)
    except DecimalException as err:
        raise Incomputable("has more digits than can be computed with") from err
    return found


def _decimals(found: Decimal) -> int:
    exponent = found.as_tuple().exponent
    assert isinstance(exponent, int)  # no text becomes infinite or no number
    return max(0, -exponent)


def _units(found: Decimal, digits: int) -> int:
    return int(found.scaleb(digits, Context(prec=len(found.as_tuple().digits) or 1)))
