"""A mark that is found was put there: random data has none."""

import pytest

from tests.system.marks import _needles

CHANCE = 1e-9
SEARCHED = {"base64": (64, 1 << 30), "hexadecimal digits": (16, 1 << 21), "random bytes": (256, 1 << 32)}
"""How many characters each alphabet has, and more bytes in it than the files of a cell of the suites have."""


@pytest.mark.parametrize("alphabet", SEARCHED)
def test_random_data_has_a_mark_in_less_than_one_of_a_billion_runs(alphabet: str) -> None:
    size, searched = SEARCHED[alphabet]
    might = [needle for _, needle in _needles() if alphabet != "hexadecimal digits" or _is_hexadecimal(needle)]
    assert might
    assert sum(searched * size ** -len(needle) for needle in might) < CHANCE


def _is_hexadecimal(needle: bytes) -> bool:
    return all(one in b"0123456789abcdefABCDEF" for one in needle)
