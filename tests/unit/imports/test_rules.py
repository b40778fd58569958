"""Every check finds its trap and nothing else, and does with the row what the mapping says."""

import pytest

from services.imports.grouping import Group
from services.imports.mapping import Rule, Test, parse
from services.imports.notes import Outcome
from services.imports.rules import Rules, holds
from services.imports.table import Row

Rows = list[dict[str, str]]


def _rule(**said: object) -> Rule:
    rule = {"reason": "R", "say": "s", **said}
    frame = {"describe": "d", "rpc": "r", "source": "s", "fields": {"a": "b"}, "rules": [rule]}
    return parse("m", frame).document.rules[0]


def _group(rows: Rows, details: Rows) -> Group:
    return Group(
        "k",
        tuple(Row("f", line, values) for line, values in enumerate(rows, 2)),
        tuple(Row("d", line, values) for line, values in enumerate(details, 2)),
    )


def _breaches(rule: dict[str, object], rows: Rows, details: Rows | None = None) -> list[tuple[str, int, str]]:
    _, notes = Rules((_rule(**rule),)).apply(_group(rows, details or []))
    return [(note.file, note.line, note.description) for note in notes]


@pytest.mark.parametrize(
    ("rule", "rows", "breaches"),
    [
        (
            {"check": "is_not", "where": {"p": {"number": "zero"}}, "columns": "p"},
            [{"p": "1"}, {"p": "0.00"}, {"p": ""}],
            [("f", 3, "s (p '0.00')")],
        ),
        ({"check": "is_not", "where": {"p": {"number": "negative"}}}, [{"p": "-1"}, {"p": "0"}], [("f", 2, "s")]),
        ({"check": "is_not", "where": {"p": {"number": "positive"}}}, [{"p": "-1"}, {"p": "2"}], [("f", 3, "s")]),
        ({"check": "has", "where": {"p": "x"}}, [{"p": "y"}, {"p": "z"}], [("f", 2, "s")]),
        ({"check": "has", "where": {"p": "x"}}, [{"p": "y"}, {"p": "x"}], []),
        (
            {"check": "same", "columns": ["p", "q"]},
            [{"p": "1", "q": "1"}, {"p": "1", "q": "2"}, {"p": "1", "q": "3"}],
            [("f", 3, "s (q '2' after '1' in line 2)")],
        ),
        (
            {"check": "in_order", "columns": ["a", "b", "c"]},
            [{"a": "2020-01-01", "b": "", "c": "2019-01-01"}],
            [("f", 2, "s (c 2019-01-01 is before a 2020-01-01)")],
        ),
        ({"check": "in_order", "columns": ["a", "b"]}, [{"a": "2020-01-01", "b": "2020-01-01"}], []),
        (
            {"check": "rising", "columns": "n", "as_number": "true"},
            [{"n": "9"}, {"n": "10"}, {"n": "9"}],
            [("f", 4, "s (n 9 after 10 in line 3)")],
        ),
        ({"check": "rising", "columns": "n"}, [{"n": "a"}, {"n": "a"}, {"n": "b"}], []),
        (
            {"check": "adds_up", "columns": ["a", "-b"], "against": "c"},
            [{"a": "0.3", "b": "0.1", "c": "0.2"}, {"a": "1", "b": "0", "c": "1.0001"}],
            [("f", 3, "s (a -b is 1, c is 1.0001)")],
        ),
        ({"check": "adds_up", "columns": ["a"], "against": "c", "within": "0.01"}, [{"a": "1", "c": "1.01"}], []),
        (
            {"check": "adds_up", "columns": ["a"], "against": "c"},
            [{"a": "x", "c": "1"}],
            [("f", 2, "s (a is None, c is 1)")],
        ),
        (
            {"check": "no_copies"},
            [{"a": "1", "b": "2"}, {"a": "1", "b": "3"}, {"a": "1", "b": "2"}],
            [("f", 4, "s (as line 2)")],
        ),
        (
            {"check": "no_copies", "columns": "a"},
            [{"a": "1", "b": "2"}, {"a": "1", "b": "3"}],
            [("f", 3, "s (as line 2)")],
        ),
        ({"check": "same", "columns": "p", "when": {"p": "2"}}, [{"p": "1"}, {"p": "2"}], []),
    ],
)
def test_a_check_finds_its_trap(rule: dict[str, object], rows: Rows, breaches: list[tuple[str, int, str]]) -> None:
    assert _breaches(rule, rows) == breaches


@pytest.mark.parametrize(
    ("rule", "breaches"),
    [
        ({"check": "sum", "columns": "v", "against": "total"}, []),
        ({"check": "sum", "columns": "v", "against": "wrong"}, [("f", 2, "s (v adds up to 0.3, wrong is 0.31)")]),
        ({"check": "count", "against": "two"}, []),
        ({"check": "count", "against": "total"}, [("f", 2, "s (the number of rows is 2, total is 0.3)")]),
        (
            {"check": "follows", "columns": "day", "against": "start"},
            [("d", 2, "s (day 2020-01-01 is before start 2020-01-02)")],
        ),
    ],
)
def test_details_are_compared_with_their_header(rule: dict[str, object], breaches: list[tuple[str, int, str]]) -> None:
    header = {"total": "0.3", "wrong": "0.31", "two": "2", "start": "2020-01-02"}
    details = [{"v": "0.1", "day": "2020-01-01"}, {"v": "0.2", "day": "2020-01-02"}]
    assert _breaches({**rule, "of": "details"}, [header], details) == breaches


def test_unique_remembers_across_messages_and_names_the_later_one() -> None:
    rules = Rules((_rule(check="unique", columns=["a", "b"]),))
    found = [
        rules.apply(_group([{"a": a, "b": b}], []))[1] for a, b in (("1", "2"), ("1", "3"), ("1", "2"), ("12", ""))
    ]
    assert [[note.description for note in notes] for notes in found] == [[], [], ["s (1, 2)"], []]


@pytest.mark.parametrize(
    ("then", "outcome", "left"),
    [("notice", Outcome.NOTICED, 2), ("refuse", Outcome.REFUSED, 2), ("leave_out", Outcome.LEFT_OUT, 1)],
)
def test_a_breach_is_noticed_left_out_or_refused(then: str, outcome: Outcome, left: int) -> None:
    rules = Rules((_rule(check="is_not", where={"a": "x"}, then=then),))
    group, notes = rules.apply(_group([{"a": "x"}, {"a": "y"}], []))
    assert ([note.outcome for note in notes], len(group.rows)) == ([outcome], left)


def test_a_row_that_was_left_out_does_not_trouble_the_rules_after_it() -> None:
    rules = Rules((_rule(check="is_not", where={"a": "x"}, then="leave_out"), _rule(check="same", columns="a")))
    _, notes = rules.apply(_group([{"a": "x"}, {"a": "y"}, {"a": "y"}], []))
    assert [note.line for note in notes] == [2]


@pytest.mark.parametrize(
    ("test", "text", "passes"),
    [
        (Test(one_of=("a", "b")), "a", True),
        (Test(one_of=("a", "b")), "c", False),
        (Test(none_of=("a",)), "a", False),
        (Test(none_of=("a",)), "", True),
        (Test(empty=True), "", True),
        (Test(empty=True), " ", False),
        (Test(empty=False), "", False),
        (Test(matches="[0-9]+"), "12", True),
        (Test(matches="[0-9]+"), "12a", False),
        (Test(none_of=("12",), matches="[0-9]+"), "12", False),
    ],
)
def test_a_condition_holds_for_the_whole_text(test: Test, text: str, passes: bool) -> None:
    assert holds({"a": test}, {"a": text}) is passes
