"""How a partner compares with names on lists that are written differently."""

from collections.abc import Iterable, Iterator

import msgspec

from libs.company_name import name_form
from libs.matching import Organisation, Prepared, trained
from services.partners.record.domain.partner import Partner

CERTAIN = 10_000
"""Basis points of names that are equal in their comparable form."""


class ScreeningPart(msgspec.Struct, frozen=True):
    """A part of a comparison; prm.partners.v1.ScreeningPart describes each field."""

    name: str
    weight_thousandths: int


class Nearness(msgspec.Struct, frozen=True):
    """How certain it is that a name on a list is that of a partner. parts: strongest first; none if it is certain."""

    probability_basis_points: int
    parts: tuple[ScreeningPart, ...] = ()


def prepared(names: Iterable[str], country: str) -> Prepared:
    """Names of one organisation, prepared. country: empty if a list names none."""
    return trained().prepare(Organisation(names=tuple(names), country=country))


def names_compared(partner: Partner) -> Iterator[str]:
    """The names of a partner under which it may be on a list."""
    return (one for one in (partner.legal_name, partner.trade_name) if name_form(one))


def nearness(one: Prepared, name: str, country: str) -> Nearness:
    """How a partner compares with a name on a list."""
    score = trained().score(one, prepared((name,), country))
    told = (ScreeningPart(part.name.upper(), round(part.logit * 1_000)) for part in score.parts if part.name != "base")
    return Nearness(round(score.probability * 10_000), tuple(told))
