"""Checkpoints name the ends of the erasure ledgers; one that got shorter is found, by the file alone."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from libs.audit.findings import Wrong
from libs.audit.lines import Header, entry_line, header_line, parse, signed_line
from libs.audit.statements import LedgerEnd, Purpose, Signed, Statement, canonical
from libs.audit.tree import Frontier, leaf_hash
from tests.unit.libs.audit.exports import KEY, an_entry, an_export, checked, lines_of, said

Ends = tuple[LedgerEnd, ...]


def hash_of(number: int, fork: str = "a") -> str:
    return (fork * 63 + str(number % 10)) if number else ""


def an_end(service: str, number: int, fork: str = "a") -> LedgerEnd:
    return LedgerEnd(service, number, hash_of(number, fork))


def stated(frontier: Frontier, purpose: Purpose, ends: Ends) -> Signed:
    statement = Statement("local", frontier.size, frontier.root.hex(), "2026-03-02T09:00:00.000000Z", ends)
    return Signed(purpose, statement, KEY.sign(statement.text(purpose)).hex())


def export(each: Sequence[Ends]) -> list[bytes]:
    """An entry and a checkpoint for each, with the end like the last of them."""
    lines, frontier = [header_line(Header("local", len(each)))], Frontier()
    for number, ends in enumerate(each):
        leaf = leaf_hash(canonical(an_entry(number)))
        lines.append(entry_line(number, leaf.hex(), an_entry(number)))
        frontier = frontier.append(leaf)
        lines.append(signed_line(stated(frontier, Purpose.CHECKPOINT, ends)))
    return [*lines, signed_line(stated(frontier, Purpose.END, each[-1] if each else ()))]


def test_ledgers_that_only_grow_are_sound() -> None:
    lines = export(
        [
            (),
            (an_end("deals", 0),),
            (an_end("deals", 2), an_end("orders", 1)),
            (an_end("deals", 2), an_end("orders", 4)),
        ]
    )
    assert checked(lines).sound


def test_a_ledger_that_got_shorter_is_named() -> None:
    lines = export([(an_end("deals", 7), an_end("orders", 3)), (an_end("deals", 7), an_end("orders", 2))])
    assert said(lines) == [
        "LEDGER_SHORT: line 5: the erasure ledger of orders ends at entry 2, and ended at 3",
        "LEDGER_SHORT: line 6: the erasure ledger of orders ends at entry 2, and ended at 3",
    ]


def test_another_entry_at_the_same_end_is_named() -> None:
    found = said(export([(an_end("deals", 7),), (an_end("deals", 7, "b"),)]))
    assert found[0] == "LEDGER_SHORT: line 5: the erasure ledger of deals has another entry 7 than before"


def test_a_ledger_that_is_named_no_more_is_named() -> None:
    found = said(export([(an_end("deals", 7),), ()]))
    assert found[0] == "LEDGER_SHORT: line 5: the erasure ledger of deals is named no more"


def test_a_ledger_shorter_than_in_the_checkpoint_that_was_kept_is_named() -> None:
    kept = parse(export([(an_end("deals", 7),)])[-1])
    assert isinstance(kept, Signed)
    assert checked(export([(an_end("deals", 8),)]), kept=kept).sound
    [first, *_] = checked(export([(an_end("deals", 6),)]), kept=kept).findings
    assert (first.wrong, first.line) == (Wrong.LEDGER_SHORT, 3)


def a_statement(number: int, end: LedgerEnd, time: str) -> dict[str, object]:
    """The entry of an event in which a service states the end of its ledger."""
    stated = {"service": end.service, "number": end.number, "hash": end.hash}
    return {**an_entry(number), "service": end.service, "time": time, "ledger_end": stated}


def statements(*ends: tuple[str, LedgerEnd]) -> list[bytes]:
    """An export with these statements, each at its time, and no checkpoint that names an end."""
    return lines_of([a_statement(at, end, f"2026-03-02T{time}Z") for at, (time, end) in enumerate(ends)])


def test_a_ledger_shorter_than_an_event_stated_is_named_though_no_checkpoint_names_it() -> None:
    lines = statements(
        ("09:00:00", an_end("deals", 7)), ("09:05:00", an_end("deals", 6)), ("09:10:00", an_end("deals", 8))
    )
    assert said(lines) == ["LEDGER_SHORT: line 3: the erasure ledger of deals ends at entry 6, and ended at 7"]


def test_another_entry_in_an_event_at_the_same_end_is_named() -> None:
    lines = statements(("09:00:00", an_end("deals", 7)), ("09:00:01", an_end("deals", 7, "b")))
    assert said(lines) == ["LEDGER_SHORT: line 3: the erasure ledger of deals has another entry 7 than before"]


def test_two_replicas_that_state_their_ledger_at_once_are_no_finding() -> None:
    assert checked(statements(("09:00:00", an_end("deals", 7)), ("09:00:20", an_end("deals", 6)))).sound


def test_events_that_arrive_late_are_judged_by_their_time() -> None:
    assert checked(statements(("09:20:00", an_end("deals", 7)), ("09:00:00", an_end("deals", 6)))).sound


def test_an_event_that_states_less_than_a_checkpoint_before_is_named() -> None:
    [*lines, _] = export([(an_end("deals", 7),)])
    entry = a_statement(1, an_end("deals", 6), "2026-03-02T09:20:00Z")
    first, leaf = leaf_hash(canonical(an_entry(0))), leaf_hash(canonical(entry))
    frontier = Frontier().append(first).append(leaf)
    header = header_line(Header("local", 2))
    last = signed_line(stated(frontier, Purpose.END, (an_end("deals", 7),)))
    found = said([header, *lines[1:], entry_line(1, leaf.hex(), entry), last])
    assert found == ["LEDGER_SHORT: line 4: the erasure ledger of deals ends at entry 6, and ended at 7"]


def test_an_end_in_an_event_that_is_none_is_refused() -> None:
    for wrong in ({"number": -1}, {"hash": 7}, {"number": "7"}):
        entry = a_statement(0, an_end("deals", 7), "2026-03-02T09:00:00Z")
        entry["ledger_end"] = {**entry["ledger_end"], **wrong}  # type: ignore[dict-item]  # it is one
        assert said(lines_of([entry]))[0].startswith("CHANGED: line 2")


def test_an_export_without_ledgers_is_read_as_before() -> None:
    assert b"ledgers" not in b"".join(an_export())
    assert checked(an_export()).sound


def test_the_ends_are_signed() -> None:
    lines = export([(an_end("deals", 7),)])
    changed = [one.replace(b'["deals",7,', b'["deals",9,') for one in lines]
    assert any(one.startswith("FORGED_CHECKPOINT") for one in said(changed))


@given(st.lists(st.dictionaries(st.sampled_from(["deals", "orders", "tickets"]), st.integers(0, 4)), max_size=6))
def test_an_export_is_sound_unless_a_number_falls_or_a_service_disappears(each: list[dict[str, int]]) -> None:
    ends = [tuple(an_end(name, number) for name, number in sorted(one.items())) for one in each]
    right = all(
        name in after and after[name] >= number for before, after in pairwise(each) for name, number in before.items()
    )
    assert checked(export(ends)).sound == right
