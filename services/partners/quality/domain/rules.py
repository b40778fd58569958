"""The rules: what each asks for, its dimension and weight, and the score of those that apply."""

from collections.abc import Iterable, Mapping
from enum import Enum
from fractions import Fraction

import msgspec

WHOLE = 10_000  # basis points


class QualityDimension(Enum):
    """What a rule asks about."""

    COMPLETE = "COMPLETE"
    VALID = "VALID"
    CURRENT = "CURRENT"
    DOUBLED = "DOUBLED"


class QualityRule(Enum):
    """A rule; prm.partners.v1.QualityRule describes each."""

    REGISTRATION_ID_GIVEN = "REGISTRATION_ID_GIVEN"
    ADDRESS_GIVEN = "ADDRESS_GIVEN"
    DOMAIN_GIVEN = "DOMAIN_GIVEN"
    PHONE_GIVEN = "PHONE_GIVEN"
    MAIN_CONTACT_GIVEN = "MAIN_CONTACT_GIVEN"
    AGREEMENT_IN_FORCE = "AGREEMENT_IN_FORCE"
    REGISTRATION_ID_VALID = "REGISTRATION_ID_VALID"
    PHONE_VALID = "PHONE_VALID"
    RECORD_CURRENT = "RECORD_CURRENT"
    CERTIFICATE_CURRENT = "CERTIFICATE_CURRENT"
    REGISTRATION_ID_UNIQUE = "REGISTRATION_ID_UNIQUE"
    NAME_UNIQUE = "NAME_UNIQUE"
    CONTACT_REACHABLE = "CONTACT_REACHABLE"
    CONTACT_PHONE_VALID = "CONTACT_PHONE_VALID"
    CONTACT_CURRENT = "CONTACT_CURRENT"
    CONTACT_UNIQUE = "CONTACT_UNIQUE"


class QualityOutcome(Enum):
    """How a record stands to a rule."""

    KEPT = "KEPT"
    BROKEN = "BROKEN"
    DISMISSED = "DISMISSED"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class QualityExemption(Enum):
    """Why a rule cannot apply."""

    PARTNER_ENDED = "PARTNER_ENDED"
    NOT_ADMITTED = "NOT_ADMITTED"
    SOLE_TRADER = "SOLE_TRADER"
    NO_VALUE = "NO_VALUE"
    NO_CHECK_KNOWN = "NO_CHECK_KNOWN"
    NEVER_CERTIFIED = "NEVER_CERTIFIED"
    ERASED = "ERASED"


class Terms(msgspec.Struct, frozen=True):
    """What a rule is. field: what is to be mended. changed: the fields of the stored record whose change may mend it;
    empty if another document has what it looks at."""

    dimension: QualityDimension
    weight: int
    field: str
    changed: frozenset[str] = frozenset()


class QualityScore(msgspec.Struct, frozen=True, kw_only=True):
    """A share of weights, exactly kept_weight / applicable_weight."""

    kept_weight: int
    applicable_weight: int

    @property
    def share(self) -> Fraction:
        """The exact share, 0 to 1."""
        return Fraction(self.kept_weight, self.applicable_weight)

    @property
    def score_basis_points(self) -> int:
        """The share in basis points, rounded half to even."""
        return round(self.share * WHOLE)


_COMPLETE, _VALID = QualityDimension.COMPLETE, QualityDimension.VALID
_CURRENT, _DOUBLED = QualityDimension.CURRENT, QualityDimension.DOUBLED
_NUMBER = frozenset({"registration_id", "registration_id_type"})

RULES: Mapping[QualityRule, Terms] = {
    QualityRule.REGISTRATION_ID_GIVEN: Terms(_COMPLETE, 10, "registration_id", _NUMBER),
    QualityRule.ADDRESS_GIVEN: Terms(_COMPLETE, 6, "address", frozenset({"address"})),
    QualityRule.DOMAIN_GIVEN: Terms(_COMPLETE, 2, "domain", frozenset({"domain"})),
    QualityRule.PHONE_GIVEN: Terms(_COMPLETE, 2, "phone", frozenset({"phone"})),
    QualityRule.MAIN_CONTACT_GIVEN: Terms(_COMPLETE, 10, "contact.person.email"),
    QualityRule.AGREEMENT_IN_FORCE: Terms(_COMPLETE, 8, "agreement"),
    QualityRule.REGISTRATION_ID_VALID: Terms(_VALID, 10, "registration_id", _NUMBER),
    QualityRule.PHONE_VALID: Terms(_VALID, 3, "phone", frozenset({"phone"})),
    QualityRule.RECORD_CURRENT: Terms(_CURRENT, 5, "update_time", frozenset({"update_time"})),
    QualityRule.CERTIFICATE_CURRENT: Terms(_CURRENT, 5, "certification"),
    QualityRule.REGISTRATION_ID_UNIQUE: Terms(_DOUBLED, 10, "registration_id", _NUMBER | {"status"}),
    QualityRule.NAME_UNIQUE: Terms(_DOUBLED, 6, "legal_name", frozenset({"legal_name", "status"})),
    QualityRule.CONTACT_REACHABLE: Terms(_COMPLETE, 6, "person.email", frozenset({"person"})),
    QualityRule.CONTACT_PHONE_VALID: Terms(_VALID, 3, "person.phone", frozenset({"person"})),
    QualityRule.CONTACT_CURRENT: Terms(_CURRENT, 5, "update_time", frozenset({"update_time"})),
    QualityRule.CONTACT_UNIQUE: Terms(_DOUBLED, 4, "person.email", frozenset({"person"})),
}
OF_CONTACTS = frozenset(
    {
        QualityRule.CONTACT_REACHABLE,
        QualityRule.CONTACT_PHONE_VALID,
        QualityRule.CONTACT_CURRENT,
        QualityRule.CONTACT_UNIQUE,
    }
)
OF_PARTNERS = frozenset(RULES) - OF_CONTACTS


def score_of(outcomes: Iterable[tuple[QualityRule, QualityOutcome]]) -> QualityScore | None:
    """The weights of the rules that are kept over those of all that apply; None if none applies. A dismissed rule does
    not count."""
    kept = applicable = 0
    for rule, outcome in outcomes:
        if outcome in (QualityOutcome.KEPT, QualityOutcome.BROKEN):
            weight = RULES[rule].weight
            applicable += weight
            kept += weight if outcome is QualityOutcome.KEPT else 0
    return QualityScore(kept_weight=kept, applicable_weight=applicable) if applicable else None


def touched_by(changed: Iterable[str], rules: frozenset[QualityRule]) -> frozenset[QualityRule]:
    """The rules that a change of these fields may mend. `update_time` changes with every change of a record."""
    fields = {*changed, "update_time"}
    return frozenset(rule for rule in rules if RULES[rule].changed & fields)


def shown_to_partner(rule: QualityRule) -> bool:
    """Whether a partner's people may see how their records stand to the rule: not if it compares partners, because no
    partner learns which others there are."""
    return RULES[rule].dimension is not _DOUBLED or rule in OF_CONTACTS
