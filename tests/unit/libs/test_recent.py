"""What was computed last is kept for its time, within its bytes, and no longer."""

import asyncio

from libs.recent import TIMER_MARGIN_SECONDS, Recent

LIFE = 30.0


class Watch:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_a_value_is_there_to_the_end_of_its_life_and_not_longer() -> None:
    watch = Watch()
    recent = Recent[str, str](10, LIFE, watch)
    recent.keep("a", "first", 1)
    watch.seconds = LIFE / 2
    recent.keep("b", "second", 1)
    watch.seconds = LIFE - 0.001
    assert (recent.get("a"), recent.get("b")) == ("first", "second")
    watch.seconds = LIFE
    assert (recent.get("a"), recent.get("b")) == (None, "second")


async def test_it_is_forgotten_although_nobody_asks_for_it() -> None:
    watch, forgotten = Watch(), asyncio.Event()

    class Told(Recent[str, str]):
        def forget_late(self) -> None:
            super().forget_late()
            if not self._kept:
                forgotten.set()

    recent = Told(10, TIMER_MARGIN_SECONDS / 10, watch)
    recent.keep("a", "personal", 1)
    watch.seconds = 1.0
    await asyncio.wait_for(forgotten.wait(), timeout=10)


async def test_the_oldest_goes_when_there_is_no_room_and_what_is_too_large_is_not_kept() -> None:
    recent = Recent[str, str](10, LIFE, Watch())
    for key in "abc":
        recent.keep(key, key.upper(), 4)
    assert [recent.get(key) for key in "abc"] == [None, "B", "C"]
    recent.keep("d", "D", 11)
    assert [recent.get(key) for key in "abcd"] == [None, None, None, None]
    recent.keep("e", "E", 10)
    assert recent.get("e") == "E"


async def test_a_value_that_is_kept_again_has_a_new_life_and_its_room_once() -> None:
    watch = Watch()
    recent = Recent[str, str](10, LIFE, watch)
    recent.keep("a", "old", 6)
    watch.seconds = LIFE / 2
    recent.keep("a", "new", 6)
    recent.keep("b", "other", 4)
    watch.seconds = LIFE
    assert (recent.get("a"), recent.get("b")) == ("new", "other")
