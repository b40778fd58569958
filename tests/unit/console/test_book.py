"""A declaration that names what does not exist is refused before a page is served."""

import pytest

from services.console.book import PAGES
from services.console.methods import METHODS
from services.console.pages import Book, Chart, Cockpit, Document, List, Opening, Pages, Section

GOOD = List(name="x", title="X", method="deals.ListRegistrations", columns=("id",))


@pytest.mark.parametrize(
    "part",
    [
        Pages(lists=(List(name="x", title="X", method="deals.Nothing", columns=()),)),
        Pages(lists=(List(name="x", title="X", method=GOOD.method, columns=("customer.nothing",)),)),
        Pages(lists=(List(name="x", title="X", method=GOOD.method, columns=("id",), filters=("nothing",)),)),
        Pages(lists=(List(name="x", title="X", method=GOOD.method, columns=("id",), fixed={"review": "DRAFT"}),)),
        Pages(lists=(List(name="x", title="X", method=GOOD.method, columns=("id",), acts=(GOOD.method,)),)),
        Pages(documents=(Document(prefix="reg", title="X", method="deals.GetRegistration", field="nothing"),)),
        Pages(
            documents=(
                Document(prefix="ord", title="X", method="orders.GetOrder", field="order", acts=("deals.StartReview",)),
            )
        ),
        Pages(cockpits=(Cockpit(name="x", title="X", permission="p", waiting=("nothing",)),)),
        Pages(cockpits=(Cockpit(name="x", title="X", permission="p", charts=("nothing",)),)),
        Pages(
            charts=(
                Chart(
                    name="x", title="X", method=GOOD.method, labels=("id",), value="expected_amount", whole="nothing"
                ),
            )
        ),
        Pages(
            documents=(
                Document(
                    prefix="reg",
                    title="X",
                    method="deals.GetRegistration",
                    field="registration",
                    sections=(Section(title="X", method="deals.ListConflicts", by={"nothing": "id"}),),
                ),
            )
        ),
        Pages(
            documents=(
                Document(
                    prefix="reg",
                    title="X",
                    method="deals.GetRegistration",
                    field="registration",
                    openings=(Opening(part="p", list="nothing", by={}),),
                ),
            )
        ),
    ],
)
def test_what_does_not_exist_is_refused(part: Pages) -> None:
    with pytest.raises(ValueError, match=r"there is no|has no|takes no|is no act"):
        Book((part,))


def test_every_permission_of_a_cockpit_is_one_of_the_protos() -> None:
    known = {one.permission for one in METHODS.values()}
    assert {one.permission for one in Book(PAGES).cockpits.values()} - known == set()
