"""Normalises email addresses, phone numbers and person ids to one form for comparison.

Two spellings that reach the same mailbox or telephone have the same form; two mailboxes have two forms. Values that may
be the same person's or somebody else's have a common base (`base`).
"""

import unicodedata
from urllib.parse import unquote

import idna

from libs.organisation import bare_phone_numbers, local_phone_number, phone_number
from libs.privacy.keys import AliasField

RULES = 2  # version of forms and bases; raise it when one changes: then every alias row is replaced (renewal.py)
LABEL_LENGTH = 63  # the limit of a domain label; the cost of converting longer ones grows with the square of the length

# Invisible characters that are not in the category Cf: joiners, fillers, variation selectors.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | frozenset(
    chr(one) for start, stop in ((0xFE00, 0xFE10), (0xE0100, 0xE01F0)) for one in range(start, stop)
)
_FULL_STOPS = str.maketrans({"。": ".", "．": ".", "｡": "."})
_MAILTO = "mailto:"


def normalise(field: AliasField, value: str, country: str = "") -> str:
    """The normalised form. Email: the mailbox, case-folded, at its domain in ASCII. Phone: E.164 (country: of national
    numbers), or bare digits if the number cannot be dialled. Id: the id. Empty if nothing is left.

    Every text has a form: one that is not valid stays as it is. Normalising a form again, without a country, gives the
    same form.
    """
    text = _seen(value).strip()
    if field is AliasField.EMAIL:
        return _mailbox(text)
    if field is AliasField.PHONE:
        return phone_number(text, country)
    return text


def spellings(field: AliasField, value: str, country: str = "") -> frozenset[str]:
    """Every form under which the same alias may be stored: its own, and for a phone number also those without a known
    country."""
    bare = bare_phone_numbers(_seen(value), country) if field is AliasField.PHONE else frozenset()
    return frozenset({normalise(field, value, country), *bare} - {""})


def base(field: AliasField, value: str, country: str = "") -> str:
    """The base that the alias shares with others which may be the same person's: the mailbox without `+tag`, the phone
    number without area code. Empty if there is no tag or area code. A base begins with a space, so it never equals a
    form."""
    if field is AliasField.EMAIL:
        local, at, domain = normalise(field, value).rpartition("@")
        mailbox, tagged, _ = local.partition("+")
        return f" {mailbox}{at}{domain}" if tagged and mailbox else ""
    if field is AliasField.PHONE and (local := local_phone_number(_seen(value), country)):
        return f" {local}"
    return ""


def bases(field: AliasField, value: str, country: str = "") -> frozenset[str]:
    """Every form and base under which a possibly same person is stored: for an email the mailbox without tag and the
    base of its tagged spellings; for a phone number its base and its digits without area code."""
    found = base(field, value, country)
    if field is AliasField.EMAIL:
        mailbox = found.removeprefix(" ") or normalise(field, value)
        return frozenset({mailbox, f" {mailbox}"}) if "@" in mailbox else frozenset()
    return frozenset({found, found.rpartition(" ")[2]} if found else ())


def _seen(text: str) -> str:
    """The text in NFKC without invisible characters."""
    wide = unicodedata.normalize("NFKC", text)
    if wide.isascii():
        return wide
    kept = (one for one in wide if one not in _UNSEEN and unicodedata.category(one) != "Cf")
    return unicodedata.normalize("NFKC", "".join(kept))


def _mailbox(text: str) -> str:
    """`local@domain`. The local part is case-folded: RFC 5321, 2.4, allows a mail system to distinguish `Anna` from
    `anna`, but none where people choose their names does. Quotes and backslashes only escape and are removed."""
    local, at, domain = _unwrapped(text).rpartition("@")
    local = local.replace('"', "").replace("\\", "").strip()
    return unicodedata.normalize("NFKC", local.casefold()) + at + _in_ascii(domain)


def _unwrapped(text: str) -> str:
    """The address without what surrounds it: a display name and brackets (`Anna Kern <anna@example.org>`), `mailto:`
    and its parameters (`mailto:anna@example.org?subject=x`, RFC 6068), quotes."""
    while True:
        inner = text.strip().strip('"<>').strip()
        if len(inner) > 1 and inner[0] == inner[-1] == "'":
            inner = inner[1:-1]
        _, bracket, address = inner.rpartition("<")
        if bracket and "@" in address:
            inner = address
        if inner[: len(_MAILTO)].lower() == _MAILTO:
            inner = _seen(unquote(inner[len(_MAILTO) :].partition("?")[0]))
        if inner == text:
            return text
        text = inner


def _in_ascii(domain: str) -> str:
    """The domain in ASCII (RFC 5891), such as `xn--mnchen-3ya.de`, without the dot of the root."""
    text = unicodedata.normalize("NFKC", domain.strip().translate(_FULL_STOPS).lower())
    return ".".join(_label(one) for one in text.rstrip(".").split("."))


def _label(label: str) -> str:
    """The label in ASCII, even if it cannot be registered; unchanged if it is longer than a label can be."""
    if label.isascii() or len(label) > LABEL_LENGTH:
        return label
    try:
        mapped = idna.uts46_remap(label, std3_rules=False)
        return idna.alabel(mapped).decode() if not mapped.isascii() else mapped
    except idna.IDNAError:
        return f"xn--{label.encode('punycode').decode()}"
