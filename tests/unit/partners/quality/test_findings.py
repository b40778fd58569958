"""Findings over any history of a record, against a plain model: who mended, what stays dismissed, what is opened again.

The events of changes arrive late, twice, and in between others; the model knows the true history.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from services.partners.quality.domain import findings
from services.partners.quality.domain.checks import Check
from services.partners.quality.domain.findings import Actor, Change, QualityFinding, QualityRecord, dismiss, look
from services.partners.quality.domain.rules import QualityOutcome, QualityRule
from services.partners.quality.domain.states import LIVE, QualityDismissal, QualityFindingState
from tests.builders import NOW, an_id

RULE = QualityRule.ADDRESS_GIVEN
HOUR = timedelta(hours=1)
CLARA = Actor(subject="dev:clara")

# A step: who changes what (the address to a good or a bad one, or another field), whether events arrive then.
CHANGES = st.tuples(st.sampled_from("ABC"), st.sampled_from(["good", "bad", "other"]))
STEPS = st.lists(st.one_of(CHANGES, st.just("arrive"), st.just("dismiss")), max_size=14)


class History:
    """A record with one rule; what was committed, and what was told and has not arrived."""

    def __init__(self) -> None:
        self.record = QualityRecord(id=an_id("ptn"), partner_id=an_id("ptn"), create_time=NOW, update_time=NOW)
        self.rows: dict[str, QualityFinding] = {}
        self.good, self.version, self.now = False, 1, NOW
        self.waiting: list[Change] = []
        self._ids = count(1)
        self.see(Change(at=NOW, version=1))

    def see(self, change: Change) -> None:
        """Look at the record as it is now."""
        outcome = QualityOutcome.KEPT if self.good else QualityOutcome.BROKEN
        live = {one.id: one for one in self.rows.values() if one.state in LIVE}
        seen = look(
            self.record,
            live,
            [Check(rule=RULE, outcome=outcome)],
            change=change,
            new_id=lambda: f"{next(self._ids):03}",
            now=self.now,
        )
        self.record = seen.record
        self.rows |= {one.id: one for one in seen.findings}

    def change(self, who: str, what: str) -> None:
        """Commit a change; its event waits."""
        self.version += 1
        self.now += timedelta(minutes=1)
        self.good = {"good": True, "bad": False}.get(what, self.good)
        touched = frozenset({RULE}) if what != "other" else frozenset[QualityRule]()
        self.waiting.append(Change(actor=Actor(subject=who), at=self.now, touched=touched, version=self.version))

    def arrive(self) -> None:
        """Every event arrives twice."""
        told, self.waiting = self.waiting, []
        for one in told * 2:
            behind = one.version < self.version
            self.see(Change(actor=one.actor, at=one.at, touched=one.touched, version=one.version, behind=behind))

    def dismiss(self) -> None:
        """Clara dismisses what is open."""
        self.now += timedelta(minutes=1)
        for one in [one for one in self.rows.values() if one.state is QualityFindingState.OPEN]:
            after, self.record = dismiss(one, self.record, QualityDismissal.CANNOT_BE_HAD, by=CLARA, now=self.now)
            self.rows[one.id] = after


def modelled(steps: Sequence[object]) -> list[tuple[str, str]]:
    """State and mender of each finding, from the history alone: between two arrivals only the last change of the
    address counts, and nobody else can have mended it."""
    found, last, good, touched = [["OPEN", ""]], "", False, False
    for step in [*steps, "arrive"]:
        if step == "dismiss":
            if found[-1][0] == "OPEN":
                found[-1][0] = "DISMISSED"
                touched = False
        elif step == "arrive":
            live = found[-1][0] in ("OPEN", "DISMISSED")
            if live and good:
                found[-1] = ["MENDED", last]
            elif not good and not live:
                found.append(["OPEN", ""])
            elif not good and touched:
                found[-1][0] = "OPEN"
            touched = False
        elif isinstance(step, tuple) and step[1] != "other":
            last, good, touched = step[0], step[1] == "good", True
    return [(state, who) for state, who in found]


@given(STEPS)
def test_the_last_change_of_the_field_mends_and_only_a_change_of_it_opens_what_was_dismissed(
    steps: list[object],
) -> None:
    history = History()
    for step in [*steps, "arrive"]:
        if step == "arrive":
            history.arrive()
        elif step == "dismiss":
            history.dismiss()
        else:
            assert isinstance(step, tuple)
            history.change(*step)
    assert [(one.state.name, one.mended_by) for _, one in sorted(history.rows.items())] == modelled(steps)
    live = [one.id for one in history.rows.values() if one.state in LIVE]
    assert list(history.record.finding_ids) == live
    score = history.record.score
    dismissed = any(one.state is QualityFindingState.DISMISSED for one in history.rows.values())
    assert (score is None) == dismissed
    assert score is None or score.kept_weight == (6 if history.good else 0)


def test_a_walk_closes_what_is_kept_for_an_hour_without_naming_anybody() -> None:
    history = History()
    history.change("A", "good")
    for hours, state in ((0, "OPEN"), (0.9, "OPEN"), (1, "MENDED")):
        history.now = NOW + timedelta(minutes=1) + hours * HOUR
        history.see(Change(at=history.now))
        assert [(one.state.name, one.mended_by) for one in history.rows.values()] == [(state, "")]


def test_a_change_of_state_is_told_and_nothing_else() -> None:
    history = History()
    [opened] = history.rows.values()
    assert type(findings.told(None, opened)).__name__ == "QualityFindingOpened"
    assert findings.told(opened, opened) is None
    history.dismiss()
    [dismissed] = history.rows.values()
    assert type(findings.told(opened, dismissed)).__name__ == "QualityFindingDismissed"
    assert type(findings.told(dismissed, findings.lapse(dismissed, now=NOW))).__name__ == "QualityFindingClosed"
