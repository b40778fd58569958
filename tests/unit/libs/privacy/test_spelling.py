"""One form for every spelling that a mail system or a telephone treats as the same, and another for anybody else."""

import hashlib
from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.privacy.keys import AliasField
from libs.privacy.spelling import RULES, base, bases, normalise

EMAIL, PHONE, ID = AliasField.EMAIL, AliasField.PHONE, AliasField.PERSON_ID

# What somebody may have written for anna.kern@münchen.de.
SAME = (
    "anna.kern@münchen.de",
    "Anna.KERN@MÜNCHEN.DE",
    "anna.kern@xn--mnchen-3ya.de",
    "anna.kern@XN--MNCHEN-3YA.de",
    "anna.kern@münchen.de.",
    "anna.kern@münchen。de",
    "anna.kern@münchen｡de．",
    "anna.\N{ZERO WIDTH SPACE}kern@mün\N{ZERO WIDTH NO-BREAK SPACE}chen.de",
    "anna.kern@mün\N{SOFT HYPHEN}chen.de\N{WORD JOINER}",
    "\N{LEFT-TO-RIGHT MARK}anna.kern@münchen.de\N{VARIATION SELECTOR-16}",
    "anna.kern@mu\N{ZERO WIDTH JOINER}\N{COMBINING DIAERESIS}nchen.de",
    "mailto:anna.kern@münchen.de",
    "MAILTO:Anna.Kern%40m%C3%BCnchen.de?subject=a@b",
    "<anna.kern@münchen.de>",
    "Kern, Anna <anna.kern@münchen.de>",
    "<mailto:anna.kern@münchen.de>",
    '"anna.kern"@münchen.de',
    '"anna\\.kern"@münchen.de',
    "'anna.kern@münchen.de'",
    '"anna.kern@münchen.de"',
    " anna.kern @ münchen.de\t",
    "ａｎｎａ．ｋｅｒｎ＠ｍünchen.de",
)


@pytest.mark.parametrize("spelled", SAME)
def test_every_spelling_of_an_email_has_one_form(spelled: str) -> None:
    assert normalise(EMAIL, spelled) == "anna.kern@xn--mnchen-3ya.de"


# Mailboxes that are not the one above, close as they look.
OTHERS = (
    *("annakern@münchen.de", "anna.kern@munchen.de", "anna.kern@muenchen.de", "anna.kern@münchen.com"),
    *("anna.kern@a.münchen.de", "anna.kern+crm@münchen.de", "anna.kern.@münchen.de", "anna_kern@münchen.de"),
    *("anna.kern@münchen-de", "'anna.kern@münchen.de", "о.kern@münchen.de", "anna kern@münchen.de", "kern@münchen.de"),
)


def test_no_two_mailboxes_have_one_form() -> None:
    found = {normalise(EMAIL, one) for one in (SAME[0], *OTHERS)}
    assert len(found) == 1 + len(OTHERS)


ATOMS = st.text("abcdefghijklmnopqrstuvwxyz0123456789!#$&*-/=?^_{|}~'", min_size=1, max_size=8)
LOCALS = st.lists(ATOMS, min_size=1, max_size=3).map(".".join).filter(lambda one: not one.startswith("'"))
DOMAINS = st.sampled_from(("example.org", "example.com", "a.example.org", "münchen.de", "münchen.at", "例え.jp"))
UNSEEN = st.sampled_from(("", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u200e"))


@st.composite
def respelled(draw: st.DrawFn, local: str, domain: str) -> str:
    """The same mailbox, as somebody else, or another program, writes it."""
    place = draw(st.integers(0, len(local)))
    local = local[:place] + draw(UNSEEN) + local[place:]
    local = draw(st.sampled_from((local, local.upper(), f'"{local}"')))
    domain = draw(st.sampled_from((domain, domain.upper(), domain.encode("idna").decode(), f"{domain}.")))
    domain = draw(st.sampled_from((domain, domain.replace(".", "。"), domain.replace(".", "．"))))
    text = f"{local}@{domain}"
    encoded = text.replace("?", "%3F")
    return draw(st.sampled_from((text, f"<{text}>", f"Anna K <{text}>", f"mailto:{encoded}", f" {text} ", f'"{text}"')))


@given(st.data(), LOCALS, DOMAINS, LOCALS, DOMAINS)
def test_spellings_meet_exactly_where_mailboxes_do(
    data: st.DataObject, local: str, domain: str, other: str, elsewhere: str
) -> None:
    """The oracle is where the spellings come from: a mailbox is a local part at a domain, both in lower case."""
    one, two = data.draw(respelled(local, domain)), data.draw(respelled(other, elsewhere))
    assert normalise(EMAIL, one) == normalise(EMAIL, f"{local}@{domain}")
    assert (normalise(EMAIL, one) == normalise(EMAIL, two)) == ((local, domain) == (other, elsewhere))


@pytest.mark.parametrize("spelled", ["tel:+49-30-901820", "+49\N{ZERO WIDTH SPACE} 30 901820", "<+49 (0)30 901820>"])
def test_every_spelling_of_a_number_has_one_form(spelled: str) -> None:
    assert normalise(PHONE, spelled) == "+4930901820"


@pytest.mark.parametrize(
    ("field", "one", "other", "country"),
    [
        (EMAIL, "anna@example.org", "anna+crm@example.org", ""),
        (EMAIL, "anna+crm@example.org", "Anna+Shop@example.org.", ""),
        (PHONE, "+49 30 901820", "901820", "DE"),
        (PHONE, "030 901820", "0049 89 901820", "DE"),
        (PHONE, "(415) 555-2671", "555-2671", "US"),
        (PHONE, "010 6255 2233", "62552233", "CN"),
        (PHONE, "06 1234 5678", "1234 5678", "IT"),
    ],
)
def test_what_may_be_of_the_same_person_is_found_either_way_and_is_not_the_same(
    field: AliasField, one: str, other: str, country: str
) -> None:
    assert normalise(field, one, country) != normalise(field, other, country)
    for asked, stored in ((one, other), (other, one)):
        kept = {normalise(field, stored, country), base(field, stored, country)} - {""}
        assert bases(field, asked, country) & kept


@pytest.mark.parametrize(
    ("field", "value", "country"),
    [(EMAIL, "nobody", ""), (EMAIL, "+crm@example.org", ""), (PHONE, "901820", ""), (PHONE, "0171 1234567", "DE")],
)
def test_what_leaves_nothing_out_has_no_base(field: AliasField, value: str, country: str) -> None:
    assert base(field, value, country) == ""


@given(st.emails(), st.emails())
def test_a_base_is_never_a_form(one: str, other: str) -> None:
    assert base(EMAIL, f"{one.partition('@')[0]}+x@example.org") != normalise(EMAIL, other)


LIBRARIES = ("idna", "phonenumbers")
MADE = {2: "9477559c5ea07a4a"}


def test_whoever_changes_how_forms_are_made_raises_the_number_of_their_rules() -> None:
    """Raise RULES and write down what it makes; also for another version of a library that forms are made with."""
    made = hashlib.sha256()
    values = [(EMAIL, one, "") for one in (*SAME, *OTHERS, "a@i❤.ws", "a@" + "ü" * 64)]
    values += [(PHONE, one, "DE") for one in ("030 901820", "901820", "0171 1234567", "٠٣٠ ٩٠١٨٢٠", "no")]
    texts = (text for one in values for text in (normalise(*one), base(*one), *sorted(bases(*one))))
    for text in (*(f"{one} {version(one)}" for one in LIBRARIES), *texts):
        made.update(text.encode())
    assert {RULES: made.hexdigest()[:16]} == MADE
