"""Whose a request id is: nobody's but of who acts, for which partner and for whom."""

from itertools import product

from libs.call import Caller


def test_no_two_callers_share_their_request_ids() -> None:
    names = ["", "dev:a", "dev:b"]
    callers = [
        Caller(subject=subject, partner_id=partner, on_behalf_of=behalf)
        for subject, partner, behalf in product(names[1:], ["", "ptn_1", "ptn_2"], names)
    ]
    assert len({caller.namespace for caller in callers}) == len(callers)


def test_who_acts_for_nobody_keeps_the_request_ids_of_before() -> None:
    assert Caller(subject="dev:a").namespace == "dev:a"
    assert Caller(subject="dev:a", partner_id="ptn_1").namespace == "dev:a\0ptn_1"
