"""Customers are compared by name, register number, phone and domain."""

from libs.country import RegistrationIdType
from libs.matching import Verdict
from services.deals.claims.domain.registration import Customer
from services.deals.matching.domain.comparing import near

ONE = Customer(legal_name="Krüger Pumpen GmbH & Co. KG", country="DE")


def test_a_customer_that_is_spelled_differently_is_found() -> None:
    assert near(ONE, Customer(legal_name="Kruger Pumpen", country="DE")).verdict is not Verdict.APART


def test_a_common_domain_makes_a_similar_name_a_conflict() -> None:
    one = Customer(legal_name="Krüger Pumpen GmbH", country="DE", domain="krueger-pumpen.de")
    other = Customer(legal_name="Krueger Pumpentechnik", country="DE", domain="www.krueger-pumpen.de")
    assert near(one, other).verdict is Verdict.CONFLICT


def test_valid_register_numbers_that_differ_are_two_customers_and_a_typing_error_is_not() -> None:
    def numbered(number: str) -> Customer:
        return Customer(
            legal_name="Krüger Pumpen",
            country="DE",
            registration_id=number,
            registration_id_type=RegistrationIdType.VAT,
        )

    assert near(numbered("DE136695976"), numbered("DE811569869")).verdict is Verdict.APART
    assert near(numbered("DE136695976"), numbered("DE136695977")).verdict is Verdict.CONFLICT
