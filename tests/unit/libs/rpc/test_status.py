"""A status is small enough for any client's headers, and loses nothing of what fits."""

from hypothesis import given
from hypothesis import strategies as st

from libs.errors import AppError, Code, InvalidInput, Violation
from libs.language import LANGUAGES
from libs.rpc.client import CallFailed
from libs.rpc.status import refusal_status

HEADERS_BYTES = 8 * 1024
violations = st.builds(Violation, st.text(max_size=400), st.text(max_size=900), st.sampled_from(["WRONG", "MISSING"]))


class Refused(AppError):
    """Any refusal."""

    code, reason = Code.FAILED_PRECONDITION, "REFUSED"


@given(st.lists(violations, min_size=1, max_size=120))
def test_many_violations_fit_and_the_rest_is_counted(found: list[Violation]) -> None:
    status = refusal_status(InvalidInput(found))
    assert len(status.SerializeToString()) * 4 / 3 + 3 * len(status.message.encode()) < HEADERS_BYTES
    shown = CallFailed("INVALID_ARGUMENT", status.message, status).violations
    whole = [one for one in shown if one.reason != "MORE_VIOLATIONS"]
    assert len(whole) == len(found) or shown[-1].description.startswith(f"{len(found) - len(whole)} more")


@given(st.lists(violations, min_size=1, max_size=120), st.sampled_from(LANGUAGES))
def test_violations_fit_in_every_language(found: list[Violation], language: str) -> None:
    known = [one._replace(reason="NOT_DELIVERABLE") for one in found]
    status = refusal_status(InvalidInput(known), language)
    assert len(status.SerializeToString()) * 4 / 3 + 3 * len(status.message.encode()) < HEADERS_BYTES


@given(st.text(max_size=5_000), st.dictionaries(st.sampled_from("abcde"), st.text(max_size=5_000)))
def test_any_refusal_fits(message: str, metadata: dict[str, str]) -> None:
    status = refusal_status(Refused(message, **metadata))
    assert len(status.SerializeToString()) * 4 / 3 + 3 * len(status.message.encode()) < HEADERS_BYTES


def test_twenty_ordinary_violations_are_all_told() -> None:
    found = [Violation(f"lines[{n}].quantity", "must be greater than 0", "INT64_GT") for n in range(20)]
    status = refusal_status(InvalidInput(found))
    assert CallFailed("INVALID_ARGUMENT", status.message, status).violations == tuple(found)


def test_what_does_not_fit_is_counted() -> None:
    found = [Violation(f"rows[{n}].customer.legal_name", "must be " + "short" * 30, "TOO_LONG") for n in range(100)]
    status = refusal_status(InvalidInput(found))
    shown = CallFailed("INVALID_ARGUMENT", status.message, status).violations
    assert len(status.SerializeToString()) * 4 / 3 + 3 * len(status.message.encode()) < HEADERS_BYTES
    assert shown[:-1] == tuple(found[: len(shown) - 1])
    assert shown[-1].reason == "MORE_VIOLATIONS"
    assert shown[-1].description.startswith(f"{100 - len(shown) + 1} more")
