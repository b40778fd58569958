"""How the customer of a claim is compared with that of another."""

from libs.matching import Organisation, RegisterNumber, Score, trained
from libs.organisation import checked_registration_number
from services.deals.claims.domain.registration import Customer


def organisation(customer: Customer) -> Organisation:
    """The customer as it is compared. Only a register number that passes its check is compared: a typing error
    contradicts nothing."""
    scheme = customer.registration_id_type.name if customer.registration_id_type else ""
    number = checked_registration_number(customer.country, scheme, customer.registration_id)
    return Organisation(
        names=(customer.legal_name,),
        country=customer.country,
        phone=customer.phone,
        domain=customer.domain,
        numbers=(RegisterNumber(f"{customer.country}:{scheme}", number),) if number else (),
    )


def near(one: Customer, other: Customer) -> Score:
    """How certain it is that two customers are one, part by part. Two natural persons are not compared by it: their
    names prove nothing."""
    model = trained()
    return model.score(model.prepare(organisation(one)), model.prepare(organisation(other)))
