"""The forms in which a hash may stand in a file or a row."""

import base64
from collections.abc import Iterable, Iterator


def forms(hashes: Iterable[str]) -> Iterator[bytes]:
    """Every hash as it may be written: hexadecimal, as bytes, and both in base64 at each of its three offsets."""
    for one in hashes:
        for plain in (one.encode(), one.upper().encode(), bytes.fromhex(one)):
            yield plain
            for shift in range(3):
                encoded = base64.b64encode(b"\0" * shift + plain)
                yield encoded[(8 * shift + 5) // 6 : (8 * (shift + len(plain))) // 6]
