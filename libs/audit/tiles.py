"""Stores a growing tree in tiles of 256 hashes, so that any proof reads few rows.

Tile (level, position) has the hashes of the nodes 256*position to 256*position+255 of height 8*level, as far as they
exist. A node between those heights is computed from one tile. A hash in a tile never changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .tree import Frontier, Node

HEIGHT = 8
WIDTH = 1 << HEIGHT


class Tile(NamedTuple):
    """The place of a tile in the tree."""

    level: int
    position: int


def tile_of(node: Node) -> Tile:
    """The tile from which the hash of a node is computed."""
    level, below = divmod(node.level, HEIGHT)
    return Tile(level, (node.position << below) >> HEIGHT)


def hash_in(hashes: Sequence[bytes], node: Node) -> bytes:
    """The hash of a node, from the hashes of its tile; IndexError if the tile does not have enough of them."""
    below = node.level % HEIGHT
    start = (node.position << below) % WIDTH
    return _root(hashes[start : start + (1 << below)], 1 << below)


def unfinished(size: int) -> tuple[Tile, ...]:
    """The tiles of a tree of `size` leaves that are begun and not full; appending to the tree needs them."""
    return tuple(
        Tile(level, size >> HEIGHT * level >> HEIGHT)
        for level in range(_levels(size))
        if (size >> HEIGHT * level) % WIDTH
    )


def filled(tile: Tile, size: int) -> int:
    """How many hashes an unfinished tile of a tree of `size` leaves has."""
    return (size >> HEIGHT * tile.level) % WIDTH


def grown(loaded: Mapping[Tile, Sequence[bytes]], size: int, leaves: Iterable[bytes]) -> dict[Tile, tuple[bytes, ...]]:
    """The changed tiles with their new hashes after leaves (their hashes) were appended to a tree of `size`. loaded:
    the hashes of the `unfinished` tiles."""
    changed: dict[Tile, list[bytes]] = {}
    level, rising = 0, list(leaves)
    while rising:
        arriving, rising = rising, []
        for position, arrived in enumerate(arriving, size >> HEIGHT * level):
            tile = Tile(level, position >> HEIGHT)
            hashes = changed.setdefault(tile, list(loaded.get(tile, ())))
            assert len(hashes) == position % WIDTH, f"{tile} holds {len(hashes)} hashes before node {position}"
            hashes.append(arrived)
            if len(hashes) == WIDTH:
                rising.append(_root(hashes, WIDTH))
        level += 1
    return {tile: tuple(hashes) for tile, hashes in changed.items()}


def _levels(size: int) -> int:
    return -(-size.bit_length() // HEIGHT)


def _root(hashes: Sequence[bytes], count: int) -> bytes:
    if len(hashes) != count:
        raise IndexError(f"a tile has {len(hashes)} of {count} hashes")
    frontier = Frontier()
    for one in hashes:
        frontier = frontier.append(one)
    return frontier.root
