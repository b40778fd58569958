"""The Merkle tree of RFC 6962 over the leaves 0 to size-1: hashing, proofs and their verification.

The caller provides the stored hashes: a proof is first a list of spans, each a list of complete subtrees, and only
`prove` reads their hashes. Hashes are 32 bytes.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

EMPTY_ROOT = hashlib.sha256().digest()


class Node(NamedTuple):
    """A complete subtree: 2**level leaves, the first of which is position * 2**level."""

    level: int
    position: int


class Span(NamedTuple):
    """The leaves start to end-1 of one node of the tree; `start` is a multiple of a power of two that is at least the
    number of these leaves."""

    start: int
    end: int


Proof = tuple[bytes, ...]


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier(NamedTuple):
    """The right edge of a tree: the roots of its complete subtrees, the largest first. It suffices to append leaves and
    to compute the root, in O(log size)."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Frontier":
        """The frontier after one more leaf (its hash)."""
        hashes, carries = list(self.hashes), self.size
        while carries & 1:
            leaf = node_hash(hashes.pop(), leaf)
            carries >>= 1
        return Frontier(self.size + 1, (*hashes, leaf))

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return fold(self.hashes)


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root of adjacent complete subtrees, given by their roots, the largest first."""
    if not hashes:
        return EMPTY_ROOT
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = node_hash(left, found)
    return found


def cover(span: Span) -> tuple[Node, ...]:
    """The complete subtrees of a span, the largest first."""
    found, start = list[Node](), span.start
    while start < span.end:
        level = (span.end - start).bit_length() - 1
        found.append(Node(level, start >> level))
        start += 1 << level
    return tuple(found)


def inclusion_spans(index: int, size: int) -> tuple[Span, ...]:
    """The spans of the proof that leaf `index` is in the tree of `size`: PATH(m, D[n]) of RFC 6962, from the leaf up.
    ValueError if it is not."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    found, start, end = list[Span](), 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append(Span(middle, end))
            end = middle
        else:
            found.append(Span(start, middle))
            start = middle
    return tuple(reversed(found))


def consistency_spans(first: int, second: int) -> tuple[Span, ...]:
    """The spans of the proof that the tree of `second` begins with the tree of `first`: PROOF(m, D[n]) of RFC 6962.
    ValueError unless 0 < first <= second."""
    if not 0 < first <= second:
        raise ValueError(f"no tree of {second} begins with one of {first}")
    found, start, end = list[Span](), 0, second
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            found.append(Span(middle, end))
            end = middle
        else:
            found.append(Span(start, middle))
            start = middle
    if start > 0:  # otherwise it is the first tree itself, whose root the verifier has
        found.append(Span(start, end))
    return tuple(reversed(found))


def prove(spans: Sequence[Span], hash_of: Callable[[Node], bytes]) -> Proof:
    """The proof for these spans. hash_of: returns the hash of a complete subtree."""
    return tuple(fold([hash_of(node) for node in cover(span)]) for span in spans)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that a leaf (its hash) is at `index` of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    found, here, last = leaf, index, size - 1
    for other in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(other, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, other)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    first: int, second: int, proof: Sequence[bytes], *, first_root: bytes, second_root: bytes
) -> bool:
    """Whether the proof shows that the second tree begins with the first (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(other, old), node_hash(other, new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, other)
        here, last = here >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(size: int) -> int:
    """The largest power of two below size, which is 2 or more."""
    return 1 << ((size - 1).bit_length() - 1)
