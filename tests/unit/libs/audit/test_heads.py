"""What the heads of lanes tell: a tail that was cut, a lane that was lost whole, a head that somebody else signed."""

from datetime import timedelta
from io import BytesIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from libs.audit.findings import Wrong, ranges
from libs.audit.lanes import ON_ITS_WAY
from libs.audit.statements import LaneStatement
from libs.audit.verification import verify
from tests.unit.libs.audit.exports import KEY, checked, lines_of, said
from tests.unit.libs.audit.test_lanes import END, LONG_AGO, told

HOUR = timedelta(hours=1)
BACKUP = "2026-03-01T02:00:00.000000+00:00"
RESTORED = f"RESTORED: the store of deals was restored from a backup of {BACKUP}: later changes are undone there"
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))


def headed(
    lane: str,
    number: int,
    *,
    ordinal: int = 1,
    sequence: int = 1,
    closed: bool = False,
    at: str = LONG_AGO.isoformat(timespec="microseconds"),
    next: str = END.isoformat(timespec="microseconds"),
    service: str = "deals",
    key: Ed25519PrivateKey = KEY,
    cell: str = "local",
    epoch: str = "",
) -> dict[str, object]:
    state, backup = "CLOSED" if closed else "OPEN", BACKUP if epoch else ""
    statement = LaneStatement(service, lane, ordinal, number, sequence, state, at, next, epoch, backup)
    signature = key.sign(statement.text(cell)).hex()
    head = {**statement._asdict(), "signature": signature}
    return {"id": f"aud_{lane}_head_{sequence}", "service": service, "time": at, "lane_head": head}


def test_a_lane_with_all_that_its_head_says_is_sound() -> None:
    assert checked(lines_of([headed("a", 2), told("a", 2), told("a", 1)])).sound
    assert checked(lines_of([told("a", 1), headed("a", 1), headed("a", 1, sequence=2, closed=True)])).sound


def test_a_cut_tail_is_named() -> None:
    entries = [told("a", 1), headed("a", 4, closed=True), headed("b", 2, ordinal=2, closed=True)]
    assert said(lines_of(entries)) == [
        "MISSING: events 2 to 4 of lane a of deals are not in the trail",
        "MISSING: events 1 to 2 of lane b of deals are not in the trail",
    ]


def test_a_lane_lost_whole_is_named_by_its_ordinal() -> None:
    entries = [headed("a", 1, ordinal=1, closed=True), told("a", 1), headed("c", 1, ordinal=4), told("c", 1)]
    assert said(lines_of(entries)) == ["MISSING: lanes 2 to 3 of deals are not in the trail at all"]


def test_a_tail_that_was_cut_with_its_heads_leaves_a_head_overdue() -> None:
    for due, sound in ((END - ON_ITS_WAY, False), (END - ON_ITS_WAY + timedelta(seconds=1), True)):
        entries = [told("a", 1), headed("a", 1, next=due.isoformat(timespec="microseconds"))]
        assert checked(lines_of(entries)).sound is sound
    assert said(lines_of([told("a", 1), headed("a", 1, next="2026-03-02T08:00:00.000000+00:00")])) == [
        "OVERDUE: lane a of deals is open, and its head that was due at 2026-03-02T08:00:00.000000+00:00 is not in "
        "the trail"
    ]


def test_an_event_after_the_lane_was_closed_is_named_unless_the_lane_was_opened_again() -> None:
    entries = [told("a", 1), headed("a", 1, sequence=3, closed=True), told("a", 2)]
    assert said(lines_of(entries)) == [
        "BEYOND_HEAD: lane a of deals was closed at event 1, and the trail has event 2 of it"
    ]
    assert checked(lines_of([*entries, headed("a", 2, sequence=4)])).sound
    assert not checked(lines_of([*entries, headed("a", 2, sequence=2)])).sound


def test_a_lane_without_a_head_is_named_where_its_service_states_heads() -> None:
    first = headed("a", 1, at=(LONG_AGO - HOUR).isoformat(timespec="microseconds"))
    assert said(lines_of([told("a", 1), first, told("b", 1)])) == [
        "UNANNOUNCED: no head of lane b of deals is in the trail"
    ]
    older = told("b", 1, LONG_AGO - 2 * HOUR)
    assert checked(lines_of([older, told("a", 1), first, told("c", 1, END)])).sound


