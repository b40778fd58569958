"""A code is right once, in its time, within its attempts; an officer's check leads to the proof that was seen."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.person import Person
from services.compliance.requests.domain.states import IdentityProof
from services.compliance.verification.domain import (
    ATTEMPTS_PER_CODE,
    CODES_PER_REQUEST,
    CheckResult,
    CheckState,
    IdentityCheck,
    IdentityEvidence,
    Mandate,
    MandateType,
    NoValidCode,
    TooManyCodes,
    issue,
    new_check,
    record,
    try_code,
)
from tests.builders import NOW, an_id

CASE = an_id("dsr")
VALID = timedelta(minutes=15)
AGENT = Mandate(agent=Person(name="Agent"), type=MandateType.POWER_OF_ATTORNEY)
SEEN = (IdentityEvidence.PASSPORT, IdentityEvidence.CALL_BACK)


def _issued(check: IdentityCheck | None = None) -> IdentityCheck:
    return issue(check or new_check(CASE, NOW), 0, "hash", valid=VALID, now=NOW)[0]


def test_the_right_code_passes_the_check_once() -> None:
    passed, event = try_code(_issued(), right=True, now=NOW + VALID - timedelta(microseconds=1))
    assert (passed.state, passed.proof, passed.code_hash) == (CheckState.PASSED, IdentityProof.CODE, "")
    assert type(event).__name__ == "IdentityVerified"
    with pytest.raises(NoValidCode):
        try_code(passed, right=True, now=NOW)


def test_a_code_expires() -> None:
    with pytest.raises(NoValidCode):
        try_code(_issued(), right=True, now=NOW + VALID)


def test_without_a_code_none_is_right() -> None:
    with pytest.raises(NoValidCode):
        try_code(new_check(CASE, NOW), right=True, now=NOW)


@given(st.lists(st.sampled_from(["issue", "wrong"]), max_size=60))
def test_a_request_never_gets_more_than_25_guesses(steps: list[str]) -> None:
    check, guesses = new_check(CASE, NOW), 0
    for step in steps + ["issue", "wrong"] * 30:
        try:
            if step == "issue":
                check = _issued(check)
            else:
                check, _ = try_code(check, right=False, now=NOW)
                guesses += 1
        except (NoValidCode, TooManyCodes):
            continue
    assert guesses <= ATTEMPTS_PER_CODE * CODES_PER_REQUEST
    with pytest.raises(TooManyCodes):
        _issued(check)


@pytest.mark.parametrize("evidence", IdentityEvidence)
def test_what_an_officer_saw_first_is_the_proof(evidence: IdentityEvidence) -> None:
    passed, _ = record(_issued(), CheckResult.CONFIRMED, (evidence,), None, NOW)
    assert (passed.state, passed.seen, passed.attempts_left) == (CheckState.PASSED, (evidence,), 0)
    assert passed.proof is not None
    assert passed.proof.name in (evidence.name, "DOCUMENT")


def test_an_agent_is_proved_by_the_mandate() -> None:
    passed, _ = record(new_check(CASE, NOW), CheckResult.CONFIRMED, SEEN, AGENT, NOW)
    assert (passed.proof, passed.mandate) == (IdentityProof.MANDATE, AGENT)


def test_a_failed_check_voids_the_code_and_may_be_made_again() -> None:
    failed, event = record(_issued(), CheckResult.NOT_CONFIRMED, SEEN, None, NOW)
    assert (failed.state, failed.proof, type(event).__name__) == (CheckState.FAILED, None, "IdentityRejected")
    with pytest.raises(NoValidCode):
        try_code(failed, right=True, now=NOW)
    assert record(failed, CheckResult.CONFIRMED, SEEN, None, NOW)[0].state is CheckState.PASSED
