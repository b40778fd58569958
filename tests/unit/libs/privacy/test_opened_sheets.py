"""The cache of opened sheets: how many it holds, for how long, and what it forgets at once."""

from libs.privacy.vault.opened import OpenedSheets
from libs.privacy.vault.sheet import Sheet

MOST, LIFE = 4, 30.0


class Watch:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_full_cache_holds_all_that_it_may_and_forgets_the_oldest() -> None:
    opened = OpenedSheets(MOST, LIFE, Watch())
    for one in range(MOST + 1):
        opened.keep(Sheet.made(str(one)))
    assert _held(opened, MOST + 1) == ["1", "2", "3", "4"]


def test_a_sheet_is_held_to_the_end_of_its_life_and_not_longer() -> None:
    watch = Watch()
    opened = OpenedSheets(MOST, LIFE, watch)
    opened.keep(Sheet.made("0"))
    watch.seconds = LIFE / 2
    opened.keep(Sheet.made("1"))
    watch.seconds = LIFE - 0.001
    assert _held(opened, 2) == ["0", "1"]
    watch.seconds = LIFE
    assert _held(opened, 2) == ["1"]
    watch.seconds = LIFE * 3 / 2
    assert _held(opened, 2) == []


def test_a_sheet_that_is_read_again_begins_a_new_life_with_its_new_keys() -> None:
    watch = Watch()
    opened = OpenedSheets(MOST, LIFE, watch)
    opened.keep(Sheet.made("0"))
    watch.seconds = LIFE / 2
    again = Sheet.made("0")
    opened.keep(again)
    watch.seconds = LIFE
    assert opened.current()("0") is again


def test_what_is_dropped_is_forgotten_at_once() -> None:
    opened = OpenedSheets(MOST, LIFE, Watch())
    for one in range(MOST):
        opened.keep(Sheet.made(str(one)))
    opened.drop("1")
    opened.drop("unknown")
    assert _held(opened, MOST) == ["0", "2", "3"]
    opened.clear()
    assert _held(opened, MOST) == []


def _held(opened: OpenedSheets, most: int) -> list[str]:
    look = opened.current()
    return [str(one) for one in range(most) if look(str(one)) is not None]
