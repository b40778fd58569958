"""A cache of opened sheets of keys: bounded, and each for a short time, so that a key that another process deletes is
soon forgotten here too."""

from collections import OrderedDict
from collections.abc import Callable

from libs.clock import monotonic
from libs.privacy.vault.sheet import Sheet

MOST_SHEETS = 8_192  # the keys of 32,768 documents; 0.8 kB each, so a full cache takes 7 MB
LIFE_SECONDS = 30.0


class OpenedSheets:
    """The sheets that were opened last, the oldest first; a full cache forgets the oldest. `time`: in seconds."""

    def __init__(
        self, most: int = MOST_SHEETS, life_seconds: float = LIFE_SECONDS, time: Callable[[], float] = monotonic
    ) -> None:
        self._most = most
        self._life_seconds = life_seconds
        self._time = time
        self._sheets: dict[str, Sheet] = {}
        self._ends: OrderedDict[str, float] = OrderedDict()
        self._next_end = time() + life_seconds  # not later than the end of any sheet

    def current(self) -> Callable[[str], Sheet | None]:
        """What finds a sheet in the cache, for use at once."""
        if self._time() >= self._next_end:
            self._forget_late()
        return self._sheets.get

    def keep(self, sheet: Sheet) -> None:
        """Add a sheet just read or made."""
        if sheet.id in self._sheets:
            self.drop(sheet.id)
        elif len(self._sheets) >= self._most:
            self._forget_oldest()
        self._sheets[sheet.id] = sheet
        self._ends[sheet.id] = self._time() + self._life_seconds

    def drop(self, id: str) -> None:
        """Forget a sheet."""
        self._sheets.pop(id, None)
        self._ends.pop(id, None)

    def clear(self) -> None:
        """Forget all."""
        self._sheets.clear()
        self._ends.clear()

    def _forget_late(self) -> None:
        now = self._time()
        while self._ends and next(iter(self._ends.values())) <= now:
            self._forget_oldest()
        self._next_end = next(iter(self._ends.values()), now + self._life_seconds)

    def _forget_oldest(self) -> None:
        oldest, _ = self._ends.popitem(last=False)
        del self._sheets[oldest]
