"""RFC 6962 as it is written, recursion and all: what the library is compared with."""

from collections.abc import Sequence

from libs.audit.tree import EMPTY_ROOT, node_hash


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH over leaf hashes."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    k = _k(len(leaves))
    return node_hash(root(leaves[:k]), root(leaves[k:]))


def path(m: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """PATH(m, D[n])."""
    if len(leaves) == 1:
        return ()
    k = _k(len(leaves))
    if m < k:
        return (*path(m, leaves[:k]), root(leaves[k:]))
    return (*path(m - k, leaves[k:]), root(leaves[:k]))


def proof(m: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """PROOF(m, D[n])."""
    return _subproof(m, leaves, whole=True)


def _subproof(m: int, leaves: Sequence[bytes], *, whole: bool) -> tuple[bytes, ...]:
    if m == len(leaves):
        return () if whole else (root(leaves),)
    k = _k(len(leaves))
    if m <= k:
        return (*_subproof(m, leaves[:k], whole=whole), root(leaves[k:]))
    return (*_subproof(m - k, leaves[k:], whole=False), root(leaves[:k]))


def _k(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k
