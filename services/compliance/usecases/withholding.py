"""What was found, or may be there, and is not handed over: each with its ground."""

from collections.abc import Iterable, Iterator

from libs.privacy.subject_data import Holdings


def withheld(held: Iterable[Holdings]) -> tuple[str, ...]:
    """A sentence each, by service and kind."""
    return tuple(_masked(held))


def _masked(held: Iterable[Holdings]) -> Iterator[str]:
    for one in held:
        for section in one.sections:
            if counts := ", ".join(f"{count} {what}" for what, count in sorted(section.masked.items())):
                yield f"{one.service}, {section.kind}: {counts} masked as ***, being another's (rights of others)"
