"""The audit trail of a running cell is exported and checked with the command line, also after changes to the file."""

import asyncio
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest

from libs.audit.findings import Report, Wrong
from libs.audit.lines import Entry, entry_line, parse
from libs.audit.signatures import read_keys
from libs.audit.statements import canonical
from libs.audit.tree import leaf_hash, verify_consistency, verify_inclusion
from libs.audit.verification import verify
from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.compliance import v1 as pb
from libs.rpc.client import CallFailed, Client
from tests.effort import sampled
from tests.system.checkpoints import newest_checkpoint
from tests.system.processes import free_ports, prm, prm_running
from tests.tokens import token
from tests.unit.libs.audit.exports import OTHER_PUBLIC
from tests.unit.libs.audit.mutations import mutations
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("audit")

COMPLIANCE = "prm.compliance.v1.ComplianceService"
START_SECONDS = 60.0
REQUESTS = 2
EVENTS = REQUESTS * 7  # opened, located by each of the five services that hold persons, prepared

# Other calls of the test: method, caller, outcome and reason.
BESIDE = (
    ("CreateRequest", "", "REFUSED", "TOKEN_MISSING"),
    ("CreateRequest", "dev:curious", "REFUSED", "PERMISSION_DENIED"),
    ("CreateRequest", "dev:tester", "REFUSED", "INVALID_INPUT"),
    ("GetRequest", "dev:tester", "DISCLOSED", ""),
)

# The reads of the trail by this test itself; the trail records them, too.
READS = ("ListAuditEntries", "GetCheckpoint", "GetInclusionProof", "GetConsistencyProof")

Lines = list[bytes]


class Exported(msgspec.Struct, frozen=True):
    """A file that `prm audit export` wrote, and the public keys that the cell states."""

    lines: tuple[bytes, ...]
    keys: str

    def key_file(self, folder: Path) -> Path:
        """The file with the public keys that an auditor is given."""
        path = folder / "public-keys"
        path.write_text(self.keys)
        return path


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("cell")
    (port,) = free_ports(1)
    address, file = f"127.0.0.1:{port}", folder / "trail.jsonl"
    environ = {
        "PRM_DATA_DIR": str(folder),
        "PRM_LISTEN": address,
        "PRM_COMPLIANCE_CHECKPOINT_ENTRIES": "10",
        "PRM_COMPLIANCE_CHECKPOINT_INTERVAL": "PT0.1S",
    }
    with prm_running(folder / "cell.log", "run", "all", **environ):
        keys = asyncio.run(_filled(address, token(folder), stranger=token(folder, "marketing", subject="curious")))
        done = prm("audit", "export", str(file), "--to", address, PRM_TOKEN=token(folder, "auditor"))
        assert done.returncode == 0, done.stderr
        assert keys in done.stdout
    return Exported(tuple(file.read_bytes().splitlines(keepends=True)), keys)


async def _filled(address: str, admitted: str, *, stranger: str) -> str:
    """Make calls until the cell has signed entries for all of them; check its proofs; the public keys of the cell."""
    async with Client(address, token=admitted) as client:
        await client.ready(within_seconds=START_SECONDS)
        for number in range(REQUESTS):
            asked = await client.call(f"{COMPLIANCE}/CreateRequest", _asked(number))

        async def signed(beside: int) -> pb.GetCheckpointResponse | None:
            listed = await client.call(f"{COMPLIANCE}/ListAuditEntries", pb.ListAuditEntriesRequest(page_size=200))
            done = [entry for entry in listed.entries if entry.outcome == pb.AUDIT_OUTCOME_SUCCEEDED]
            if len(done) < EVENTS or len(listed.entries) - len(done) < beside:
                return None
            if not all(entry.leaf_hash for entry in listed.entries):
                return None
            found = await newest_checkpoint(client)
            return found if found and found.checkpoint.tree_size >= len(listed.entries) else None

        await until(lambda: signed(0), within_seconds=START_SECONDS)
        await client.call(f"{COMPLIANCE}/GetRequest", pb.GetRequestRequest(id=asked.request.id))
        for someone in ("", stranger, admitted):
            async with Client(address, token=someone) as other:
                with pytest.raises(CallFailed):
                    await other.call(f"{COMPLIANCE}/CreateRequest", pb.CreateRequestRequest(), attempts=1)
        answer = await until(lambda: signed(len(BESIDE)), within_seconds=START_SECONDS)
        assert answer is not None
        await _prove(client, answer.checkpoint)
        return answer.public_keys


