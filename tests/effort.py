"""How much the largest tests try: everything, unless the run asks for a share of it (`pytest --effort`)."""

from hypothesis import settings


def share(full: int) -> int:
    """As many of `full` examples as the run asks for, rounded up."""
    return -(-full * settings().max_examples // 100)
