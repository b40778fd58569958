"""The index in memory names those organisations that share telling terms, best first, and as many as asked for."""

from libs.matching import NameIndex, Organisation, Prepared, trained
from libs.matching.index import NAMES_PER_TERM

WORDS = ("Amber", "Basalt", "Cobalt", "Dolomit", "Erz", "Feldspat", "Granit", "Hornblende", "Indigo", "Jaspis")


def named(name: str) -> Prepared:
    """An organisation of which only the name is known."""
    return trained().prepare(Organisation(names=(name,)))


def index_of(*names: str) -> NameIndex:
    """An index of these names, each by itself as its id."""
    index = NameIndex(1)
    for name in names:
        index.file(name, named(name))
    return index


def test_the_one_that_shares_the_most_comes_first() -> None:
    names = [f"{one} {other}" for one in WORDS for other in WORDS if one != other]
    found = index_of(*names).nearest(named("Granyt Kobalt Handel"), 3)
    assert found[0] == "Granit Cobalt"
    assert len(found) == 3


def test_names_without_a_common_term_are_not_found() -> None:
    assert index_of("Amber Basalt").nearest(named("Zzyzx"), 10) == []


def test_a_term_of_too_many_names_finds_none_of_them_and_harms_no_other_term() -> None:
    crowd = [f"Quarz {number:04d}" for number in range(NAMES_PER_TERM + 1)]
    index = index_of(*crowd, "Quarz Topas")
    assert index.nearest(named("Quarz"), 10) == []
    assert index.nearest(named("Quarz Topaz"), 10) == ["Quarz Topas"]
    assert index_of(*crowd[1:], "Topas").nearest(named("Quarz"), 1) == [crowd[1]]
