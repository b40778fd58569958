"""How much the largest tests try: everything, unless the run asks for a share of it (`pytest --effort`)."""

from collections.abc import Iterable
from typing import TypeVar

from hypothesis import settings

T = TypeVar("T")


def share(full: int) -> int:
    """As many of `full` examples as the run asks for, rounded up."""
    return -(-full * settings().max_examples // 100)


def sampled(cases: Iterable[T]) -> list[T]:
    """As many of these as the run asks for, from all parts of them."""
    everything = list(cases)
    count = share(len(everything))
    return [everything[number * len(everything) // count] for number in range(count)]
