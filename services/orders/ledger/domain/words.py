"""The steps of an entry in words and figures, for whoever asks why it has its amount."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from services.orders.ledger.domain.entry import Entry, EntryKind
from services.orders.ledger.domain.rating import Step, StepKind

_BASE_DIGITS, _AMOUNT_DIGITS = 4, 8

_SAYS: Mapping[StepKind, Callable[[Step, str], str]] = {
    StepKind.BASE: lambda step, _: f"The line is {_base(step, step.about)} net of tax and freight.",
    StepKind.CONVERTED: lambda step, currency: f"It is converted into {currency} with the rate {step.about}.",
    StepKind.SPLIT: lambda step, currency: f"The beneficiary has {_percent(step)} of it: {_base(step, currency)}.",
    StepKind.TAKEN_BACK: lambda step, currency: f"{step.about} took {_base(step, currency)} of it back.",
    StepKind.BAND: lambda step, currency: (
        f"{_base(step, currency)} lie in band {step.about}: {_percent(step)} are {_amount(step, currency)}."
    ),
    StepKind.ACCELERATOR: lambda step, currency: (
        f"{_base(step, currency)} are above the quota: {_percent(step)} more are {_amount(step, currency)}."
    ),
    StepKind.CAP: lambda step, currency: (
        f"The period pays at most {_base(step, currency)}, which leaves {_amount(step, currency)} for this line."
    ),
    StepKind.FLOOR: lambda step, currency: (
        f"The period pays at least {_base(step, currency)}, which makes this line {_amount(step, currency)}."
    ),
    StepKind.EARNED_BEFORE: lambda step, currency: f"The line had earned {_amount(step, currency)}.",
    StepKind.POSTED_BEFORE: lambda step, currency: (
        f"The entries until {step.about} came to {_amount(step, currency)}; this entry is the difference."
    ),
    StepKind.PERIOD_CLOSED: lambda step, _: (
        f"The period from {step.about} on was closed, so the entry is an adjustment in the open one."
    ),
}


def sentences(entry: Entry) -> tuple[str, ...]:
    """Why the entry has its amount, a sentence for each step, and the amount at the end."""
    said = tuple(_SAYS[step.kind](step, entry.currency) for step in entry.steps)
    return (*said, f"{_KINDS[entry.kind]} {_decimal(entry.amount, _AMOUNT_DIGITS)} {entry.currency}.")


_KINDS: Mapping[EntryKind, str] = {
    EntryKind.ACCRUE: "Earned:",
    EntryKind.ADJUST: "Adjusted:",
    EntryKind.CLAWBACK: "Taken back:",
    EntryKind.SETTLE: "Settled:",
    EntryKind.PAY: "Paid:",
}


def _base(step: Step, currency: str) -> str:
    return f"{_decimal(step.base, _BASE_DIGITS)} {currency}"


def _amount(step: Step, currency: str) -> str:
    return f"{_decimal(step.amount, _AMOUNT_DIGITS)} {currency}"


def _percent(step: Step) -> str:
    return f"{_decimal(step.basis_points, 2)} %"


def _decimal(amount: int, digits: int) -> str:
    """The decimal with at least two places, without further zeros."""
    whole, _, rest = f"{Decimal(amount).scaleb(-digits):f}".partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"
