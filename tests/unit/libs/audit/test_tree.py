"""The tree is that of RFC 6962: its published vectors, and a naive implementation over random trees."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.audit.tiles import WIDTH, Tile, grown, hash_in, tile_of, unfinished
from libs.audit.tree import (
    EMPTY_ROOT,
    Frontier,
    Node,
    Span,
    consistency_spans,
    inclusion_spans,
    leaf_hash,
    prove,
    verify_consistency,
    verify_inclusion,
)
from tests.unit.libs.audit import naive

# The reference inputs of the Certificate Transparency log, their roots by size, and proofs over eight of them.
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUSION = (
    (0, 1, ()),
    (0, 8, (A, B, C)),
    (5, 8, (D, E, ROOTS[4])),
    (2, 3, (ROOTS[2],)),
    (1, 5, (ROOTS[1], B, D)),
)
CONSISTENCY = ((1, 1, ()), (1, 8, (A, B, C)), (6, 8, (F, E, ROOTS[4])), (2, 5, (B, D)))

LEAVES = tuple(leaf_hash(bytes.fromhex(one)) for one in INPUTS)
SOME = tuple(leaf_hash(b"%d" % one) for one in range(600))
OTHER = hashlib.sha256(b"other").digest()
sizes = st.integers(1, 150)


class Kept:
    """A tree in tiles, grown piece by piece."""

    def __init__(self) -> None:
        self.size = 0
        self.tiles: dict[Tile, tuple[bytes, ...]] = {}

    def grow(self, leaves: tuple[bytes, ...]) -> None:
        loaded = {tile: self.tiles[tile] for tile in unfinished(self.size)}
        self.tiles |= grown(loaded, self.size, leaves)
        self.size += len(leaves)

    def hash_of(self, node: Node) -> bytes:
        return hash_in(self.tiles[tile_of(node)], node)


def in_tiles(*counts: int) -> Kept:
    kept = Kept()
    for count in counts:
        kept.grow(SOME[kept.size : kept.size + count])
    return kept


def hexes(proof: tuple[bytes, ...]) -> tuple[str, ...]:
    return tuple(one.hex() for one in proof)


def frontier(leaves: tuple[bytes, ...]) -> Frontier:
    found = Frontier()
    for leaf in leaves:
        found = found.append(leaf)
    return found


def test_roots_are_those_published_for_the_reference_inputs() -> None:
    assert tuple(frontier(LEAVES[:size]).root.hex() for size in range(9)) == ROOTS


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_inclusion_proofs_are_those_published(index: int, size: int, proof: tuple[str, ...]) -> None:
    kept = Kept()
    kept.grow(LEAVES[:size])
    assert hexes(prove(inclusion_spans(index, size), kept.hash_of)) == proof
    assert verify_inclusion(LEAVES[index], index, size, [bytes.fromhex(p) for p in proof], bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("first", "second", "proof"), CONSISTENCY)
def test_consistency_proofs_are_those_published(first: int, second: int, proof: tuple[str, ...]) -> None:
    kept = Kept()
    kept.grow(LEAVES[:second])
    assert hexes(prove(consistency_spans(first, second), kept.hash_of)) == proof
    old, new = bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second])
    path = [bytes.fromhex(one) for one in proof]
    assert verify_consistency(first, second, path, first_root=old, second_root=new)


@given(sizes, st.data())
def test_an_inclusion_proof_is_that_of_the_rfc_and_holds_for_its_leaf_alone(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = SOME[:size]
    proof = prove(inclusion_spans(index, size), in_tiles(size).hash_of)
    assert proof == naive.path(index, leaves)
    root = naive.root(leaves)
    assert verify_inclusion(leaves[index], index, size, proof, root)
    assert not verify_inclusion(OTHER, index, size, proof, root)
    assert not verify_inclusion(leaves[index], index, size, (*proof, OTHER), root)
    assert not verify_inclusion(leaves[index], index, size, proof, OTHER)
    assert not verify_inclusion(leaves[index], size, size, proof, root)
    for place in range(len(proof)):
        broken = (*proof[:place], OTHER, *proof[place + 1 :])
        assert not verify_inclusion(leaves[index], index, size, broken, root)
    for elsewhere in {index - 1, index + 1} - {-1, size}:
        assert not verify_inclusion(leaves[index], elsewhere, size, proof, root)


@given(sizes, st.data())
def test_a_consistency_proof_is_that_of_the_rfc_and_holds_for_its_trees_alone(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second))
    proof = prove(consistency_spans(first, second), in_tiles(second).hash_of)
    assert proof == naive.proof(first, SOME[:second])
    old, new = naive.root(SOME[:first]), naive.root(SOME[:second])
    assert verify_consistency(first, second, proof, first_root=old, second_root=new)
    assert not verify_consistency(first, second, proof, first_root=OTHER, second_root=new)
    assert not verify_consistency(first, second, proof, first_root=old, second_root=OTHER)
    assert not verify_consistency(first, second, (*proof, OTHER), first_root=old, second_root=new)
    assert not verify_consistency(0, second, proof, first_root=old, second_root=new)
    for place in range(len(proof)):
        broken = (*proof[:place], OTHER, *proof[place + 1 :])
        assert not verify_consistency(first, second, broken, first_root=old, second_root=new)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=5).filter(lambda counts: sum(counts) <= len(SOME)))
def test_however_a_tree_grew_its_tiles_and_its_frontier_say_the_same(counts: list[int]) -> None:
    kept, size = in_tiles(*counts), sum(counts)
    assert kept.tiles == in_tiles(size).tiles
    assert prove([Span(0, size)], kept.hash_of) == (frontier(SOME[:size]).root,)
    assert sum(len(hashes) for tile, hashes in kept.tiles.items() if tile.level == 0) == size
    assert sum(len(hashes) for tile, hashes in kept.tiles.items() if tile.level == 1) == size // WIDTH


def test_a_tree_of_three_levels_of_tiles_proves_what_lies_at_its_edges() -> None:
    size = WIDTH * WIDTH + 1
    leaves = tuple(SOME[one % 600] for one in range(size))
    kept = Kept()
    for start in range(0, size, 5_000):
        kept.grow(leaves[start : start + 5_000])
    root = frontier(leaves).root
    for index in (0, WIDTH - 1, WIDTH, size - 2, size - 1):
        proof = prove(inclusion_spans(index, size), kept.hash_of)
        assert verify_inclusion(leaves[index], index, size, proof, root)


def test_what_is_not_in_a_tree_has_no_proof() -> None:
    with pytest.raises(ValueError, match="leaf 3 is not in a tree of 3"):
        inclusion_spans(3, 3)
    with pytest.raises(ValueError, match="no tree of 3 begins with one of 4"):
        consistency_spans(4, 3)
    with pytest.raises(ValueError, match="no tree of 3 begins with one of 0"):
        consistency_spans(0, 3)
    with pytest.raises(IndexError):
        in_tiles(3).hash_of(Node(2, 0))
    assert frontier(()).root == EMPTY_ROOT
