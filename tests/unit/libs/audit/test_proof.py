"""A proof that nobody touched is sound; whatever is taken out of it, put in or changed is found and named."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import libs.audit
from libs.audit.proof.__main__ import told
from libs.audit.proof.lines import END, Header, header_line
from libs.audit.proof.verification import LINES_AT_MOST
from libs.audit.statements import canonical
from libs.audit.tree import leaf_hash
from tests.unit.libs.audit.exports import OTHER_PUBLIC, PUBLIC
from tests.unit.libs.audit.mutations import mutations
from tests.unit.libs.audit.proofs import (
    CASE,
    SERVICES,
    WITHHELD,
    Lines,
    a_body,
    a_package,
    a_proof,
    a_purge,
    an_answer,
    an_end,
    an_erasure,
    an_event,
    answers,
    checked,
    said_in_order,
    signed,
    steps,
)

FORGER = Ed25519PrivateKey.from_private_bytes(b"f" * 32)
COUNT = 2_000


def _kind(line: bytes) -> str:
    return str(json.loads(line)["kind"])


def _removed(lines: Lines, place: int) -> Lines:
    return [*lines[:place], *lines[place + 1 :]]


def test_a_proof_as_it_was_made_is_sound_and_says_what_was_done() -> None:
    report = checked(a_proof())
    assert report.findings == ()
    shown = "\n".join(told(report))
    assert shown.startswith(f"sound: {CASE} of cell local, COMPLETED, as of ")
    assert "between the checkpoints of size 5 and 40" in shown
    assert shown.count("SubjectDataLocated") == 4
    assert "  deals: card 2, signed for round 2" in shown
    assert all(f"  withheld: {one}" in shown for one in WITHHELD)


def _erased(said: list[tuple[str, dict[str, Any]]], *, type: str = "ERASURE", certified: bool = True) -> list[str]:
    """What is found in the proof of a completed request with these statements."""
    certificate = an_event("ErasureCertified", 99, about=CASE.replace("dsr", "era"))
    events = [one for one in steps() if type == "ACCESS" or "Exported" not in one["event_type"]]
    body = a_body([*events, certificate] if certified else events, [*said, ("purge", a_purge())])
    return [one.partition(":")[2].strip() for one in checked([*body, an_end(body, type=type)]).findings]


def test_the_certificate_of_an_erasure_stands_for_the_answers_that_it_deleted() -> None:
    assert _erased([("erasure", an_erasure())]) == []
    assert _erased([("package", a_package()), ("erasure", an_erasure("dsr_local_2"))], type="ACCESS") == []


def test_an_erasure_without_its_certificate_or_its_entry_is_noticed() -> None:
    assert "the certificate of the erasure; the request is COMPLETED" in _erased([])
    assert "the answer of deals to round 2, the last one" in _erased([])
    other = an_erasure("dsr_local_2")
    assert _erased([("erasure", other)]) == ["the certificate of the erasure; the request is COMPLETED"]
    assert _erased([("erasure", an_erasure())], certified=False) == ["the entry of the certificate of the erasure"]
    assert _erased([("erasure", an_erasure(withheld=True))]) == [
        "the request is COMPLETED, its certificate says that rows were withheld"
    ]
    [found] = _erased([("erasure", {**an_erasure(), "certificate": other["certificate"]})])
    assert found.endswith("the certificate is of another erasure")


@pytest.mark.parametrize("place", range(len(a_proof())))
def test_any_line_that_is_gone_is_missed_with_all_hashes_and_counts_computed_anew_by_somebody_without_the_key(
    place: int,
) -> None:
    lines = _removed(a_proof(), place)
    assert checked(lines).findings
    if place < len(a_proof()) - 1:
        assert checked([*lines[:-1], an_end(lines[:-1], FORGER)]).findings
        old = json.loads(a_proof()[-1])["signature"]
        adapted = json.loads(an_end(lines[:-1])) | {"signature": old}
        assert checked([*lines[:-1], _written(adapted)]).findings


@pytest.mark.parametrize("place", range(2, 2 + len(steps()) + len(said_in_order())))
def test_a_step_or_a_statement_that_is_gone_is_missed_even_if_the_cell_itself_signs_the_end_anew(place: int) -> None:
    body = _removed(a_body(), place)
    found = checked([*body, an_end(body)]).findings
    assert found
    assert {one.partition(":")[0] for one in found} == {"MISSING"}


def test_what_is_gone_is_named() -> None:
    def without(kind: str, place: int) -> tuple[str, ...]:
        body = a_body()
        at = [number for number, line in enumerate(body) if _kind(line) == kind][place]
        body = _removed(body, at)
        return checked([*body, an_end(body)]).findings

    assert without("entry", 0) == ("MISSING: the request had 2 rounds, the trail has the beginning of 1",)
    assert without("entry", 1) == (f"MISSING: the entry of the answer of deals to {CASE}:1",)
    assert without("entry", 6) == ("MISSING: the entry of the end of the search; the request is COMPLETED",)
    assert without("entry", 7) == ("MISSING: the packages were handed out 2 times, the trail has 1 entries of it",)
    assert without("answer", 0) == (f"MISSING: the answer of deals to {CASE}:1, which the trail has an entry of",)
    assert without("answer", 3)[0] == "MISSING: the answer of tickets to round 2, the last one"
    assert without("entry", 10) == ("MISSING: the entry of the purge prn_local_1 of deals",)
    assert without("purge", 0) == (
        "MISSING: the report of deals on its purge prn_local_1, which the trail has an entry of",
    )
    assert without("package", 0)[0] == "MISSING: the packages were handed out 0 times, the trail has 2 entries of it"


@pytest.mark.parametrize("place", range(len(WITHHELD)))
def test_a_withheld_row_that_is_gone_is_found_whatever_is_computed_anew(place: int) -> None:
    body = a_body()
    at = [_kind(line) for line in body].index("package")
    genuine = json.loads(body[at])
    shorter = a_package(withheld=[*WITHHELD[:place], *WITHHELD[place + 1 :]])
    body[at] = _written({**genuine, "statement": shorter})
    for forged in (an_end(body), an_end(body, FORGER)):
        assert (
            f"FORGED: line {at + 1}: the package statement is not signed with this key"
            in checked([*body, forged]).findings
        )


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"row_count": 3}, "CONTRADICTION: package ffffffffffff has 3 rows, its answers have 4"),
        (
            {"answers": [{**an_answer("deals", 2), "counts": [{"kind": "card", "rows": 1}]}, an_answer("tickets", 2)]},
            "CONTRADICTION: package ffffffffffff has other rows of deals than deals signed",
        ),
        (
            {"withheld": [WITHHELD[1]]},
            "MISSING: package ffffffffffff says 0 times what deals withholds, it signed 1",
        ),
        (
            {"withheld": [*WITHHELD, "tickets: more rows were found"]},
            "MISSING: package ffffffffffff says 1 times what tickets withholds, it signed 0",
        ),
        (
            {"answers": [an_answer("tickets", 2)], "row_count": 2},
            "MISSING: package ffffffffffff has no answer of deals and does not say so",
        ),
    ],
)
def test_a_package_that_is_not_what_the_services_signed_is_a_contradiction(changed: dict[str, Any], found: str) -> None:
    body = a_body(said=[*(("answer", one) for one in answers()), ("package", a_package(**changed))])
    assert found in checked([*body, an_end(body)]).findings


def test_a_request_that_is_under_way_names_who_has_not_answered() -> None:
    entries = [*steps()[:5]]
    body = a_body(entries, [("answer", one) for one in answers()[:3]])
    end: dict[str, Any] = {"state": "IN_PROGRESS", "missing_services": ["tickets"]}
    report = checked([*body, an_end(body, **end)])
    assert report.findings == ()
    assert "NOT ANSWERED YET: tickets" in list(told(report))
    silent = checked([*body, an_end(body, state="IN_PROGRESS")])
    assert silent.findings == ("MISSING: the answer of tickets to round 2, the last one",)


def test_a_partial_package_is_named_as_one() -> None:
    part = a_package(
        answers=[an_answer("deals", 2)], row_count=2, downloads=1, missing_services=["tickets"], sha256="e" * 64
    )
    entries = [*steps()[:5], an_event("SubjectRequestExported", 9)]
    body = a_body(entries, [*(("answer", one) for one in answers()[:3]), ("package", part)])
    report = checked([*body, an_end(body, state="IN_PROGRESS", missing_services=["tickets"])])
    assert report.findings == ()
    assert f"package {'e' * 64}, PARTIAL, without tickets: 2 rows, 1 downloads" in list(told(report))


def test_parts_of_another_request_are_not_those_of_this_one() -> None:
    body = a_body([*steps(), an_event("RegistrationApproved", 99, service="deals", about="reg_local_1")])
    assert checked([*body, an_end(body)]).findings == (f"INSERTED: an entry about reg_local_1, the proof is of {CASE}",)
    other = {**an_answer(SERVICES[0], 2), "case_id": "dsr_local_2", "round": 3}
    body = a_body(said=[*(("answer", one) for one in answers()), ("answer", other), ("package", a_package())])
    assert f"INSERTED: a statement about dsr_local_2, the proof is of {CASE}" in checked([*body, an_end(body)]).findings


@pytest.mark.parametrize("place", range(len(a_proof())))
def test_whatever_is_done_to_a_line_is_found_and_the_line_named(place: int) -> None:
    whole = a_proof()
    random = Random(place)
    for mutated in random.sample([*mutations(whole[place])], 40):
        lines = [*whole[:place], mutated, *whole[place + 1 :]]
        assert checked(lines).findings, mutated
    for _ in range(40):
        changed = bytearray(whole[place])
        changed[random.randrange(len(changed) - 1)] ^= 1 << random.randrange(7)
        found = checked([*whole[:place], bytes(changed), *whole[place + 1 :]]).findings
        assert found, changed
        assert [one for one in found if f"line {place + 1}:" in one], (found, changed)


@pytest.mark.thorough
def test_none_of_two_thousand_changes_passes() -> None:
    whole, random = a_proof(), Random(20261128)
    text = b"".join(whole)
    done = 0
    while done < COUNT:
        mutated = random.choice((_bytes, _lines, _adapted))(random, [*whole])
        if b"".join(mutated) == text:
            continue
        done += 1
        assert checked(mutated).findings, mutated


def _bytes(random: Random, lines: Lines) -> Lines:
    text = bytearray(b"".join(lines))
    start = random.randrange(len(text))
    match random.randrange(3):
        case 0:
            text[start] ^= random.randrange(1, 256)
        case 1:
            del text[start : start + random.randrange(1, 80)]
        case _:
            text[start:start] = text[: random.randrange(1, 80)]
    return [bytes(text)]


def _lines(random: Random, lines: Lines) -> Lines:
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            lines.pop(one)
        case 1:
            lines.insert(other, lines[one])
        case 2:
            lines[one], lines[other] = lines[other], lines[one]
        case _:
            lines = lines[:one]
    return lines


def _adapted(random: Random, lines: Lines) -> Lines:
    """Lines changed, every hash and count computed anew, and signed by somebody else or not at all."""
    body = (_lines if random.random() < 0.7 else _values)(random, lines[:-1])
    if not body:
        return body
    kinds = [line for line in body if _kind(line) != END]
    return [*kinds, an_end(kinds, FORGER) if random.random() < 0.5 else lines[-1]]


def _values(random: Random, lines: Lines) -> Lines:
    """A value of an entry or statement changed, the hash or signature beside it made anew with another key."""
    place = random.choice(
        [number for number, line in enumerate(lines) if _kind(line) in ("entry", "answer", "package", "purge")]
    )
    said = json.loads(lines[place])
    inner = said["entry" if said["kind"] == "entry" else "statement"]
    field = random.choice(sorted(inner))
    inner[field] = inner[field][:-1] if isinstance(inner[field], list | str) and inner[field] else 7
    if said["kind"] == "entry":
        said["leaf_hash"] = leaf_hash(canonical(inner)).hex()
        lines[place] = _written(said)
    else:
        lines[place] = signed(said["kind"], inner, FORGER)
    return lines


def _written(fields: dict[str, Any]) -> bytes:
    return canonical(fields) + b"\n"


def test_the_key_of_another_says_so_and_a_statement_that_says_nothing_is_unreadable() -> None:
    assert "FORGED: none of the 7 statements is signed with this key" in "\n".join(
        checked(a_proof(), OTHER_PUBLIC).findings
    )
    *rest, _, purge = said_in_order()
    body = a_body(said=[*rest, ("package", {"case_id": CASE}), purge])
    assert checked([*body, an_end(body)]).findings == ("UNREADABLE: line 18: round is no number",)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"report": a_purge()["report"].replace('"rows":3', '"rows":2')}, "is not signed with the key of deals"),
        ({"report_signature": "0" * 128}, "is not signed with the key of deals"),
        ({"run_id": "prn_local_2"}, "the report is of another purge"),
        ({"service": "tickets"}, "the report is of another purge"),
        ({"report": a_purge()["report"].replace("purge-report", "subject-answer")}, "the report is of another purge"),
        (
            {"report": a_purge()["report"].replace("false", "true")},
            "the report is of a rehearsal, which purged nothing",
        ),
        ({"report": a_purge()["report"].replace('"rows":3', '"rows":1e999')}, "the report of the purge is none"),
        ({"report": a_purge()["report"].replace('"rows":3', '"rows":"3"')}, "the report of the purge is none"),
    ],
)
def test_the_cell_cannot_change_the_report_of_a_purge_although_it_signs_the_line(
    changed: dict[str, Any], found: str
) -> None:
    body = a_body(said=[*said_in_order()[:-1], ("purge", {**a_purge(), **changed})])
    assert [found in one for one in checked([*body, an_end(body)]).findings] == [True]


def test_two_reports_on_one_purge_are_noticed() -> None:
    body = a_body(said=[*said_in_order(), ("purge", a_purge())])
    assert checked([*body, an_end(body)]).findings == ("INSERTED: deals has two reports on its purge prn_local_1",)


def test_a_file_of_any_length_costs_no_more_than_its_bytes() -> None:
    header = header_line(Header("local", CASE))
    found = checked([header] * (LINES_AT_MOST + 10)).findings
    assert found[0] == f"CUT_OFF: line {LINES_AT_MOST + 1}: is not whole, or one too many"
    assert len(checked([b"{}\n"] * 1_000).findings) == 100
    assert checked([b"{" * 3_000_000]).findings
    assert checked([]).findings


_ALONE = """
import runpy, sys
for name in ("libs", "services", "msgspec", "pydantic", "google", "tink", "typer"):
    sys.modules[name] = None  # importing it fails
runpy.run_module("audit.proof", run_name="__main__")
"""


def test_the_folder_alone_verifies_a_proof(tmp_path: Path) -> None:
    shutil.copytree(Path(libs.audit.__path__[0]), tmp_path / "audit")
    (tmp_path / "proof.jsonl").write_bytes(b"".join(a_proof()))
    (tmp_path / "cut.jsonl").write_bytes(b"".join(a_proof()[:-1]))
    for name, code, first in (("proof.jsonl", 0, "sound: "), ("cut.jsonl", 1, "CUT_OFF: ")):
        command = [sys.executable, "-c", _ALONE, name, "--key", PUBLIC.hex()]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stdout.startswith(first)) == (code, True), done


def test_a_hash_of_the_whole_is_in_the_end() -> None:
    *body, end = a_proof()
    assert json.loads(end)["statement"]["sha256"] == hashlib.sha256(b"".join(body)).hexdigest()
