"""Ids say what they name and sort by creation, however fast they are made."""

from libs.clock import SteppedClock
from libs.ids import Ids, Parts, parse
from tests.builders import NOW


def test_ids_of_one_millisecond_sort_as_they_were_made() -> None:
    ids = Ids("de", SteppedClock(NOW))
    made = [ids.new("ord") for _ in range(2_000)]
    assert made == sorted(set(made))


def test_an_id_is_a_uuid_of_version_seven() -> None:
    found = parse(Ids("de", SteppedClock(NOW)).new("ord"))
    assert isinstance(found, Parts)
    value = 0
    for letter in found.unique:
        value = value << 5 | "0123456789abcdefghjkmnpqrstvwxyz".index(letter)
    assert (value >> 80, value >> 76 & 0xF, value >> 62 & 0b11) == (int(NOW.timestamp() * 1000), 7, 0b10)