def test_a_restore_is_one_finding_instead_of_those_about_the_lanes_that_it_ended() -> None:
    then = (LONG_AGO - 2 * HOUR).isoformat(timespec="microseconds")
    before = [told("a", 1, LONG_AGO - 2 * HOUR), headed("a", 1, at=then, next=then), told("a", 2), told("u", 1)]
    assert [one.partition(":")[0] for one in said(lines_of(before))] == ["OVERDUE", "UNANNOUNCED"]
    at = (LONG_AGO + HOUR).isoformat(timespec="microseconds")
    after = [headed("b", 1, epoch="e", at=at), told("b", 1)]
    assert said(lines_of([*before, *after])) == [RESTORED]


def test_lanes_of_a_new_epoch_count_from_one_and_are_checked_like_any_other() -> None:
    overdue = "2026-03-02T08:00:00.000000+00:00"
    entries = [
        headed("a", 1, closed=True),
        told("a", 1),
        headed("b", 1, ordinal=2, epoch="e", next=overdue),
        told("b", 1),
    ]
    assert said(lines_of(entries)) == [
        RESTORED,
        "MISSING: lanes 1 of deals are not in the trail at all",
        f"OVERDUE: lane b of deals is open, and its head that was due at {overdue} is not in the trail",
    ]


def test_who_cannot_sign_cannot_state_a_restore() -> None:
    assert said(lines_of([told("a", 1), headed("a", 1, epoch="e", key=OTHER)]))[0].startswith("FORGED_HEAD")


def test_a_forged_head_is_named_and_does_not_count() -> None:
    entry = headed("a", 9, closed=True)
    forged = [
        headed("a", 1, key=OTHER),
        headed("a", 1, cell="other"),
        {**headed("a", 1), "service": "orders"},
        {**entry, "lane_head": {**entry["lane_head"], "number": 1}},  # type: ignore[dict-item]  # it is one
    ]
    for one in forged:
        line, *rest = said(lines_of([told("a", 1), one]))
        assert line.startswith("FORGED_HEAD: line 3: the head of lane a of deals is")
        assert rest == []


def test_a_head_that_is_none_is_a_finding_and_no_failure() -> None:
    good = headed("a", 1)
    head: dict[str, object] = good["lane_head"]  # type: ignore[assignment]  # it is one
    for wrong in ({"number": "1"}, {"signature": "x"}, {"lane": 7}, {"sequence": -1}):
        assert said(lines_of([told("a", 1), {**good, "lane_head": {**head, **wrong}}]))
    assert said(lines_of([told("a", 1), headed("a", 1, at="yesterday")]))
    assert said(lines_of([told("a", 1), headed("a", 1, ordinal=0)]))
    assert said(lines_of([told("a", 1), {**good, "lane_head": [1]}]))


@given(st.data())
def test_with_heads_everything_that_was_lost_is_found(data: st.DataObject) -> None:
    """Against the sets themselves: also what is lost at the end of a lane, and lanes that are lost whole."""
    counts = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    names = [f"l{ordinal}" for ordinal in range(1, len(counts) + 1)]
    sent = [(lane, number) for lane, count in zip(names, counts, strict=True) for number in range(1, count + 1)]
    lost = data.draw(st.sets(st.sampled_from(sent)))
    whole = data.draw(st.sets(st.sampled_from(names[:-1]))) if len(names) > 1 else set[str]()
    entries = [told(lane, number) for lane, number in sent if lane not in whole and (lane, number) not in lost]
    entries += [
        headed(lane, count, ordinal=ordinal, closed=True)
        for ordinal, (lane, count) in enumerate(zip(names, counts, strict=True), 1)
        if lane not in whole
    ]
    found = said(lines_of(data.draw(st.permutations(entries))))
    expected = {lane for lane, _ in lost if lane not in whole}
    assert {text.partition(" of lane ")[2].partition(" ")[0] for text in found if " of lane " in text} == expected
    assert [text for text in found if "at all" in text] == (
        [f"MISSING: lanes {ranges(sorted(int(one[1:]) for one in whole))} of deals are not in the trail at all"]
        if whole
        else []
    )


def test_a_head_counts_only_with_the_key_of_its_service() -> None:
    lines = lines_of([headed("a", 1, key=OTHER), told("a", 1)])
    compliance, deals = (one.public_key().public_bytes_raw() for one in (KEY, OTHER))
    file = b"".join(lines)
    assert verify(BytesIO(file), {"compliance": (compliance,), "deals": (deals,)}).sound
    assert verify(BytesIO(file), {"compliance": (compliance,), "cell": (deals,)}).sound
    for others in ({}, {"orders": (deals,)}):
        found = verify(BytesIO(file), {"compliance": (compliance,), **others}).findings
        assert [one.wrong for one in found] == [Wrong.FORGED_HEAD]
