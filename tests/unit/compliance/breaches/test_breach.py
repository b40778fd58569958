"""A breach stays open until everybody was told; what runs and what was told survives other facts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import WrongState
from libs.person import PersonalText
from services.compliance.breaches.domain.breach import (
    Breach,
    BreachNotice,
    NoticeClock,
    NoticesOutstanding,
    amend,
    close,
    facts_violations,
    is_late,
    notice_violations,
    tell,
)
from services.compliance.breaches.domain.draft import Controller, draft
from services.compliance.breaches.domain.states import BreachRisk, BreachState, NoticeAddressee, NoticeStep
from services.compliance.clocks.domain.regimes import Regime
from tests.unit.compliance.breaches.facts import AWARE, ZONE, breach_of, clocks, facts_of

NOW = AWARE + timedelta(hours=1)
LONG_AFTER = AWARE + timedelta(days=30)


def notice_of(breach: Breach, clock: NoticeClock, told: datetime = NOW, **fields: Any) -> BreachNotice:
    """A notice by which a clock stops."""
    content: dict[str, Any] = {
        "id": "bnt_local_1",
        "breach_id": breach.id,
        "regime": clock.regime,
        "addressee": clock.addressee,
        "step": clock.step,
        "recipient": "LfDI",
        "person_count": 1200,
        "tell_time": told,
        "late": is_late(breach, clock.key, told),
        "recorder": "dev:anna",
        "create_time": told,
        **fields,
    }
    return BreachNotice(**content)


def all_told(breach: Breach) -> Breach:
    """The breach once every notice was given."""
    for clock in breach.clocks:
        breach, _ = tell(breach, notice_of(breach, clock), now=NOW)
    return breach


MOVES: dict[str, Callable[[Breach], Any]] = {
    "amend": lambda one: amend(one, facts_of("FR"), clocks("FR"), now=NOW),
    "tell": lambda one: tell(one, notice_of(one, one.clocks[0]), now=NOW),
    "close": lambda one: close(one, now=NOW),
}


@pytest.mark.parametrize("name", MOVES)
def test_a_closed_breach_never_changes(name: str) -> None:
    told = all_told(breach_of("DE"))
    MOVES[name](told)
    with pytest.raises(WrongState):
        MOVES[name](replace(told, state=BreachState.CLOSED))


def test_it_is_closed_only_once_every_notice_was_given() -> None:
    breach = breach_of("RU")
    for place, clock in enumerate(breach.clocks):
        with pytest.raises(NoticesOutstanding) as refused:
            close(breach, now=NOW)
        assert refused.value.metadata["notices"].count(",") == len(breach.clocks) - place - 1
        breach, event = tell(breach, notice_of(breach, clock), now=NOW)
        assert not event.late
    assert close(breach, now=NOW)[0].state is BreachState.CLOSED


@given(times=st.lists(st.integers(1, 200), min_size=1, max_size=6))
def test_the_next_deadline_is_the_first_of_those_not_told(times: list[int]) -> None:
    breach = breach_of("CN", "DE", "BR", "RU")
    told = set()
    for place, hours in enumerate(times):
        clock = breach.clocks[(place * 3 + hours) % len(breach.clocks)]
        told.add(clock.key)
        at = AWARE + timedelta(hours=hours)
        breach, _ = tell(breach, notice_of(breach, clock, at), now=at)
        left = [one.due_time for one in breach.clocks if one.key not in told]
        assert breach.next_due_time == (min(left) if left else None)
        assert {one.key for one in breach.clocks if one.tell_time is not None} == told


def test_a_notice_at_its_deadline_is_late_and_one_before_it_is_not() -> None:
    breach = breach_of("DE")
    clock = breach.clocks[0]
    assert is_late(breach, clock.key, clock.due_time)
    assert not is_late(breach, clock.key, clock.due_time - timedelta(microseconds=1))
    in_time, _ = tell(breach, notice_of(breach, clock), now=NOW)
    assert not is_late(in_time, clock.key, LONG_AFTER), "a second one after a first in time"
    assert not is_late(breach, (Regime.CCPA, NoticeAddressee.PERSONS, NoticeStep.INITIAL), LONG_AFTER)


def test_other_facts_start_and_end_clocks_and_keep_what_runs_and_what_was_told() -> None:
    breach = breach_of("DE", "CN")
    german = next(one for one in breach.clocks if one.name == "gdpr.authority.initial")
    breach, _ = tell(breach, notice_of(breach, german), now=NOW)
    older = tuple(replace(one, due_time=one.due_time + timedelta(hours=1)) for one in clocks("BR", "CN"))
    after, event = amend(breach, facts_of("BR", "CN"), older, now=NOW)
    found = {one.name: one for one in after.clocks}
    assert found["gdpr.authority.initial"].tell_time == NOW, "it was told"
    assert "gdpr.persons.initial" not in found, "no German is affected"
    assert found["pipl.authority.initial"] in breach.clocks, "a running clock keeps its deadline"
    assert "lgpd.authority.initial" in found
    assert event.next_due_time == after.next_due_time == found["pipl.authority.initial"].due_time


FACTS: list[tuple[dict[str, Any], datetime, list[tuple[str, str]]]] = [
    ({}, AWARE, []),
    ({"happen_time": AWARE}, AWARE, []),
    ({"happen_time": AWARE + timedelta(seconds=1)}, AWARE, [("facts.happen_time", "TIMES_OUT_OF_ORDER")]),
    ({}, NOW + timedelta(seconds=1), [("aware_time", "IN_THE_FUTURE")]),
    (
        {"countries": ("DE", "XQ"), "categories": ("system",)},
        AWARE,
        [("facts.categories[0]", "UNKNOWN_CATEGORY"), ("facts.countries[1]", "UNKNOWN_COUNTRY")],
    ),
]


@pytest.mark.parametrize(("fields", "aware", "wrong"), FACTS)
def test_every_fault_of_the_facts_is_named(
    fields: dict[str, Any], aware: datetime, wrong: list[tuple[str, str]]
) -> None:
    found = facts_violations(replace(facts_of(), **fields), aware, NOW)
    assert [(one.field, one.reason) for one in found] == wrong


def test_every_fault_of_a_notice_is_named() -> None:
    breach = breach_of("DE")
    authority, persons = breach.clocks
    assert not list(notice_violations(breach, notice_of(breach, authority), NOW))
    future = notice_of(breach, persons, LONG_AFTER, person_count=0, delay_reason=PersonalText(text=" "))
    assert [one.reason for one in notice_violations(breach, future, NOW)] == [
        "IN_THE_FUTURE",
        "NO_DELAY_REASON",
        "NO_PERSONS",
    ]
    early = notice_of(breach, authority, AWARE - timedelta(seconds=1))
    assert [one.reason for one in notice_violations(breach, early, NOW)] == ["TIMES_OUT_OF_ORDER"]
    explained = notice_of(breach, authority, LONG_AFTER, delay_reason=PersonalText(text="We were asleep."))
    assert not list(notice_violations(breach, explained, LONG_AFTER))


def test_a_draft_says_what_is_known_and_names_what_is_not() -> None:
    breach = breach_of("DE", consequences=PersonalText(text="Somebody may write to them."), happen_time=AWARE)
    bare = draft(breach, Regime.GDPR, NoticeAddressee.AUTHORITY, Controller(), zone=ZONE)
    assert bare.missing == ("controller_name", "controller_contact", "record_count", "measures")
    controller = Controller(name="Nordlicht AG", address="Kiel", contact="privacy@example.org")
    whole = replace(breach, facts=replace(breach.facts, record_count=3, measures=PersonalText(text="It was wiped.")))
    for addressee, words in (
        (NoticeAddressee.AUTHORITY, ("GDPR Art. 33(1)", "about 1,200", "2026-03-06 10:00 CET", "Nordlicht AG, Kiel")),
        (NoticeAddressee.PERSONS, ("which includes yours", "user.contact.email", "Nordlicht AG")),
    ):
        text, missing = draft(whole, Regime.GDPR, addressee, controller, zone=ZONE)
        assert missing == ()
        for word in (*words, "A laptop was stolen.", "It was wiped.", "Somebody may write to them.", "is high"):
            assert word in text, word
        assert "[not set]" not in text


def test_a_risk_reaches_itself_and_lower_ones() -> None:
    order = list(BreachRisk)
    assert [[one.reaches(least) for least in order] for one in order] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]
