"""Stock recomputed from its definition: sums over days, the life of each serial. It knows nothing of the product."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

IN, OUT, LOST, BACK, COUNTED = "SELL_IN", "SELL_THROUGH", "LOSS", "RETURN", "COUNT"
_ORDER = [IN, OUT, LOST, BACK, COUNTED]


class Move(NamedTuple):
    """day: a number. name: orders what is of one kind and day."""

    kind: str
    day: int
    name: str
    quantity: int
    serials: tuple[str, ...] = ()


class Found(NamedTuple):
    """What does not fit."""

    kind: str
    name: str
    quantity: int
    serial: str


def in_order(moves: Sequence[Move]) -> list[Move]:
    return sorted(moves, key=lambda one: (one.day, _ORDER.index(one.kind), one.name))


def balance(moves: Sequence[Move]) -> int:
    """The last count and what moved on later days."""
    counts = [one for one in in_order(moves) if one.kind == COUNTED]
    later = [one for one in moves if not counts or one.day > counts[-1].day]
    start = counts[-1].quantity if counts else 0
    came = sum(one.quantity for one in later if one.kind == IN)
    left = sum(one.quantity for one in later if one.kind in (OUT, LOST))
    back = sum(one.quantity - len(_sold_before(moves, one)) for one in later if one.kind == BACK)
    return start + came - left - back


def discrepancies(moves: Sequence[Move]) -> Counter[Found]:
    """All of them, by what was true just before each movement."""
    found: Counter[Found] = Counter()
    ordered = in_order(moves)
    for place, move in enumerate(ordered):
        before = balance(ordered[:place])
        left = move.quantity - (len(_sold_before(moves, move)) if move.kind == BACK else 0)
        if move.kind in (OUT, LOST, BACK) and left > max(before, 0):
            found[Found("MORE_LEFT_THAN_CAME", move.name, left - max(before, 0), "")] += 1
        if move.kind == COUNTED and place and move.quantity != before:
            found[Found("COUNT_DIFFERS", move.name, move.quantity - before, "")] += 1
        for serial in move.serials:
            state = _state(ordered[:place], serial)
            kind = {
                (OUT, "GONE"): "SERIAL_SOLD_TWICE", (LOST, "GONE"): "SERIAL_SOLD_TWICE",
                (OUT, "UNKNOWN"): "SERIAL_NEVER_RECEIVED", (LOST, "UNKNOWN"): "SERIAL_NEVER_RECEIVED",
                (COUNTED, "GONE"): "SERIAL_SOLD_AND_COUNTED",
            }.get((move.kind, state))  # fmt: skip
            if kind:
                found[Found(kind, move.name, 1, serial)] += 1
    return found


def _sold_before(moves: Sequence[Move], move: Move) -> list[str]:
    ordered = in_order(moves)
    return [one for one in move.serials if _state(ordered[: ordered.index(move)], one) == "GONE"]


def _state(ordered: Sequence[Move], serial: str) -> str:
    last = next((one for one in reversed(ordered) if serial in one.serials), None)
    if last is None or last.kind == BACK:
        return "UNKNOWN"
    return "GONE" if last.kind in (OUT, LOST) else "HELD"
