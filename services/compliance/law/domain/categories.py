"""The fideslang data categories that the registers accept, and which of them are sensitive.

Source: the default taxonomy of fideslang 3. A category includes its subcategories.
"""

from collections.abc import Iterable, Iterator

from libs.errors import Violation

_OF_A_PERSON = """
account authorization behavior biometric childrens contact content criminal_history demographic device financial genetic
government_id health_and_medical job_title location name payment privacy_preferences sensor social telemetry unique_id
user_sensor workplace
"""
CATEGORIES = frozenset({"user", *(f"user.{one}" for one in _OF_A_PERSON.split())})

ORGANISATION = "user.contact.organization"
"""The facts of an organisation, which is no person."""

# PIPL Art. 28, with what GDPR Art. 9 and 10 add: identity numbers, accounts, biometrics, health, location, belief.
SENSITIVE = frozenset(
    {
        "user.biometric",
        "user.childrens",
        "user.criminal_history",
        "user.demographic.ethnicity",
        "user.demographic.political_opinion",
        "user.demographic.race",
        "user.demographic.religious_belief",
        "user.demographic.sexual_orientation",
        "user.financial",
        "user.genetic",
        "user.government_id",
        "user.health_and_medical",
        "user.location",
        "user.payment",
    }
)


def covers(category: str, other: str) -> bool:
    """Whether `other` is the category or a subcategory of it."""
    return other == category or other.startswith(f"{category}.")


def is_sensitive(categories: Iterable[str]) -> bool:
    """Whether one of the categories is sensitive, or includes a sensitive one."""
    return any(covers(one, known) or covers(known, one) for one in categories for known in SENSITIVE)


def category_violations(categories: Iterable[str], field: str = "categories") -> Iterator[Violation]:
    """UNKNOWN_CATEGORY for each that is no category of a person."""
    for place, one in enumerate(categories):
        known = one in CATEGORIES or any(covers(root, one) for root in CATEGORIES if root != "user")
        if not known or one.endswith(".") or ".." in one:
            yield Violation(f"{field}[{place}]", "is no fideslang category of a person", "UNKNOWN_CATEGORY")
