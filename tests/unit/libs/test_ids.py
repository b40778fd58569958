"""Ids say what they name and sort by creation, however fast they are made."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from libs.clock import SteppedClock
from libs.ids import Ids, Parts, digits, parse, unique
from tests.builders import NOW

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
PREFIXES = st.from_regex(r"[a-z]{2,5}", fullmatch=True)
CELLS = st.from_regex(r"[a-z0-9]{2,12}", fullmatch=True)
LETTERS = st.characters(codec="utf-8")


class Jumping:
    """A clock that shows one time after another, as that of a machine whose time is set: backwards too."""

    def __init__(self, times: Sequence[datetime]) -> None:
        self._times = list(times)

    def now(self) -> datetime:
        return self._times.pop(0)


def _value(unique: str) -> int:
    value = 0
    for letter in unique:
        value = value << 5 | ALPHABET.index(letter)
    return value


def test_ids_of_one_millisecond_sort_as_they_were_made() -> None:
    ids = Ids("de", SteppedClock(NOW))
    made = [ids.new("ord") for _ in range(2_000)]
    assert made == sorted(set(made))


@given(st.lists(st.timedeltas(timedelta(days=-400), timedelta(days=400)), min_size=1, max_size=50))
def test_ids_sort_as_they_were_made_also_where_the_clock_is_set_back(steps: list[timedelta]) -> None:
    ids = Ids("de", Jumping([NOW + step for step in steps]))
    made = [ids.new("ord") for _ in steps]
    assert made == sorted(set(made))


@given(st.timedeltas(timedelta(days=-365 * 50), timedelta(days=365 * 200)), PREFIXES, CELLS)
def test_an_id_is_a_uuid_of_version_seven_that_says_what_where_and_when(
    away: timedelta, prefix: str, cell: str
) -> None:
    clock = SteppedClock(NOW + away)
    found = parse(Ids(cell, clock).new(prefix))
    assert isinstance(found, Parts)
    assert (found.prefix, found.cell) == (prefix, cell)
    value = _value(found.unique)
    assert (value >> 80, value >> 76 & 0xF, value >> 62 & 0b11) == (int(clock.now().timestamp() * 1000), 7, 0b10)


@given(st.text() | st.from_regex(r"[a-z]{1,6}_[a-z0-9]{1,13}_[0-9a-z]{25,27}\n?"))
def test_whatever_is_taken_apart_can_be_put_together_again(text: str) -> None:
    found = parse(text)
    assert found is None or "_".join(found) == text


@given(PREFIXES, CELLS, st.data())
def test_an_id_with_a_letter_more_less_or_of_another_alphabet_is_none(
    prefix: str, cell: str, data: st.DataObject
) -> None:
    made = Ids(cell, SteppedClock(NOW)).new(prefix)
    place = data.draw(st.integers(len(made) - 26, len(made) - 1))
    strange = data.draw(LETTERS.filter(lambda letter: letter not in ALPHABET))
    for wrong in (
        made[:place] + made[place + 1 :],
        made[:place] + strange + made[place + 1 :],
        made + "0",
        made.upper(),
    ):
        assert parse(wrong) is None


def test_what_is_never_spoken_of_is_random_and_has_the_same_letters() -> None:
    made = {unique() for _ in range(2_000)}
    assert len(made) == 2_000
    assert {len(one) for one in made} == {26}
    assert {letter for one in made for letter in one} == set(ALPHABET)
    assert {one[0] for one in made} == set("01234567")


def test_a_code_has_as_many_digits_as_it_should_and_all_of_them_occur() -> None:
    codes = [digits(8) for _ in range(2_000)]
    assert {len(one) for one in codes} == {8}
    assert set("".join(codes)) == set("0123456789")
    assert {one[0] for one in codes} == set("0123456789")
    assert len(set(codes)) > 1_990


@given(st.integers(0, 2**128 - 1))
def test_a_derived_id_is_an_id_that_belongs_to_its_hash_alone(number: int) -> None:
    made = Ids("de", SteppedClock(NOW))
    found = made.derived("cus", f"{number:032x}")
    parts = parse(found)
    assert parts is not None
    assert (parts.prefix, parts.cell) == ("cus", "de")
    assert made.derived("cus", f"{number:032x}") == found
    assert made.derived("cus", f"{number ^ 1:032x}") != found
