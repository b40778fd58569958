"""What was found, or may be there, and is not handed over: each with its ground."""

from collections.abc import Iterable, Iterator

from libs.store.requests import KEPT
from libs.subject_data import Holdings

NOT_SEARCHED = (
    "every service: the answers that are kept so that a repeated request gets the first one again may show a person as "
    f"stored at that time; nothing finds them but that request, and each is deleted after {KEPT.days} days"
)


def withheld(held: Iterable[Holdings]) -> tuple[str, ...]:
    """A sentence each: by service and kind what is another's, then what no service searched."""
    return (*_masked(held), NOT_SEARCHED)


def _masked(held: Iterable[Holdings]) -> Iterator[str]:
    for one in held:
        for section in one.sections:
            if counts := ", ".join(f"{count} {what}" for what, count in sorted(section.masked.items())):
                yield f"{one.service}, {section.kind}: {counts} masked as ***, being another's (rights of others)"
