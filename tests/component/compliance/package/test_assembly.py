"""A package is made of rows that are read once, however many of its files show them."""

from collections.abc import ItemsView

from libs.subject_data import Holdings, Section
from services.compliance.package.usecases.assembly import render
from tests.unit.compliance.asked import CASE, a_request


class CountedRow(dict[str, object]):
    """A row that counts how often its fields are gone through."""

    def __init__(self, **fields: object) -> None:
        super().__init__(fields)
        self.reads = 0

    def items(self) -> ItemsView[str, object]:  # type: ignore[override]  # as dict's own, which has a type of its own
        self.reads += 1
        return super().items()


def test_each_row_is_flattened_once_for_the_table_and_the_page() -> None:
    rows = tuple(CountedRow(id=f"d{number}", remark="Wants routers") for number in range(3))
    section = Section(kind="card", schema={}, rows=rows)
    loaded = Holdings(service="deals", case_id=CASE, round=1, sections=(section,))
    made = render(a_request(), (loaded,), cell="de")
    files = {one.path: one.data for one in made.files}
    assert files["data/deals/card.csv"].count(b"Wants routers") == len(rows)
    assert files["index.html"].count(b"Wants routers") == 2 * len(rows)
    assert [row.reads for row in rows] == [1] * len(rows)
