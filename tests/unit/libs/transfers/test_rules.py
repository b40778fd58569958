"""What a registered transfer permits, against conditions written out one by one."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from libs.transfers.rules import Leaving, TransferFacts, permits

TODAY = date(2026, 6, 15)
DAYS = st.integers(-2, 2).map(lambda days: TODAY + timedelta(days=days))
CATEGORIES = st.lists(
    st.sampled_from(["user", "user.name", "user.contact", "user.contact.email", "user.contacts"]), max_size=3
).map(tuple)
FACTS = st.builds(
    TransferFacts,
    id=st.just("trf_local_1"),
    facts_version=st.just(1),
    flow=st.just("directory"),
    purpose=st.sampled_from(["essential", "marketing"]),
    categories=CATEGORIES,
    recipient_country=st.sampled_from(["CN", "SG"]),
    valid_from=DAYS,
    valid_until=st.none() | DAYS,
    ended=st.booleans(),
    blocked_year=st.sampled_from([0, 2025, 2026]),
)
LEAVING = st.builds(
    Leaving,
    categories=CATEGORIES,
    purpose=st.sampled_from(["", "essential", "marketing"]),
    country=st.sampled_from(["", "CN", "SG"]),
)


def _objections(one: TransferFacts, leaving: Leaving) -> set[str]:
    """Every reason against it, by another way to compare categories."""
    found = set()
    if one.ended:
        found.add("ENDED")
    if one.valid_from > TODAY:
        found.add("NOT_YET_VALID")
    if one.valid_until and one.valid_until < TODAY:
        found.add("EXPIRED")
    if leaving.purpose and leaving.purpose != one.purpose:
        found.add("WRONG_PURPOSE")
    if leaving.country and leaving.country != one.recipient_country:
        found.add("WRONG_COUNTRY")
    for category in leaving.categories:
        parts = category.split(".")
        if not {".".join(parts[:length]) for length in range(1, len(parts) + 1)} & set(one.categories):
            found.add("WRONG_CATEGORY")
    if one.blocked_year == 2026:
        found.add("OVER_THRESHOLD")
    return found


@given(FACTS, LEAVING)
def test_a_transfer_permits_exactly_what_nothing_is_against(facts: TransferFacts, leaving: Leaving) -> None:
    against = _objections(facts, leaving)
    reason = permits([facts], leaving, today=TODAY)
    assert reason in against if against else reason == ""


@given(st.lists(FACTS, max_size=4), LEAVING)
def test_one_of_several_is_enough_and_none_is_unregistered(known: list[TransferFacts], leaving: Leaving) -> None:
    permitted = any(not _objections(one, leaving) for one in known)
    reason = permits(known, leaving, today=TODAY)
    assert (reason == "") is permitted
    assert (reason == "UNREGISTERED") is (not known)
