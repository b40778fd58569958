"""What the cells of the tables of laws say."""

import pytest

from libs.deadlines import CalendarDays, CalendarMonths, ElapsedTime, WorkingDays
from services.compliance.law.domain.tables import allowance_of


@pytest.mark.parametrize(
    ("text", "allowance"),
    [
        ("1 month", CalendarMonths(months=1, roll_forward=False)),
        ("3 months rolled", CalendarMonths(months=3)),
        ("0 days", CalendarDays(days=0)),
        ("45 days rolled", CalendarDays(days=45, roll_forward=True)),
        ("10 working days", WorkingDays(days=10)),
        ("72 hours", ElapsedTime(hours=72)),
    ],
)
def test_a_term_is_what_it_says(text: str, allowance: object) -> None:
    assert allowance_of(text) == allowance


@pytest.mark.parametrize("text", ["", "month", "1", "-1 days", "1.5 days", "2 weeks", "72 hours rolled", "1 day 2"])
def test_anything_else_is_no_term(text: str) -> None:
    with pytest.raises(ValueError, match="no term"):
        allowance_of(text)
