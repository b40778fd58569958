"""The tree obeys the rules of the house."""

from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.shape import naming, purity, sizes, wording
from tests.shape.tree import Finding, Source, python, tracked

Rule = Callable[[Source], Iterator[Finding]]

OF_CODE: tuple[Rule, ...] = (
    sizes.long_functions,
    sizes.long_servicer_methods,
    sizes.wide_protocols,
    sizes.undocumented_modules,
    purity.hidden_inputs,
    purity.wide_excepts,
    purity.module_state,
    purity.impure_domains,
    naming.drawers,
    naming.strange_service_files,
    wording.unexplained_ignores,
    wording.patched_tests,
    wording.sleeping_tests,
)
OF_ANY_FILE: tuple[Rule, ...] = (sizes.long_files, wording.open_work, wording.machine_places)
OF_THE_TREE = (naming.missing_readmes, naming.error_classes)


def _all(rule: Rule, sources: Iterable[Source]) -> list[str]:
    return [str(found) for source in sources for found in rule(source)]


@pytest.mark.parametrize("rule", OF_CODE, ids=lambda rule: rule.__name__)
def test_code_obeys(rule: Rule) -> None:
    assert _all(rule, python("libs", "services", "tests", "proto")) == []


@pytest.mark.parametrize("rule", OF_ANY_FILE, ids=lambda rule: rule.__name__)
def test_every_file_obeys(rule: Rule) -> None:
    assert _all(rule, tracked()) == []


def test_every_folder_of_code_has_a_readme() -> None:
    assert [str(one) for one in naming.missing_readmes(tracked())] == []


def test_every_refusal_has_a_class_and_a_reason_of_its_own() -> None:
    assert [str(one) for one in naming.error_classes(python("libs", "services"))] == []


@pytest.mark.parametrize("area", sorted(sizes.COMMENT_PERCENT))
def test_comments_take_their_share(area: str) -> None:
    protos = [one for one in tracked() if one.path.endswith(".proto")]
    assert [str(one) for one in sizes.comment_share(area, protos if area == "proto" else python(area))] == []
