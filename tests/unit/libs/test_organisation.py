"""What is compared of an organisation is the same however it is written, and nothing that is written breaks it."""

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from libs.organisation import (
    NotARegistrationNumber,
    checked_registration_number,
    has_number_check,
    is_mail_host,
    is_phone_number,
    phone_number,
    registration_number,
    web_domain,
)

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
FORMATS = (
    PhoneNumberFormat.E164,
    PhoneNumberFormat.INTERNATIONAL,
    PhoneNumberFormat.NATIONAL,
    PhoneNumberFormat.RFC3966,
)
COUNTRIES = st.sampled_from([*REGIONS, ""])
SCHEMES = st.sampled_from(["VAT", "USCC", "CNPJ", "UST", "SIREN", "INN", "TIN", "HRB", "x.y", ""])

# Numbers that their registers give as examples, and how people write them.
REGISTERED = {
    ("DE", "VAT"): ("136695976", ("DE136695976", "DE 136 695 976", "de136.695976")),
    ("CN", "USCC"): ("91110000600037341L", ("91110000600037341L", "91110000600037341l", " 91110000 600037341L")),
    ("BR", "CNPJ"): ("16727230000197", ("16.727.230/0001-97", "16727230000197")),
    ("FR", "SIREN"): ("552008443", ("552 008 443", "552008443")),
}

MAIL_HOSTS_TEXT = """
web.de gmx.de gmx.net gmx.at gmx.ch t-online.de freenet.de qq.com 163.com 126.com sina.com foxmail.com yandex.ru mail.ru
icloud.com me.com aol.com gmail.com googlemail.com proton.me protonmail.com tutanota.com live.com msn.com outlook.com
outlook.fr hotmail.com hotmail.co.uk yahoo.com yahoo.co.jp yahoo.com.br orange.fr wanadoo.fr free.fr sfr.fr laposte.net
libero.it virgilio.it tin.it uol.com.br bol.com.br terra.com.br naver.com daum.net hanmail.net rediffmail.com seznam.cz
"""


@pytest.mark.parametrize("region", REGIONS)
def test_a_phone_number_is_the_same_however_it_is_written(region: str) -> None:
    number = phonenumbers.example_number(region)
    assert number is not None
    written = {phonenumbers.format_number(number, form) for form in FORMATS}
    wide = {"".join(chr(ord(one) + 0xFEE0) if one.isdigit() else one for one in text) for text in written}
    assert {phone_number(text, region) for text in written | wide} == {
        phonenumbers.format_number(number, PhoneNumberFormat.E164)
    }


def test_a_phone_number_is_one_of_the_plan_of_its_country_or_code() -> None:
    assert is_phone_number("0431 901820", "DE")
    assert is_phone_number("+55 11 2345-6789", "DE")
    assert not any(is_phone_number(text, "DE") for text in ("", "12", "n/a", "+49", "+999 1234567"))
    assert not is_phone_number("0431 901820", "")


def test_a_number_has_a_check_where_its_register_is_known() -> None:
    assert has_number_check("DE", "VAT")
    assert not has_number_check("DE", "OTHER")


@given(st.text() | st.from_regex(r"\+?[0-9 ()/.-]{0,40}"), COUNTRIES)
def test_any_phone_number_comes_down_to_digits(value: str, country: str) -> None:
    form = phone_number(value, country)
    assert form.removeprefix("+").isdigit() or form == ""


@given(st.text() | st.from_regex(r"[a-z0-9.:/@?#%-]{0,60}"))
@example("https://www.acme.co.uk/x")
@example("0.¨")
def test_a_domain_is_a_plain_host_and_its_own_domain(value: str) -> None:
    host = web_domain(value)
    assert host == host.lower()
    assert host.isascii()
    assert not set(host) & set("/:@?# \t\n")
    assert web_domain(host) == host


@given(st.from_regex(r"[a-z][a-z0-9]{0,20}", fullmatch=True), st.sampled_from(["de", "com", "co.uk", "com.br", "cn"]))
def test_a_domain_is_the_same_wherever_it_stands(name: str, suffix: str) -> None:
    domain = f"{name}.{suffix}"
    written = (
        domain,
        f"www.{domain}",
        domain.upper(),
        f"https://www.{domain}/a?b=c#d",
        f"http://x.y.{domain}:8080",
        f" {domain}. ",
    )
    assert {web_domain(one) for one in written} == {domain}


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("https://shop.eins.myshopify.com/x", "eins.myshopify.com"),
        ("team.github.io", "team.github.io"),
        ("github.io", "github.io"),
        ("acme.uk.com", "acme.uk.com"),
    ],
)
def test_who_rents_a_name_from_a_platform_is_not_the_platform(written: str, domain: str) -> None:
    assert web_domain(written) == domain


@pytest.mark.parametrize("domain", MAIL_HOSTS_TEXT.split())
def test_a_mail_host_says_nothing_of_who_writes_from_there(domain: str) -> None:
    assert is_mail_host(domain)


@pytest.mark.parametrize("domain", ["acme.example", "telekom.de", "microsoft.com", "siemens.com", "tencent.com", ""])
def test_a_house_of_ones_own_is_no_mail_host(domain: str) -> None:
    assert not is_mail_host(domain)


@pytest.mark.parametrize(("country", "scheme"), REGISTERED)
def test_a_number_of_a_register_is_the_same_however_it_is_written(country: str, scheme: str) -> None:
    form, written = REGISTERED[country, scheme]
    assert {registration_number(country, scheme, one) for one in written} == {form}


@pytest.mark.parametrize(("country", "scheme"), REGISTERED)
@given(data=st.data())
def test_one_digit_that_is_wrong_is_found_where_there_is_a_check_digit(
    country: str, scheme: str, data: st.DataObject
) -> None:
    form, _ = REGISTERED[country, scheme]
    place = data.draw(st.sampled_from([at for at, letter in enumerate(form) if letter.isdigit()]))
    digit = data.draw(st.sampled_from(sorted(set("0123456789") - {form[place]})))
    with pytest.raises(NotARegistrationNumber, match=f"{country} {scheme}$"):
        registration_number(country, scheme, form[:place] + digit + form[place + 1 :])


@given(COUNTRIES, SCHEMES, st.text() | st.from_regex(r"[A-Z0-9 ./-]{0,30}"))
def test_any_text_is_a_number_in_its_compact_form_or_refused(country: str, scheme: str, value: str) -> None:
    try:
        form = registration_number(country, scheme, value)
    except NotARegistrationNumber:
        return
    assert form == form.upper()
    assert registration_number(country, scheme, form) == form


@given(COUNTRIES, SCHEMES, st.text() | st.from_regex(r"[A-Z0-9 ./-]{0,30}"))
def test_a_number_is_proven_only_by_a_check_that_it_passes(country: str, scheme: str, value: str) -> None:
    proven = checked_registration_number(country, scheme, value)
    assert proven in ("", registration_number(country, scheme, value) if proven else "")


@pytest.mark.parametrize(
    ("country", "scheme", "value", "proven"),
    [
        ("DE", "VAT", "DE 136 695 976", "136695976"),
        ("DE", "VAT", "DE136695977", ""),
        ("DE", "OTHER", "136695976", ""),
        ("KZ", "BIN", "136695976", ""),
    ],
)
def test_what_no_rule_can_check_is_not_proven(country: str, scheme: str, value: str, proven: str) -> None:
    assert checked_registration_number(country, scheme, value) == proven
