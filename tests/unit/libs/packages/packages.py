"""A package made by hand, with a key of its own."""

import hashlib
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.audit.signatures import pem_of
from libs.packages.manifest import MANIFEST, PUBLIC_KEY, SIGNATURE

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
OTHER_PUBLIC = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()

DATA = {
    "data/deals/registration.json": b'{"id":"1"}\n{"id":"2"}\n',
    "data/deals/registration.csv": b"id\r\n1\r\n2\r\n",
    "data/tickets/ticket.json": b"",
    "index.html": b"<!doctype html>",
}


def a_manifest(**fields: Any) -> dict[str, Any]:
    """What stands in the manifest of a package with DATA, unless a test says otherwise."""
    return {
        "case_id": "dsr_local_1",
        "cell": "local",
        "type": "ACCESS",
        "services": ["deals", "tickets"],
        "alias_hashes": ["a"],
        "rounds": 2,
        "answers": [
            {"service": "deals", "counts": [{"kind": "registration", "rows": 2}]},
            {"service": "tickets", "counts": [{"kind": "ticket", "rows": 0}]},
        ],
        "withheld": [],
        "row_count": 2,
        "files": [
            {"path": path, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for path, data in DATA.items()
        ],
        "create_time": "2026-03-02T09:00:00Z",
        **fields,
    }


def a_package(**fields: Any) -> dict[str, bytes]:
    """Its files by path, signed."""
    proof = msgspec.json.encode(a_manifest(**fields))
    return {**DATA, MANIFEST: proof, SIGNATURE: KEY.sign(proof), PUBLIC_KEY: pem_of(PUBLIC)}
