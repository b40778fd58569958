"""The English texts that follow from names of the protos; the catalogues translate them as any other text."""

import re

# Words of the protos that are written otherwise in a sentence.
_WORDS = {"sku": "SKU", "fx": "FX", "id": "ID", "sha256": "SHA-256", "url": "URL"}
# Enums whose values are written in every language as registers, laws and standards write them.
CODES = frozenset({"RegistrationIdType", "Regime", "TransferMechanism"})
_UNITS = ("_basis_points", "_thousandths")
_PARTS = re.compile(r"[A-Z][a-z0-9]*|[a-z0-9]+")


def N_(message: str) -> str:  # noqa: N802 - the name that the tools for catalogues know
    """Mark a text of a declaration for translation; it is translated when it is shown."""
    return message


def field_label(name: str, *, of_ours: bool = True) -> str:
    """`expected_amount`: Expected amount. `partner_id`: Partner, if the id is one `of_ours`, which the page links."""
    for unit in _UNITS:
        name = name.removesuffix(unit)
    if name.endswith("_ids"):
        name = f"{name.removesuffix('_ids')}s"
    return _sentence((name.removesuffix("_id") if of_ours else name).split("_"))


def act_label(name: str) -> str:
    """`ApproveRegistration`: Approve registration."""
    return _sentence(_PARTS.findall(name))


def enum_label(enum: str, value: str) -> str:
    """`Review`, `REVIEW_UNDER_REVIEW`: Under review."""
    return _sentence(short_value(enum, value).split("_"))


def short_value(enum: str, value: str) -> str:
    """`Review`, `REVIEW_UNDER_REVIEW`: UNDER_REVIEW."""
    prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum).upper()
    return value.removeprefix(f"{prefix}_")


def _sentence(words: list[str]) -> str:
    said = " ".join(_WORDS.get(word.lower(), word.lower()) for word in words if word)
    return said[:1].upper() + said[1:]
