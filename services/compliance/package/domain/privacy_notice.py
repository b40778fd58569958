"""The privacy notice of a package: the information of Art. 15(1) and (2) GDPR, as far as this system knows it, and a
note of what the sender must add. Whoever changes how a service uses personal data updates its text here."""

import msgspec

from libs.person import Person
from services.compliance.requests.domain.regimes import Regime


class Processing(msgspec.Struct, frozen=True, kw_only=True):
    """Why a service stores personal data, and from which source; texts for the data subject."""

    title: str
    purpose: str
    source: str


PROCESSING = {
    "partners": Processing(
        title="Business partners",
        purpose="To work with the companies that sell for us: whom to ask there, and what was agreed.",
        source="The partner company when it applied or named you, our staff, or a system that was imported.",
    ),
    "deals": Processing(
        title="Deals",
        purpose="To record which partner found which customer, and to decide whose deal is protected.",
        source="The partner company that registered the deal, our staff, or a system that was imported.",
    ),
    "orders": Processing(
        title="Orders",
        purpose="To deliver and invoice what was ordered, and to know who takes the goods.",
        source="The partner company that ordered, our staff, or a system that was imported.",
    ),
    "tickets": Processing(
        title="Support",
        purpose="To help with what was bought, in the time that was promised.",
        source="You, the partner company that asked for you, our staff, or a system that was imported.",
    ),
    "compliance": Processing(
        title="Requests about personal data",
        purpose="To answer you and others who ask what is stored about them, as the law requires.",
        source="Whoever sent the request.",
    ),
}

# The words that the page shows for kinds whose name alone is not clear.
KIND_NAMES = {
    "registration": "deal",
    "contact": "contact of a partner",
    "partner": "partner company",
    "decision": "decision that waited for a second person",
    "subject_request": "request about personal data",
}

# The fields of a person, in the order in which people look for them.
PERSON_FIELDS = {
    "name": "Name",
    "email": "Email",
    "phone": "Phone",
    "address": "Address",
    "job_title": "Job title",
    "locale": "Language",
    "person_id": "Number in this system",
}
assert set(PERSON_FIELDS) == set(Person.__struct_fields__)

RECIPIENTS = (
    "Inside: those of our staff whose role allows it, and the people of the partner company that a record belongs to "
    "(of its parent company too, where the agreement says so). The parts of this system tell each other numbers and "
    "dates only. Nothing is sent to another country's part of this system. To whom else the sender gave your data, "
    "those who run its computers for instance, this system does not know: the letter to this package says it."
)
RETENTION = (
    "No record below has a date on which it is removed by itself; it stays as long as the sender needs it for the "
    "purpose above or must keep it by law, and the letter to this package says how long that is. The sealed copies "
    "made to answer this request are deleted after 35 days. Who did what is recorded by numbers only."
)
AUTOMATION = (
    "This system decides nothing about you by itself. It compares deals that name the same customer, orders with the "
    "credit of a company, and dates with deadlines; people decide."
)
_ASK = "Ask in the same way in which you sent this request."
_RIGHTS = {
    Regime.GDPR: (
        "You may have your data corrected (Art. 16 GDPR), deleted (Art. 17) or restricted (Art. 18), receive it so "
        "that a machine can read it (Art. 20; the .json and .csv files beside this page), and object to its use "
        "(Art. 21). You may complain to the supervisory authority where you live, where you work or where you think "
        "the law was broken (Art. 77)."
    ),
    Regime.UK_GDPR: (
        "You may have your data corrected (Art. 16 UK GDPR), deleted (Art. 17) or restricted (Art. 18), receive it so "
        "that a machine can read it (Art. 20; the .json and .csv files beside this page), and object to its use "
        "(Art. 21). You may complain to the sender, and to the Information Commissioner."
    ),
}
_OTHER_RIGHTS = (
    "The law of your country says what you may ask beside this: as a rule to have your data corrected or deleted, to "
    "stop a use, and to complain to an authority. The .json and .csv files beside this page can be read by a machine."
)


def rights(regime: Regime) -> str:
    """The sentences about the rights of the data subject under this law."""
    return f"{_RIGHTS.get(regime, _OTHER_RIGHTS)} {_ASK}"