async def _prove(client: Client, checkpoint: pb.AuditCheckpoint) -> None:
    """Check the proofs of every entry and every earlier size against one checkpoint; the trail may have grown since."""
    root, size = bytes.fromhex(checkpoint.root_hash), checkpoint.tree_size
    listed = await client.call(f"{COMPLIANCE}/ListAuditEntries", pb.ListAuditEntriesRequest(page_size=200))
    signed = [entry for entry in listed.entries if entry.leaf_hash and entry.leaf_index < size]
    assert len(signed) == size
    for entry in signed:
        asked = pb.GetInclusionProofRequest(id=entry.id, tree_size=size)
        proof = (await client.call(f"{COMPLIANCE}/GetInclusionProof", asked)).proof
        path = [bytes.fromhex(one) for one in proof.hashes]
        assert verify_inclusion(bytes.fromhex(entry.leaf_hash), entry.leaf_index, size, path, root)
    for first in range(1, size + 1):
        earlier = pb.GetConsistencyProofRequest(first_size=first, second_size=size)
        proof = (await client.call(f"{COMPLIANCE}/GetConsistencyProof", earlier)).proof
        assert verify_consistency(
            first,
            proof.second_size,
            [bytes.fromhex(one) for one in proof.hashes],
            first_root=bytes.fromhex(proof.first_root_hash),
            second_root=root,
        )


def _asked(number: int) -> pb.CreateRequestRequest:
    return pb.CreateRequestRequest(
        type=pb.REQUEST_TYPE_ACCESS,
        country="DE",
        channel=pb.REQUEST_CHANNEL_EMAIL,
        subject=person_pb2.Person(email=f"person{number}@example.org"),
        identity_proof=pb.IDENTITY_PROOF_ACCOUNT,
    )


def _entries(lines: Lines) -> list[int]:
    return [number for number, line in enumerate(lines) if b'"kind":"entry"' in line]


def _change_a_byte(lines: Lines) -> None:
    number = _entries(lines)[3]
    lines[number] = lines[number].replace(b'"outcome":"SUCCEEDED"', b'"outcome":"SUCCEEDEB"')


def _change_and_hash_anew(lines: Lines) -> None:
    number = _entries(lines)[3]
    entry = parse(lines[number])
    assert isinstance(entry, Entry)
    leaf = entry.leaf.replace(b"SUCCEEDED", b"REFUSED")
    lines[number] = entry_line(entry.leaf_index, leaf_hash(leaf).hex(), msgspec.json.decode(leaf))


def _drop_one(lines: Lines) -> None:
    del lines[_entries(lines)[5]]


def _swap_two(lines: Lines) -> None:
    one, other = _entries(lines)[2], _entries(lines)[9]
    lines[one], lines[other] = lines[other], lines[one]


def _cut_the_tail(lines: Lines) -> None:
    del lines[_entries(lines)[-2] :]


def _cut_at_a_checkpoint(lines: Lines) -> None:
    del lines[next(number for number, line in enumerate(lines) if b'"kind":"checkpoint"' in line) + 1 :]


def _replace_the_end(lines: Lines) -> None:
    signature = lines[-1].index(b'"signature":"') + len(b'"signature":"')
    lines[-1] = lines[-1][:signature] + b"0" * 128 + lines[-1][signature + 128 :]


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (_change_a_byte, "entry 3 does not match its hash"),
        (_change_and_hash_anew, "REWRITTEN: "),
        (_drop_one, "DROPPED: "),
        (_swap_two, "not in their places: entries 2, 9"),
        (_cut_the_tail, "CUT_OFF: "),
        (_cut_at_a_checkpoint, "CUT_OFF: "),
        (_replace_the_end, "FORGED_CHECKPOINT: "),
    ],
)
def test_what_is_done_to_an_export_is_found(
    tamper: Callable[[Lines], None], found: str, exported: Exported, tmp_path: Path
) -> None:
    lines = list(exported.lines)
    tamper(lines)
    assert lines != list(exported.lines)
    (tmp_path / "trail.jsonl").write_bytes(b"".join(lines))
    done = prm("audit", "verify", str(tmp_path / "trail.jsonl"), "--key", str(exported.key_file(tmp_path)))
    assert (done.returncode, done.stderr) == (1, "")
    assert found in done.stdout
    assert "NOT SOUND" in done.stdout


def test_an_export_as_it_was_written_is_sound(exported: Exported, tmp_path: Path) -> None:
    file, key = tmp_path / "trail.jsonl", exported.key_file(tmp_path)
    file.write_bytes(b"".join(exported.lines))
    done = prm("audit", "verify", str(file), "--key", str(key), "--checkpoint", str(file))
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(f"sound: {len(_entries(list(exported.lines)))} entries of cell local, ")
    assert len(_entries(list(exported.lines))) >= EVENTS


