"""The stock ledger of one article at one partner: a pure function of the set of its movements.

Stock = last count + what moved since. A count is of the evening: what moved on its day came before it. The balance is
never cut at zero: pieces that left without having come make it negative, and each of them is in a discrepancy.
"""

from collections import deque
from collections.abc import Iterable
from datetime import date
from enum import Enum

import msgspec

from services.orders.stock.domain.movement import Movement, MovementKind

Day = date  # the type of fields that are named `date`
_IN_ORDER = {kind: place for place, kind in enumerate(MovementKind)}  # within a day


class DiscrepancyKind(Enum):
    """What cannot be. MORE_LEFT_THAN_CAME: pieces were sold, lost or returned that the partner did not have.
    COUNT_DIFFERS: a count found more or fewer pieces than came and left. SERIAL_SOLD_TWICE: a piece was sold or lost
    again. SERIAL_NEVER_RECEIVED: a piece was sold or lost that we did not ship to this partner.
    SERIAL_SOLD_AND_COUNTED: a piece was counted after it had been sold or lost."""

    MORE_LEFT_THAN_CAME = "MORE_LEFT_THAN_CAME"
    COUNT_DIFFERS = "COUNT_DIFFERS"
    SERIAL_SOLD_TWICE = "SERIAL_SOLD_TWICE"
    SERIAL_NEVER_RECEIVED = "SERIAL_NEVER_RECEIVED"
    SERIAL_SOLD_AND_COUNTED = "SERIAL_SOLD_AND_COUNTED"


class Discrepancy(msgspec.Struct, frozen=True, kw_only=True):
    """What does not fit, and its evidence: `movement_id`, and `earlier_id`, the movement that it contradicts, if it is
    one. quantity: the pieces; of a count, counted less expected. expected: the pieces that could leave or be there."""

    kind: DiscrepancyKind
    date: Day
    quantity: int
    expected: int = 0
    serial: str = ""
    movement_id: str
    earlier_id: str = ""


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces in stock that came on a day, if those that came first leave first."""

    date: Day
    quantity: int


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What the movements come to. balance: the stock; negative if more left than came. received, sold, lost, returned:
    since the last count. layers: of the pieces in stock, the oldest first. first_date, last_date: of all movements."""

    balance: int
    count_date: date | None
    counted: int
    received: int
    sold: int
    lost: int
    returned: int
    layers: tuple[Layer, ...]
    discrepancies: tuple[Discrepancy, ...]
    first_date: date | None
    last_date: date | None


def ledger_of(movements: Iterable[Movement]) -> Ledger:
    """The ledger; the order of the movements does not matter."""
    running = _Running()
    for movement in sorted(movements, key=lambda one: (one.date, _IN_ORDER[one.kind], one.id)):
        running.add(movement)
    return running.ledger()


class _Running:
    """The ledger after the movements that were added, in their order."""

    def __init__(self) -> None:
        self._balance = 0
        self._count: Movement | None = None
        self._first: date | None = None
        self._last: date | None = None
        self._since = dict.fromkeys(MovementKind, 0)
        self._layers: deque[tuple[date, int]] = deque()
        self._held: dict[str, str] = {}  # by serial, the movement with which the piece came
        self._gone: dict[str, str] = {}  # by serial, the movement with which it left
        self._found: list[Discrepancy] = []

    def add(self, movement: Movement) -> None:
        match movement.kind:
            case MovementKind.SELL_IN:
                self._receive(movement)
            case MovementKind.COUNT:
                self._settle(movement)
            case MovementKind.RETURN:
                self._take_back(movement)
            case MovementKind.SELL_THROUGH | MovementKind.LOSS:
                self._leave(movement, movement.quantity)
                for serial in movement.serials:
                    self._sell(movement, serial)
        self._first = self._first or movement.date
        self._last = movement.date

    def ledger(self) -> Ledger:
        return Ledger(
            balance=self._balance,
            count_date=self._count.date if self._count else None,
            counted=self._count.quantity if self._count else 0,
            received=self._since[MovementKind.SELL_IN],
            sold=self._since[MovementKind.SELL_THROUGH],
            lost=self._since[MovementKind.LOSS],
            returned=self._since[MovementKind.RETURN],
            layers=tuple(Layer(date=day, quantity=quantity) for day, quantity in self._layers),
            discrepancies=tuple(self._found),
            first_date=self._first,
            last_date=self._last,
        )

    def _receive(self, movement: Movement) -> None:
        missing = max(0, -self._balance)
        self._balance += movement.quantity
        self._since[movement.kind] += movement.quantity
        self._stack(movement.date, movement.quantity - missing)
        for serial in movement.serials:
            self._held[serial] = movement.id
            self._gone.pop(serial, None)

    def _take_back(self, movement: Movement) -> None:
        """A piece that was sold before came from its buyer, and not out of the stock."""
        sold = sum(1 for serial in movement.serials if serial in self._gone)
        self._leave(movement, movement.quantity - sold)
        for serial in movement.serials:
            self._held.pop(serial, None)
            self._gone.pop(serial, None)

    def _leave(self, movement: Movement, quantity: int) -> None:
        before = max(0, self._balance)
        self._balance -= quantity
        self._since[movement.kind] += quantity
        self._unstack(quantity)
        if quantity > before:
            self._note(DiscrepancyKind.MORE_LEFT_THAN_CAME, movement, quantity - before, expected=before)

    def _sell(self, movement: Movement, serial: str) -> None:
        if serial in self._gone:
            earlier = self._gone[serial]
            self._note(DiscrepancyKind.SERIAL_SOLD_TWICE, movement, 1, serial=serial, earlier=earlier)
        elif self._held.pop(serial, None) is None:
            self._note(DiscrepancyKind.SERIAL_NEVER_RECEIVED, movement, 1, serial=serial)
        self._gone.setdefault(serial, movement.id)

    def _settle(self, movement: Movement) -> None:
        """A count sets the balance; what it finds besides is a discrepancy, unless it is the first movement."""
        difference = movement.quantity - self._balance
        if self._first is not None and difference:
            self._note(DiscrepancyKind.COUNT_DIFFERS, movement, difference, expected=self._balance)
        for serial in movement.serials:
            if serial in self._gone:
                kind, earlier = DiscrepancyKind.SERIAL_SOLD_AND_COUNTED, self._gone.pop(serial)
                self._note(kind, movement, 1, serial=serial, earlier=earlier)
            self._held[serial] = movement.id
        stacked = max(0, self._balance)
        self._unstack(stacked - movement.quantity)
        self._stack(movement.date, movement.quantity - stacked)
        self._balance, self._count, self._since = movement.quantity, movement, dict.fromkeys(MovementKind, 0)

    def _note(
        self, kind: DiscrepancyKind, movement: Movement, quantity: int, *, expected: int = 0, serial: str = "",
        earlier: str = "",
    ) -> None:  # fmt: skip
        self._found.append(
            Discrepancy(
                kind=kind,
                date=movement.date,
                quantity=quantity,
                expected=expected,
                serial=serial,
                movement_id=movement.id,
                earlier_id=earlier,
            )
        )

    def _stack(self, day: date, quantity: int) -> None:
        if quantity > 0:
            self._layers.append((day, quantity))

    def _unstack(self, quantity: int) -> None:
        while quantity > 0 and self._layers:
            day, held = self._layers.popleft()
            if held > quantity:
                self._layers.appendleft((day, held - quantity))
            quantity -= held
