"""The shapes that may hold personal data inside a service; nothing else may. They print as ids only."""

import msgspec


class PostalAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person or an organisation is; as prm.common.v1.PostalAddress."""

    country: str = ""
    subdivision: str = ""
    city: str = ""
    postal_code: str = ""
    lines: tuple[str, ...] = ()


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A natural person; as prm.common.v1.Person, which says what each field holds."""

    person_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    address: PostalAddress | None = None
    job_title: str = ""
    locale: str = ""

    def __repr__(self) -> str:
        return f"Person({self.person_id})"


class PersonalText(msgspec.Struct, frozen=True, kw_only=True):
    """Free text by or about a person; as prm.common.v1.PersonalText."""

    person_id: str = ""
    text: str = ""

    def __repr__(self) -> str:
        return f"PersonalText({self.person_id})"