def test_refused_calls_and_what_was_shown_are_in_the_export(exported: Exported) -> None:
    said = [msgspec.json.decode(exported.lines[number])["entry"] for number in _entries(list(exported.lines))]
    reads = {f"/{COMPLIANCE}/{method}" for method in READS}
    beside = [one for one in said if one["outcome"] != "SUCCEEDED" and one["method"] not in reads]
    found = [(one["method"], one.get("actor", ""), one["outcome"], one.get("reason", "")) for one in beside]
    assert sorted(found) == [(f"/{COMPLIANCE}/{method}", *rest) for method, *rest in BESIDE]
    (shown,) = [one for one in beside if one["outcome"] == "DISCLOSED"]
    assert shown["shown_ids"] == [shown["resource_id"]]


def _verified(exported: Exported, lines: Lines) -> Report:
    return verify(BytesIO(b"".join(lines)), read_keys(exported.keys))


def test_dropping_moving_repeating_or_cutting_off_any_entry_is_found(exported: Exported) -> None:
    whole = list(exported.lines)
    assert _verified(exported, whole).sound
    entries = _entries(whole)
    for number, after in zip(entries, [*entries[1:], entries[0]], strict=True):
        dropped = whole[:number] + whole[number + 1 :]
        moved = list(whole)
        moved[number], moved[after] = moved[after], moved[number]
        repeated = [*whole[:number], whole[number], *whole[number:]]
        cut = whole[:number]
        for lines, wrong in (
            (dropped, {Wrong.DROPPED, Wrong.CUT_OFF}),
            (moved, {Wrong.REORDERED}),
            (repeated, {Wrong.INSERTED}),
            (cut, {Wrong.CUT_OFF}),
        ):
            assert {one.wrong for one in _verified(exported, lines).findings} & wrong, (number, wrong)


def test_changing_any_entry_is_found_even_if_its_hash_is_made_to_fit(exported: Exported) -> None:
    """Change every field of the first entry of each kind, and one field of every other entry."""
    known: set[tuple[str, ...]] = set()
    for place, number in enumerate(_entries(list(exported.lines))):
        entry = parse(exported.lines[number])
        assert isinstance(entry, Entry)
        said = msgspec.json.decode(entry.leaf)
        fields = [*said.items(), ("on_behalf_of", "dev:nobody")]
        if (kind := (*said, said["outcome"])) in known:
            fields = [fields[place % len(fields)]]
        known.add(kind)
        for field, value in fields:
            other = {**said, field: _other(value)}
            hashes = (entry.leaf_hash, leaf_hash(canonical(other)).hex())
            for hashed, wrong in zip(hashes, (Wrong.CHANGED, Wrong.REWRITTEN), strict=True):
                lines = list(exported.lines)
                lines[number] = entry_line(entry.leaf_index, hashed, other)
                assert wrong in {one.wrong for one in _verified(exported, lines).findings}, (number, field)


def _other(value: Any) -> Any:
    """Another value of the same shape: of an object, such as the head of a lane, its first field differs."""
    if isinstance(value, dict):
        first = min(value)
        return {**value, first: _other(value[first])}
    return value + 1 if isinstance(value, int) else f"{value}x"


def test_whatever_is_done_to_any_kind_of_line_is_found(exported: Exported) -> None:
    whole = list(exported.lines)
    for number in _one_of_each_kind(whole):
        for mutated in sampled(mutations(whole[number])):
            lines = list(whole)
            lines[number] = mutated
            assert not _verified(exported, lines).sound, mutated


def _one_of_each_kind(lines: Lines) -> list[int]:
    """The longest header, entry, checkpoint and end."""
    by_length = sorted(range(len(lines)), key=lambda number: len(lines[number]))
    return list({msgspec.json.decode(lines[number])["kind"]: number for number in by_length}.values())


def test_the_key_of_somebody_else_is_refused(exported: Exported, tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    file.write_bytes(b"".join(exported.lines))
    done = prm("audit", "verify", str(file), "--key", OTHER_PUBLIC.hex())
    assert done.returncode == 1
    assert "FORGED_CHECKPOINT: none of the" in done.stdout


def test_nothing_is_written_where_no_cell_answers(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    done = prm("audit", "export", str(tmp_path / "trail.jsonl"), "--to", f"127.0.0.1:{port}")
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "does not answer at 127.0.0.1:" in done.stderr
