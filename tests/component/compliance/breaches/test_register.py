"""A breach from its first hour to its end: what is due, what was told, who closes it."""

from datetime import timedelta

import pytest

from libs.errors import InvalidInput, NotFound, WrongState
from libs.person import PersonalText
from libs.store.port import Query
from services.compliance.breaches.documents import BREACHES, NOTICES
from services.compliance.breaches.domain.breach import NoticesOutstanding
from services.compliance.breaches.domain.states import BreachState, NoticeAddressee, NoticeStep
from services.compliance.breaches.usecases.notices import (
    DraftNotice,
    ExplainNoticeClock,
    ListDueNotices,
    ListNotices,
    draft_notice,
    explain_notice_clock,
    list_due_notices,
    list_notices,
)
from services.compliance.breaches.usecases.register import AmendBreach, ListBreaches, amend_breach, list_breaches
from services.compliance.clocks.domain.regimes import Regime
from tests.builders import an_id
from tests.component.compliance.breaches.acts import ask_to_close, confirm, record, tell
from tests.component.compliance.harness import Harness
from tests.unit.compliance.breaches.facts import facts_of


async def due(harness: Harness, **filters: object) -> list[tuple[str, str, bool]]:
    """Breach, clock and whether it is overdue."""
    found, _ = await harness.look(list_due_notices, ListDueNotices, **filters)
    return [(one.breach_id, one.clock.name, one.overdue) for one in found]


async def test_what_is_due_first_comes_first_until_it_was_told(harness: Harness) -> None:
    german, chinese = await record(harness, "DE"), await record(harness, "CN")
    expected = [
        (chinese.id, "pipl.authority.initial", False),
        (chinese.id, "pipl.persons.initial", False),
        (german.id, "gdpr.authority.initial", False),
        (german.id, "gdpr.persons.initial", False),
    ]
    assert await due(harness) == expected
    now = harness.clock.now()
    assert await due(harness, due_before=now + timedelta(hours=4)) == []
    assert await due(harness, due_before=now + timedelta(hours=4, seconds=1)) == expected[:1]
    harness.clock.advance(timedelta(hours=4))
    assert (await due(harness))[0] == (chinese.id, "pipl.authority.initial", True)
    late = PersonalText(text="The holidays.")
    notice = await tell(harness, chinese, chinese.clocks[0], delay_reason=late)
    assert (notice.late, notice.delay_reason, notice.tell_time) == (True, late, harness.clock.now())
    assert await due(harness) == [*expected[2:], expected[1]]


async def test_two_persons_close_it_after_everybody_was_told(harness: Harness) -> None:
    breach = await record(harness, "DE")
    with pytest.raises(NoticesOutstanding):
        await ask_to_close(harness, breach)
    for clock in breach.clocks:
        await tell(harness, breach, clock)
    asked = await ask_to_close(harness, breach)
    assert (await harness.value(BREACHES, breach.id)).state is BreachState.OPEN
    await confirm(harness, asked.decision)
    assert (await harness.value(BREACHES, breach.id)).state is BreachState.CLOSED
    with pytest.raises(WrongState):
        await tell(harness, breach, breach.clocks[0])
    assert await due(harness) == []
    assert harness.names() == [
        "BreachRecorded",
        "BreachNoticeRecorded",
        "BreachNoticeRecorded",
        "DecisionProposed",
        "DecisionConfirmed",
        "BreachClosed",
    ]


async def test_who_was_told_when_is_listed_and_a_second_notice_changes_no_first(harness: Harness) -> None:
    breach = await record(harness, "DE")
    first = await tell(harness, breach, breach.clocks[0], reference="DE-117")
    harness.clock.advance(timedelta(days=5))
    second = await tell(harness, breach, breach.clocks[0], reference="DE-118")
    page = await harness.look(list_notices, ListNotices, breach_id=breach.id)
    assert [one.value for one in page.rows] == [first, second]
    assert (first.late, second.late, first.person_count) == (False, False, 0)
    assert (await harness.value(BREACHES, breach.id)).clocks[0].tell_time == first.tell_time
    with pytest.raises(NotFound):
        await harness.look(list_notices, ListNotices, breach_id=an_id("brc"))


