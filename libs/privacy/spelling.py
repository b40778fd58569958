"""The one form in which an email address, a phone number or an id is compared, however it is spelled.

A form says whom mail or a call reaches. Two spellings that a mail system delivers to one mailbox have one form; two
mailboxes have two. What may be another spelling of the same, and may be somebody else, is a base (`base`).
"""

import unicodedata
from urllib.parse import unquote

import idna

from libs.organisation import bare_phone_numbers, local_phone_number, phone_number
from libs.privacy.keys import AliasField

RULES = 2  # of the forms and bases; raise it when one changes: every alias row is then written anew (renewal.py)
LABEL_LENGTH = 63  # of a domain name; to read longer ones costs the square of their length

# What is there and not seen, beside the characters of the category Cf: joiners, fillers, selectors of a variant.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | frozenset(
    chr(one) for start, stop in ((0xFE00, 0xFE10), (0xE0100, 0xE01F0)) for one in range(start, stop)
)
_FULL_STOPS = str.maketrans({"。": ".", "．": ".", "｡": "."})
_MAILTO = "mailto:"


def normalise(field: AliasField, value: str, country: str = "") -> str:
    """The form: of an email the mailbox in folded case at its domain in ASCII; of a phone number E.164 (`country` for
    national numbers; digits alone where it is not one that can be dialled); of an id the id. Empty if nothing is left.
    Any text has one: what has no such form stays as it came. A form is its own form, without a country."""
    text = _seen(value).strip()
    if field is AliasField.EMAIL:
        return _mailbox(text)
    if field is AliasField.PHONE:
        return phone_number(text, country)
    return text


def spellings(field: AliasField, value: str, country: str = "") -> frozenset[str]:
    """Every form under which the same alias may be stored: its own, and of a phone number those that it has where
    nobody says of which country it is."""
    bare = bare_phone_numbers(_seen(value), country) if field is AliasField.PHONE else frozenset()
    return frozenset({normalise(field, value, country), *bare} - {""})


def base(field: AliasField, value: str, country: str = "") -> str:
    """What the alias has in common with others that may be of the same person: the mailbox without `+tag`, the phone
    number without area code. Empty where there is nothing to leave out. No form is a base: a base begins with a
    space."""
    if field is AliasField.EMAIL:
        local, at, domain = normalise(field, value).rpartition("@")
        mailbox, tagged, _ = local.partition("+")
        return f" {mailbox}{at}{domain}" if tagged and mailbox else ""
    if field is AliasField.PHONE and (local := local_phone_number(_seen(value), country)):
        return f" {local}"
    return ""


def bases(field: AliasField, value: str, country: str = "") -> frozenset[str]:
    """Every form and base under which somebody is stored who may be the one: of an email also the mailbox itself and
    the base that its tagged spellings have; of a phone number also its digits without area code."""
    found = base(field, value, country)
    if field is AliasField.EMAIL:
        mailbox = found.removeprefix(" ") or normalise(field, value)
        return frozenset({mailbox, f" {mailbox}"}) if "@" in mailbox else frozenset()
    return frozenset({found, found.rpartition(" ")[2]} if found else ())


def _seen(text: str) -> str:
    """NFKC, without what nobody sees."""
    wide = unicodedata.normalize("NFKC", text)
    if wide.isascii():
        return wide
    kept = (one for one in wide if one not in _UNSEEN and unicodedata.category(one) != "Cf")
    return unicodedata.normalize("NFKC", "".join(kept))


def _mailbox(text: str) -> str:
    """`local@domain`. Case says nothing in a local part: a mail system may tell `Anna` from `anna` (RFC 5321, 2.4), and
    none that lets people choose their name does. Quotes and backslashes only protect what stands between them."""
    local, at, domain = _unwrapped(text).rpartition("@")
    local = local.replace('"', "").replace("\\", "").strip()
    return unicodedata.normalize("NFKC", local.casefold()) + at + _in_ascii(domain)


def _unwrapped(text: str) -> str:
    """Without what stands around an address: `Anna Kern <anna@example.org>`, `mailto:anna@example.org?subject=x` (RFC
    6068), quotes."""
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
    """As the name system has it (RFC 5891): `xn--mnchen-3ya.de`, without the dot of the root."""
    text = unicodedata.normalize("NFKC", domain.strip().translate(_FULL_STOPS).lower())
    return ".".join(_label(one) for one in text.rstrip(".").split("."))


def _label(label: str) -> str:
    """In ASCII also where it is no label that anybody may register; as it came where it is longer than any is."""
    if label.isascii() or len(label) > LABEL_LENGTH:
        return label
    try:
        mapped = idna.uts46_remap(label, std3_rules=False)
        return idna.alabel(mapped).decode() if not mapped.isascii() else mapped
    except idna.IDNAError:
        return f"xn--{label.encode('punycode').decode()}"
