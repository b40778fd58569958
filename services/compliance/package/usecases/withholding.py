"""The sentences of a package about data that was found or may exist and that the package leaves out, with reasons."""

from collections.abc import Iterable, Iterator, Sequence

from libs.store.requests import KEPT
from libs.subject_data import ANSWER_BYTES, ANSWER_ROWS, Holdings

NOT_SEARCHED = (
    "every service: the answers that are kept so that a repeated request gets the first one again may show a person as "
    f"stored at that time; nothing finds them but that request, and each is deleted after {KEPT.days} days"
)


def withheld(loaded: Sequence[Holdings]) -> tuple[str, ...]:
    """One sentence for each thing left out: masked data of other persons by service and kind; by service rows beyond
    the limit, possible aliases, and rows not renewed yet; recorded answers, which no service searches."""
    cut = (_cut(one.service) for one in loaded if one.cut)
    resembling = (_possible(one) for one in loaded if one.possible)
    unrenewed = (_unrenewed(one.service) for one in loaded if not one.renewed)
    return (*_masked(loaded), *cut, *resembling, *unrenewed, NOT_SEARCHED)


def _cut(service: str) -> str:
    return (
        f"{service}: more rows were found than the {ANSWER_ROWS} rows or {ANSWER_BYTES // 1024**2} MiB that an answer "
        "holds; those beyond were neither read nor searched for further aliases. As a rule many persons share an "
        "alias; ask anew without it"
    )


def _possible(one: Holdings) -> str:
    return (
        f"{one.service}: {len(one.possible)} addresses or numbers resemble one that was searched (a mailbox with "
        "another +tag or without, a phone number without area code) and may be somebody else's; whoever answers this "
        "request can see them. If they are yours, ask anew and name them"
    )


def _unrenewed(service: str) -> str:
    return (
        f"{service}: rows of an earlier release of this system were still being written anew; one of them in which an "
        "address is spelled in an unusual way was not found. Ask anew in an hour"
    )


def _masked(loaded: Iterable[Holdings]) -> Iterator[str]:
    for one in loaded:
        for section in one.sections:
            if counts := ", ".join(f"{count} {what}" for what, count in sorted(section.masked.items())):
                yield f"{one.service}, {section.kind}: {counts} masked as ***, being another's (rights of others)"
