"""What somebody without the cell's key may do to a package, drawn from a seeded generator."""

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.audit.signatures import pem_of
from libs.packages.archive import Writer
from libs.packages.manifest import MANIFEST, PUBLIC_KEY, SIGNATURE

FORGER = Ed25519PrivateKey.from_private_bytes(b"f" * 32)
NAMES = ("../up", "/root", "a\\b", "A", "data/../index.html", "index.html/x", "x" * 201, "index.htm", "con", "")

Files = dict[str, bytes]


def packed(files: Files) -> bytes:
    """The zip file with these files."""
    stream = io.BytesIO()
    with Writer(stream) as writer:
        for name, data in files.items():
            writer.add(name, 0, data)
    return stream.getvalue()


def mutations(files: Files, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """`count` zip files that differ from that of `files`, each with the name of what was done."""
    random, whole = Random(seed), packed(files)
    found = 0
    while found < count:
        change = random.choice(CHANGES)
        mutated = change(random, dict(files), whole)
        if mutated != whole:
            found += 1
            yield change.__name__, mutated


def byte(random: Random, files: Files, whole: bytes) -> bytes:
    changed = bytearray(whole)
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        changed[random.randrange(len(changed))] ^= random.randrange(1, 256)
    return bytes(changed)


def directory_byte(random: Random, files: Files, whole: bytes) -> bytes:
    changed = bytearray(whole)
    changed[random.randrange(whole.find(b"PK\1\2"), len(whole))] ^= 1 << random.randrange(8)
    return bytes(changed)


def piece(random: Random, files: Files, whole: bytes) -> bytes:
    """A stretch that is gone, doubled, moved, or put in."""
    start = random.randrange(len(whole))
    stop = start + random.randrange(1, 60)
    part, rest = whole[start:stop], whole[:start] + whole[stop:]
    other = random.randrange(len(rest))
    return random.choice((rest, whole[:stop] + part + whole[stop:], rest[:other] + part + rest[other:], whole[:start]))


def line(random: Random, files: Files, whole: bytes) -> bytes:
    """A line of a file that is gone, doubled, moved or from another file."""
    name = random.choice([one for one in files if files[one].count(b"\n") > 1])
    lines = files[name].splitlines(keepends=True)
    place = random.randrange(len(lines))
    taken = lines[place]
    other = random.choice(random.choice(list(files.values())).splitlines(keepends=True) or [b"{}\n"])
    random.choice(
        (
            lambda: lines.pop(place),
            lambda: lines.insert(place, taken),
            lambda: lines.insert(random.randrange(len(lines) + 1), lines.pop(place)),
            lambda: lines.insert(place, other),
            lambda: lines.__setitem__(place, other),
        )
    )()
    return packed({**files, name: b"".join(lines)})


def names(random: Random, files: Files, whole: bytes) -> bytes:
    """A file that is gone, renamed, added, moved, or has the content of another."""
    one, other = random.sample(sorted(files), 2)
    items = list(files.items())
    match random.randrange(5):
        case 0:
            del files[one]
        case 1:
            files = {(f"{name}_" if name == one else name): data for name, data in items}
        case 2:
            files[f"data/deals/more_{random.randrange(100)}.json"] = files[one]
        case 3:
            random.shuffle(items)
            files = dict(items)
        case _:
            files[one], files[other] = files[other], files[one]
    return packed(files)


def adapted(random: Random, files: Files, whole: bytes) -> bytes:
    """A row, a file, an answer, a withheld row or a value of the manifest changed, with all hashes and counts computed
    anew, and signed with a key of the forger's own, with the old signature, or with none."""
    said = json.loads(files[MANIFEST])
    random.choice((_row, _file, _answer, _said))(random, files, said)
    proof = json.dumps(said, separators=(",", ":")).encode()
    files[MANIFEST] = proof
    match random.randrange(4):
        case 0:
            files[SIGNATURE] = FORGER.sign(proof)
        case 1:
            files[SIGNATURE] = FORGER.sign(proof)
            files[PUBLIC_KEY] = pem_of(FORGER.public_key().public_bytes_raw())
        case 2:
            del files[SIGNATURE]
        case _:
            files[SIGNATURE] = bytes([*random.randbytes(63), 0])
    return packed(files)


def tricks(random: Random, files: Files, whole: bytes) -> bytes:
    """What zip files allow and a package does not."""
    stream = io.BytesIO()
    items = list(files.items())
    name, data = random.choice(items)
    trick = random.randrange(7)
    with zipfile.ZipFile(stream, "w") as archive:
        for one, content in items:
            info = zipfile.ZipInfo(one)
            info.external_attr = 0o600 << 16
            if one == name:
                match trick:
                    case 0:
                        info.compress_type = zipfile.ZIP_DEFLATED
                    case 1:
                        info.comment = random.randbytes(3)
                    case 2:
                        info.extra = struct.pack("<HH4s", 0xFFFF, 4, random.randbytes(4))
                    case 3:
                        info.external_attr = 0o120777 << 16
                    case _:
                        pass
            archive.writestr(info, content)
        match trick:
            case 4:
                archive.comment = random.randbytes(random.randrange(1, 9))
            case 5:
                archive.writestr(zipfile.ZipInfo(random.choice(NAMES) or "x"), data)
            case 6:
                archive.writestr(zipfile.ZipInfo("data/deals/bomb.json"), bytes(4096), zipfile.ZIP_DEFLATED)
            case _:
                pass
    return stream.getvalue()


def twice(random: Random, files: Files, whole: bytes) -> bytes:
    """Two archives in one file, or one name twice."""
    start = whole.find(b"PK\1\2")
    head = whole[: random.randrange(1, 40)]
    return random.choice((whole + whole, head + whole, whole[:start] + whole, whole + head, whole[start:] + whole))


def _row(random: Random, files: Files, said: dict[str, Any]) -> None:
    name = random.choice([one for one in files if one.startswith("data/") and files[one].count(b"\n") > 1])
    lines = files[name].splitlines(keepends=True)
    lines.pop(random.randrange(len(lines)))
    files[name] = b"".join(lines)
    _list_anew(files, said)
    said["row_count"] -= 1
    said["answers"][0]["counts"][0]["rows"] -= 1


def _file(random: Random, files: Files, said: dict[str, Any]) -> None:
    name = random.choice([one["path"] for one in said["files"]])
    del files[name]
    _list_anew(files, said)


def _answer(random: Random, files: Files, said: dict[str, Any]) -> None:
    gone = said["answers"].pop(random.randrange(len(said["answers"])))
    said["services"].remove(gone["service"])
    said["row_count"] -= sum(one["rows"] for one in gone["counts"])


def _said(random: Random, files: Files, said: dict[str, Any]) -> None:
    field = random.choice(sorted(said))
    match said[field]:
        case list() as values if values:
            values.pop(random.randrange(len(values)))
        case int() as value:
            said[field] = value + 1
        case str() as value:
            said[field] = f"{value}x"
        case _:
            del said[field]


def _list_anew(files: Files, said: dict[str, Any]) -> None:
    said["files"] = [
        {"path": one["path"], "size_bytes": len(files[one["path"]]), "sha256": _sha256(files[one["path"]])}
        for one in said["files"]
        if one["path"] in files
    ]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


CHANGES: tuple[Callable[[Random, Files, bytes], bytes], ...] = (
    *(byte, directory_byte, piece, line, names, adapted, tricks, twice),
)
