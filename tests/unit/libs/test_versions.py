"""Versions of a rule: which one applies on a day, against a list of days kept beside; withdrawn ones never do."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import AppError, WrongState
from libs.versions import (
    CodedVersion,
    EffectiveTooSoon,
    RuleState,
    RuleVersion,
    VersionInForce,
    VersionNotLater,
    applying,
    in_force,
    published,
    withdrawn,
)
from tests.builders import NOW, an_id

TODAY = NOW.date()
NOTICE = 14


def a_draft(number: int) -> RuleVersion:
    return RuleVersion(id=an_id("apr", number), number=number, create_time=NOW, update_time=NOW)


def publish(rule: RuleVersion, day: date, others: list[RuleVersion], today: date = TODAY) -> RuleVersion:
    return published(rule, day, others, name="rule", notice_days=NOTICE, today=today, now=NOW)


def test_a_version_applies_after_its_notice_and_after_those_before_it() -> None:
    day = TODAY + timedelta(days=NOTICE)
    rule = publish(a_draft(1), day, [])
    assert (rule.state, rule.effective_day, rule.publish_time) == (RuleState.PUBLISHED, day, NOW)
    with pytest.raises(EffectiveTooSoon) as early:
        publish(a_draft(1), day - timedelta(days=1), [])
    assert early.value.metadata["earliest_day"] == day.isoformat()
    with pytest.raises(WrongState):
        publish(rule, day, [])
    with pytest.raises(VersionNotLater):
        publish(a_draft(2), day, [rule])


def test_of_each_rule_its_own_latest_version_applies() -> None:
    def version(code: str, number: int, day: date | None, state: RuleState = RuleState.PUBLISHED) -> CodedVersion:
        one = CodedVersion(id=an_id("sgm", number), code=code, number=number, create_time=NOW, update_time=NOW)
        return replace(one, effective_day=day, state=state)

    april, july = date(2026, 4, 1), date(2026, 7, 1)
    old, new, other = version("A", 1, april), version("A", 2, july), version("B", 1, july)
    rest = [version("A", 3, april, RuleState.WITHDRAWN), version("B", 2, None, RuleState.DRAFT)]
    assert applying([new, *rest, old, other], april - timedelta(days=1)) == {}
    assert applying([new, *rest, old, other], april) == {"A": old}
    assert applying([new, *rest, old, other], july) == {"A": new, "B": other}


def test_a_version_is_withdrawn_before_its_first_day_and_never_after() -> None:
    day = TODAY + timedelta(days=NOTICE)
    rule = publish(a_draft(1), day, [])
    gone = withdrawn(rule, name="rule", today=day - timedelta(days=1), now=NOW)
    assert (gone.state, gone.effective_day) == (RuleState.WITHDRAWN, day)
    with pytest.raises(VersionInForce):
        withdrawn(rule, name="rule", today=day, now=NOW)
    for one in (gone, a_draft(2)):
        with pytest.raises(WrongState):
            withdrawn(one, name="rule", today=TODAY, now=NOW)


@given(
    st.lists(st.tuples(st.sampled_from(["publish", "withdraw"]), st.integers(0, 60), st.integers(0, 9)), max_size=30)
)
def test_on_each_day_the_last_version_applies_that_was_published_for_it_and_not_withdrawn(
    acts: list[tuple[str, int, int]],
) -> None:
    versions: list[RuleVersion] = []
    days: dict[str, date] = {}  # the versions that count, as a list kept by hand
    today = TODAY
    for act, ahead, passing in acts:
        try:
            if act == "publish":
                rule = publish(a_draft(len(versions) + 1), today + timedelta(days=ahead), versions, today)
                assert rule.effective_day is not None
                versions.append(rule)
                days[rule.id] = rule.effective_day
            elif versions:
                place = ahead % len(versions)
                versions[place] = withdrawn(versions[place], name="rule", today=today, now=NOW)
                del days[versions[place].id]
        except AppError:
            pass
        today += timedelta(days=passing)
        for day in (today, today + timedelta(days=20)):
            due = sorted((since, id) for id, since in days.items() if since <= day)
            found = in_force(versions, day)
            assert (found.id if found else None) == (due[-1][1] if due else None)
        assert len({*days.values()}) == len(days)
