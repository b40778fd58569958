"""The samples of mappings: those of leads and campaigns become what they say, and bad rows are named."""

import pytest

from services.imports.mapping import read
from services.imports.mappings import path_of, sampled, samples
from tests.unit.imports.samples import checked, plain, said


def test_what_partners_and_agencies_send_in_has_a_sample() -> None:
    assert sampled() == ("campaigns", "leads", "stock_reports")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        (
            "campaigns",
            ["c-1", "c-2", "c-3", "c-4"],
            [("REFUSED", 6, "kind", "UNKNOWN_VALUE"), ("REFUSED", 7, "name", "MISSING")],
        ),
        (
            "leads",
            ["l-1", "l-2", "l-3", "l-4"],
            [("REFUSED", 6, "customer.legal_name", "MISSING"), ("REFUSED", 7, "source", "UNKNOWN_VALUE")],
        ),
    ],
)
def test_a_bad_row_is_named_and_keeps_no_other_back(
    name: str, good: list[str], bad: list[tuple[str, int, str, str]]
) -> None:
    messages, heard, _ = checked(read(path_of(name)), samples())
    assert [one["external_id"] for one in plain(messages)] == good
    assert said(heard) == bad


def test_a_row_of_each_sample_becomes_what_it_says() -> None:
    [fair, *_] = plain(checked(read(path_of("campaigns")), samples())[0])
    assert (fair["kind"], fair["state"], fair["product_lines"]) == (
        "CAMPAIGN_KIND_FAIR",
        "CAMPAIGN_STATE_ENDED",
        ["PUMPS"],
    )
    assert fair["actual_cost"] == {"currency_code": "EUR", "units": "13450", "nanos": 500_000_000}
    asked, online, nobody, _ = plain(checked(read(path_of("leads")), samples())[0])
    assert (asked["basis"], asked["consent_reference"]) == ("LEAD_BASIS_CONSENT", "card-0412")
    assert asked["create_time"] == "2025-03-11T09:20:00Z"
    assert [one["basis"] for one in (online, nobody)] == ["LEAD_BASIS_STEPS_BEFORE_CONTRACT", "LEAD_BASIS_NO_PERSON"]
    assert [field for field in ("contact", "text", "expected_amount", "product_lines") if field in nobody] == []
