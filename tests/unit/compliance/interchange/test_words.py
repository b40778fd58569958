"""Every type, law and state has a word in both protocols; an unknown word is refused, and known ones are read back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import InvalidInput
from services.compliance.clocks.domain.regimes import Regime, RequestType
from services.compliance.interchange.domain import Protocol, Translated, status_of, translate
from services.compliance.requests.domain.moves import OPEN
from services.compliance.requests.domain.states import DenialReason, RequestState
from tests.unit.compliance.asked import a_request

OPENDSR, DRP = Protocol.OPENDSR, Protocol.DATA_RIGHTS_PROTOCOL
# What each protocol defines, from its specification.
TYPES = {
    OPENDSR: {"access", "portability", "erasure"},
    DRP: {"access", "deletion", "sale:opt_out", "sale:opt_in", "access:categories", "access:specific"},
}
STATUSES = {
    OPENDSR: {"pending", "in_progress", "completed", "cancelled"},
    DRP: {"open", "in_progress", "fulfilled", "revoked", "denied", "expired"},
}
REASONS = {
    *("suspected_fraud", "insuf_verification", "no_match", "claim_not_covered", "outside_jurisdiction"),
    *("too_many_requests", "other"),
}


def _translated(protocol: Protocol, **words: str) -> Translated:
    return translate(protocol, **{"type": "", "regime": "", "status": "", "reason": "", **words})


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("state", RequestState)
def test_every_state_has_a_status_of_the_protocol(protocol: Protocol, state: RequestState) -> None:
    told = status_of(a_request(state=state), protocol)
    assert told.status in STATUSES[protocol]
    assert _translated(protocol, status=told.status).state is not None
    ended = {"completed", "cancelled", "fulfilled", "revoked", "denied", "expired"}
    assert (told.status in ended) == (state not in OPEN)


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("type", RequestType)
def test_every_type_has_a_word_that_is_read_back(protocol: Protocol, type: RequestType) -> None:
    told = status_of(a_request(type=type), protocol).type
    assert told in TYPES[protocol] or told == f"prm:{type.name.lower()}"
    assert re.fullmatch("[a-z_:]{1,40}", told)
    assert _translated(protocol, type=told).type is type


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("regime", Regime)
def test_every_law_has_a_word_that_is_read_back(protocol: Protocol, regime: Regime) -> None:
    told = status_of(a_request(regime=regime), protocol).regime
    assert re.fullmatch("[a-z0-9_:]{1,40}", told)
    assert _translated(protocol, regime=told).regime is regime


def test_what_a_protocol_defines_is_read_but_for_a_type_that_is_none_here() -> None:
    for protocol, types in TYPES.items():
        for word in types - {"sale:opt_in"}:
            assert _translated(protocol, type=word).type is not None
        for word in STATUSES[protocol]:
            assert _translated(protocol, status=word).state is not None
    with pytest.raises(InvalidInput):
        _translated(DRP, type="sale:opt_in")


@pytest.mark.parametrize("reason", DenialReason)
def test_the_reasons_of_a_denial_are_those_of_the_data_rights_protocol(reason: DenialReason) -> None:
    denied = a_request(state=RequestState.DENIED, denial_reason=reason)
    told = status_of(denied, DRP).reason
    assert told in REASONS
    assert _translated(DRP, reason=told).denial_reason is reason
    assert status_of(denied, OPENDSR).reason == ""


def test_a_request_that_waits_for_a_proof_needs_verification() -> None:
    verifying = a_request(state=RequestState.VERIFYING_IDENTITY)
    assert (status_of(verifying, DRP).status, status_of(verifying, DRP).reason) == (
        "in_progress",
        "need_user_verification",
    )


@given(st.sampled_from(Protocol), st.sampled_from(["type", "regime", "status", "reason"]), st.text(min_size=1))
def test_any_word_is_known_or_refused_by_its_field(protocol: Protocol, field: str, word: str) -> None:
    assert _refused(protocol, field, word) in ([], [(field, "UNKNOWN_VALUE")])


def _refused(protocol: Protocol, field: str, word: str) -> list[tuple[str, str]]:
    """The violations; empty if the word means something."""
    try:
        found = _translated(protocol, **{field: word})
    except InvalidInput as refused:
        return [(one.field, one.reason) for one in refused.violations]
    return [] if found != Translated() else [("nothing", word)]


def test_every_unknown_word_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        _translated(OPENDSR, type="deletion", regime="lgpd", status="done", reason="no_match")
    assert [one.field for one in refused.value.violations] == ["type", "regime", "status", "reason"]
