"""A key that binds nobody is no key: found by arithmetic of its own, not by the table that is tested."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from libs.audit.signatures import (
    CELL,
    KEY_FILE_BYTES,
    NotAKey,
    is_signed,
    is_signed_by,
    is_weak,
    key_given,
    keys_given,
    read_key,
    read_keys,
    written_keys,
)

P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)  # of -1

Point = tuple[int, int]


def _plus(one: Point, other: Point) -> Point:
    """The sum of two points of the curve -x^2 + y^2 = 1 + d x^2 y^2."""
    (a, b), (c, d) = one, other
    product = D * a * b * c * d % P
    return (
        (a * d + b * c) * pow(1 + product, P - 2, P) % P,
        (b * d + a * c) * pow(1 - product, P - 2, P) % P,
    )


def _x(y: int) -> int | None:
    """The even x of a point with this y; None if there is none."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    root = pow(square, (P + 3) // 8, P)
    for x in (root, root * ROOT % P):
        if x * x % P == square:
            return x if x % 2 == 0 else P - x
    return None


def _decoded(key: bytes) -> Point | None:
    y = int.from_bytes(key, "little") & ~(1 << 255)
    x = _x(y % P)
    return None if x is None else (x, y % P)


def _times_eight(point: Point) -> Point:
    for _ in range(3):
        point = _plus(point, point)
    return point


def _some_torsion() -> set[Point]:
    """The eight points whose eightfold is the neutral one: the multiples of one of order eight, which is a point times
    the prime order of the large group."""
    order, y = 2**252 + 27742317777372353535851937790883648493, 2
    while True:
        y += 1
        if (x := _x(y)) is None:
            continue
        power, doubled, left = (0, 1), (x, y), order
        while left:
            power = _plus(power, doubled) if left & 1 else power
            doubled, left = _plus(doubled, doubled), left >> 1
        found, point = {(0, 1)}, power
        while point != (0, 1):
            found.add(point)
            point = _plus(point, power)
        if len(found) == 8:
            return found


TORSION = _some_torsion()
COORDINATES = {y + lift * P for _, y in TORSION for lift in (0, 1) if y + lift * P < 2**255}
WEAK = sorted((y + (sign << 255)).to_bytes(32, "little") for y in COORDINATES for sign in (0, 1))


@pytest.mark.parametrize("key", WEAK, ids=[key.hex() for key in WEAK])
def test_a_point_of_small_order_is_no_key_in_any_encoding(key: bytes, tmp_path: Path) -> None:
    assert is_weak(key)
    (tmp_path / "cell.key").write_text(key.hex())
    for given_key in (key.hex(), str(tmp_path / "cell.key")):
        with pytest.raises(NotAKey, match="small order"):
            key_given(given_key)


@pytest.mark.parametrize("excess", range(19))
def test_a_coordinate_that_is_not_below_the_prime_is_no_key(excess: int) -> None:
    assert is_weak((P + excess).to_bytes(32, "little"))


@given(st.binary(min_size=32, max_size=32))
def test_any_other_key_has_no_small_order_by_arithmetic_of_its_own(key: bytes) -> None:
    point = _decoded(key)
    if not is_weak(key) and point is not None:
        assert _times_eight(point) != (0, 1)


@given(st.binary(min_size=32, max_size=32), st.binary())
def test_a_key_that_was_made_is_one_and_signs(seed: bytes, text: bytes) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    assert read_key(public.hex()) == public
    assert is_signed(text, private.sign(text), public)


@pytest.mark.parametrize("key", WEAK, ids=[key.hex() for key in WEAK])
@given(text=st.binary(), point=st.sampled_from(WEAK))
def test_nothing_is_signed_under_a_key_of_small_order(key: bytes, text: bytes, point: bytes) -> None:
    """R of small order and S = 0 pass for one text in eight at least, where the key is not looked at."""
    assert not is_signed(text, point + bytes(32), key)


def test_a_key_of_small_order_in_a_pem_file_is_refused_too(tmp_path: Path) -> None:
    public = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "good.pem").write_bytes(pem)
    assert key_given(str(tmp_path / "good.pem")) == public.public_bytes_raw()
    for key in WEAK:
        weak = Ed25519PublicKey.from_public_bytes(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / "weak.pem").write_bytes(weak)
        with pytest.raises(NotAKey, match="small order"):
            key_given(str(tmp_path / "weak.pem"))


def test_of_a_file_that_is_no_key_no_more_is_read_than_a_key_file_has(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b" " * (KEY_FILE_BYTES + 1) + bytes(32))
    with pytest.raises(NotAKey, match="holds no public key"):
        key_given(str(tmp_path / "large"))


def _public(seed: int) -> tuple[Ed25519PrivateKey, bytes]:
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return private, private.public_key().public_bytes_raw()


@given(
    listed=st.dictionaries(
        st.sampled_from((CELL, "deals", "orders")), st.sets(st.integers(0, 5), min_size=1), max_size=3
    ),
    signer=st.integers(0, 5),
    by=st.sampled_from(("deals", "orders", "tickets")),
)
def test_a_signature_counts_for_the_service_whose_key_it_is_and_that_of_the_cell_for_all(
    listed: dict[str, set[int]], signer: int, by: str
) -> None:
    keys = {name: tuple(_public(seed)[1] for seed in sorted(seeds)) for name, seeds in listed.items()}
    read = read_keys(written_keys(keys))
    assert read == keys
    signed = _public(signer)[0].sign(b"text")
    counts = signer in listed.get(by, set()) | listed.get(CELL, set())
    assert is_signed_by(by, b"text", signed, read) is counts


def test_one_file_of_public_keys_or_one_key_is_taken_and_a_wrong_line_is_named(tmp_path: Path) -> None:
    key = _public(1)[1]
    path = tmp_path / "public-keys"
    path.write_text(written_keys({"deals": (key,)}))
    assert keys_given(str(path)) == {"deals": (key,)}
    assert keys_given(key.hex()) == key
    for wrong in ("deals", "deals 00", f"deals {WEAK[0].hex()}"):
        path.write_text(written_keys({"deals": (key,)}) + wrong + "\n")
        with pytest.raises(NotAKey, match="line 3: "):
            keys_given(str(path))
