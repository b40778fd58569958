"""What a package leaves out of the data that was found or may exist, with reasons."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum

import msgspec

from libs.store.requests import KEPT
from libs.subject_data import ANSWER_BYTES, ANSWER_ROWS, Holdings
from services.compliance.package.usecases.texts import Texts


class Ground(Enum):
    """Why something is left out. The value is the key of its text. MASKED: it is another person's. CUT: an answer has a
    bound. POSSIBLE: an alias resembles one of the person's. UNRENEWED: a row may not be found yet. RECORDED: recorded
    answers, which no service searches."""

    MASKED = "masked"
    CUT = "cut"
    POSSIBLE = "possible"
    UNRENEWED = "unrenewed"
    RECORDED = "recorded"


class Withheld(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is left out. counts: the numbers in its text, by name. kind: empty if it is about no kind."""

    ground: Ground
    service: str = ""
    kind: str = ""
    counts: dict[str, int]

    def sentence(self, texts: Texts, *, service: Callable[[str], str] = str, kind: Callable[[str], str] = str) -> str:
        """The sentence about it in a language. service, kind: how these are called there."""
        names = {"service": service(self.service), "kind": kind(self.kind)}
        return texts.text(f"withheld.{self.ground.value}", **names, **self.counts)


def withheld(loaded: Sequence[Holdings]) -> tuple[Withheld, ...]:
    """What is left out: masked data of other persons by service and kind; by service rows beyond the limit, possible
    aliases, and rows not renewed yet; recorded answers."""
    mebibytes = ANSWER_BYTES // 1024**2
    return (
        *_masked(loaded),
        *(_left_out(Ground.CUT, one, rows=ANSWER_ROWS, mebibytes=mebibytes) for one in loaded if one.cut),
        *(_left_out(Ground.POSSIBLE, one, count=len(one.possible)) for one in loaded if one.possible),
        *(_left_out(Ground.UNRENEWED, one) for one in loaded if not one.renewed),
        Withheld(ground=Ground.RECORDED, counts={"days": KEPT.days}),
    )


def _left_out(ground: Ground, holdings: Holdings, **counts: int) -> Withheld:
    return Withheld(ground=ground, service=holdings.service, counts=counts)


def _masked(loaded: Iterable[Holdings]) -> Iterator[Withheld]:
    for one in loaded:
        for section in one.sections:
            counts = {what: section.masked.get(what, 0) for what in ("persons", "texts", "fields")}
            if any(counts.values()):
                yield Withheld(ground=Ground.MASKED, service=one.service, kind=section.kind, counts=counts)
