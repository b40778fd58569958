"""Which receivers a process begins with: neither a partner nor receivers that hang take every task."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.hooks.sending.usecases import FAILING_AT_ONCE, OF_ONE_PARTNER, RECEIVERS_AT_ONCE, Ready, chosen

RECEIVERS = st.lists(
    st.tuples(st.sampled_from(["", "", "a", "b", "c"]), st.booleans()), max_size=2 * RECEIVERS_AT_ONCE
).map(lambda found: [Ready(str(place), *one) for place, one in enumerate(found)])


def within(receivers: list[Ready]) -> bool:
    """The bounds, counted anew."""
    partners = Counter(one.partner_id for one in receivers if one.partner_id)
    return (
        len(receivers) <= RECEIVERS_AT_ONCE
        and all(count <= OF_ONE_PARTNER for count in partners.values())
        and sum(one.failing for one in receivers) <= FAILING_AT_ONCE
    )


@given(RECEIVERS, st.data())
def test_the_bounds_hold_and_no_receiver_waits_without_need(ready: list[Ready], data: st.DataObject) -> None:
    first = chosen(ready, [])
    busy = data.draw(st.lists(st.sampled_from(first), unique=True)) if first else []
    left = [one for one in ready if one not in busy]
    found = chosen(left, busy)
    assert within([*busy, *found])
    assert found == [one for one in left if one in set(found)]  # in their order
    assert not any(within([*busy, *found, one]) for one in left if one not in found)


def test_a_partner_with_hundred_receivers_leaves_room_for_all_others() -> None:
    crowd = [Ready(f"a{place}", "a", failing=False) for place in range(100)]
    others = [Ready(f"b{place}", f"p{place}", failing=False) for place in range(50)]
    assert chosen([*crowd, *others], [])[-50:] == others


def test_receivers_that_hang_leave_half_of_the_tasks() -> None:
    dead = [Ready(f"d{place}", f"p{place}", failing=True) for place in range(1_000)]
    well = [Ready(f"w{place}", f"q{place}", failing=False) for place in range(100)]
    assert chosen([*dead, *well], []) == [*dead[:FAILING_AT_ONCE], *well]