async def test_a_wrong_notice_is_refused_with_every_fault_and_not_recorded(harness: Harness) -> None:
    breach = await record(harness, "DE")
    persons = breach.clocks[1]
    with pytest.raises(InvalidInput) as refused:
        await tell(harness, breach, persons, person_count=0, tell_time=harness.clock.now() + timedelta(days=4))
    assert [one.reason for one in refused.value.violations] == ["IN_THE_FUTURE", "NO_DELAY_REASON", "NO_PERSONS"]
    assert (await harness.env.store.find(Query(kind=NOTICES))).rows == []
    assert await harness.value(BREACHES, breach.id) == breach


async def test_a_country_that_is_learnt_of_late_has_its_clock_from_the_first_hour(harness: Harness) -> None:
    breach = await record(harness, "DE")
    harness.clock.advance(timedelta(hours=10))
    amended = await harness.run(amend_breach, AmendBreach, id=breach.id, facts=facts_of("DE", "CN"))
    assert (breach.id, "pipl.authority.initial", True) in await due(harness)
    assert amended.aware_time == breach.aware_time
    again = await harness.run(amend_breach, AmendBreach, id=breach.id, facts=facts_of("DE", "CN"))
    assert again == amended
    assert harness.names() == ["BreachRecorded", "BreachAmended"]


async def test_every_fault_is_named_and_nothing_is_recorded(harness: Harness) -> None:
    with pytest.raises(InvalidInput) as refused:
        await record(
            harness,
            "XQ",
            categories=("system",),
            happen_time=harness.clock.now() + timedelta(days=2),
            aware=harness.clock.now() + timedelta(days=1),
        )
    assert [one.reason for one in refused.value.violations] == [
        "UNKNOWN_CATEGORY",
        "UNKNOWN_COUNTRY",
        "IN_THE_FUTURE",
        "TIMES_OUT_OF_ORDER",
    ]
    assert (harness.told, (await harness.look(list_breaches, ListBreaches)).rows) == ([], [])


async def test_a_deadline_is_explained_and_an_unknown_one_is_not_found(harness: Harness) -> None:
    breach = await record(harness, "BR")
    wanted = {"breach_id": breach.id, "regime": Regime.LGPD, "addressee": NoticeAddressee.AUTHORITY}
    found = await harness.look(explain_notice_clock, ExplainNoticeClock, step=NoticeStep.INITIAL, **wanted)
    assert found.deadline.due == found.clock.due_time == breach.next_due_time
    assert found.deadline.rule == "lgpd.authority.initial"
    with pytest.raises(NotFound):
        await harness.look(explain_notice_clock, ExplainNoticeClock, step=NoticeStep.DETAIL, **wanted)


async def test_a_draft_has_the_settings_of_the_vendor_and_says_its_language(harness: Harness) -> None:
    breach = await record(harness, "DE")
    wanted = {"breach_id": breach.id, "regime": Regime.GDPR, "addressee": NoticeAddressee.PERSONS}
    made = await harness.look(draft_notice, DraftNotice, **wanted)
    assert ("A laptop was stolen." in made.text.text, made.language) == (True, "en")
    assert "controller_name" in made.missing


async def test_whoever_a_text_names_finds_the_breach_and_the_notice(harness: Harness) -> None:
    thief, clerk = an_id("psn", 1), an_id("psn", 2)
    breach = await record(harness, "CN", what_happened=PersonalText(person_id=thief, text="It was she."))
    harness.clock.advance(timedelta(hours=5))
    reason = PersonalText(person_id=clerk, text="He was asleep.")
    notice = await tell(harness, breach, breach.clocks[0], delay_reason=reason)
    for alias, kind in ((thief, "breach"), (clerk, "breach_notice")):
        request = await harness.search(await harness.ask(("PERSON_ID", alias)))
        counts = {one.kind: one.rows for answer in request.present_answers for one in answer.counts if one.rows}
        assert counts[kind] == 1, (counts, notice.id)
