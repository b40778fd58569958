"""The tree obeys the rules of the house, and each rule finds in it what it is about."""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence

import pytest

from services.demo.scenario import METHODS
from tests.shape import naming, purity, sizes, wording
from tests.shape.tree import Finding, Source, python, tracked

pytestmark = pytest.mark.xdist_group("shape")  # so that one process parses the tree, once


Rule = Callable[[Source], Iterator[Finding]]
RuleOfTree = Callable[[Sequence[Source]], Iterator[Finding]]

OF_CODE: tuple[Rule, ...] = (
    sizes.long_functions,
    sizes.long_servicer_methods,
    sizes.wide_protocols,
    sizes.undocumented_modules,
    purity.hidden_inputs,
    purity.unscoped_listings,
    purity.reads_one_by_one,
    purity.wide_excepts,
    purity.module_state,
    purity.impure_domains,
    naming.drawers,
    naming.retired_names,
    naming.strange_service_files,
    naming.shadowed_annotations,
    wording.unexplained_ignores,
    wording.patched_tests,
    wording.sleeping_tests,
)
OF_ANY_FILE: tuple[Rule, ...] = (sizes.long_files, wording.open_work, wording.machine_places)
OF_THE_TREE: tuple[RuleOfTree, ...] = (
    naming.missing_readmes,
    naming.error_classes,
    sizes.large_slices,
    sizes.comment_shares,
    wording.broken_links,
)


@pytest.fixture(scope="module", autouse=True)
def parsed() -> None:
    """Parse the tree while the garbage collector is off: it would look at a million nodes again and again."""
    gc.disable()
    for source in python("libs", "services", "tests", "proto"):
        assert source.nodes
    gc.freeze()
    gc.enable()


def faults(found: Iterable[Finding]) -> list[str]:
    """What is unlawful among the places that a rule looked at. AssertionError if it looked at none: a rule that no
    longer finds what it is about would pass for ever."""
    looked_at = list(found)
    assert looked_at, "the rule looked at nothing"
    return [str(one) for one in looked_at if one.what]


def _all(rule: Rule, sources: Iterable[Source]) -> Iterator[Finding]:
    return (found for source in sources for found in rule(source))


@pytest.mark.parametrize("rule", OF_CODE, ids=lambda rule: rule.__name__)
def test_code_obeys(rule: Rule) -> None:
    assert faults(_all(rule, python("libs", "services", "tests", "proto"))) == []


@pytest.mark.parametrize("rule", OF_ANY_FILE, ids=lambda rule: rule.__name__)
def test_every_file_obeys(rule: Rule) -> None:
    assert faults(_all(rule, tracked())) == []


@pytest.mark.parametrize("rule", OF_THE_TREE, ids=lambda rule: rule.__name__)
def test_the_tree_obeys(rule: RuleOfTree) -> None:
    assert faults(rule(tracked())) == []


def test_the_rule_of_servicer_methods_looks_at_every_rpc() -> None:
    rpcs = {name for methods in METHODS.values() for name in methods}
    looked_at = {node.name for one in python("libs", "services") for node in sizes.servicer_methods(one)}
    assert rpcs - looked_at == set()
    assert rpcs


def test_every_area_has_a_share_of_comments() -> None:
    assert {one.path for one in sizes.comment_shares(tracked())} == set(sizes.COMMENT_PERCENT)
