"""Names written in two ways are shown for review; names of two companies are no conflict."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.matching import Organisation, RegisterNumber, Score, Verdict, terms, trained
from libs.matching.names import HAN_LETTERS_AT_MOST, WORDS_AT_MOST
from libs.matching.terms import TERMS_AT_MOST

SAME = [
    ("DE", "Müller Maschinenbau GmbH", "Mueller Maschinenbau"),
    ("DE", "Müller Maschinenbau", "Muller Maschinenbau GmbH"),
    ("DE", "Krüger & Söhne GmbH & Co. KG", "Krueger und Soehne"),
    ("DE", "Großhandel Weiß", "Grosshandel Weiss KG"),
    ("DE", "Zweirad Nordwind GmbH & Co. KG", "Nordwind Zweirad"),
    ("DK", "Ørsted Vindmøller A/S", "Orsted Vindmoller"),
    ("DK", "Ørsted Vindmøller A/S", "Oersted Vindmoeller AS"),
    ("NO", "Bjørn Sjøfart AS", "Bjorn Sjofart"),
    ("SE", "Ångström Verktyg AB", "Angstrom Verktyg"),
    ("FI", "Jyväskylän Paperi Oy", "Jyvaskylan Paperi"),
    ("NL", "IJsselstein Vastgoed B.V.", "Ysselstein Vastgoed"),
    ("NL", "Van Dijk Bouw N.V.", "Van Dyk Bouw"),
    ("FR", "Boulangerie Lefèvre SARL", "Boulangerie Lefevre"),
    ("FR", "Éclairage de l'Œuvre S.A.", "Eclairage de l Oeuvre"),
    ("NL", "Zonwering Harderwijk B.V., Harderwijk", "Zonwering Harderwijk"),
    ("US", "Goodwell Instruments Inc.", "Good Well Instruments"),
    ("US", "Westbrook Hydraulics", "Westbrok Hydraulics LLC"),
    ("US", "Granite Peak Software Inc", "GPS"),
    ("RU", "ООО Ромашка Электроника", "Romashka Elektronika"),
    ("RU", "Технопромснаб", "Tekhnopromsnab JSC"),
    ("GR", "Άλφα Μηχανική Α.Ε.", "Alfa Mihaniki"),
    ("SA", "شركة نور", "Nwr"),
    ("CN", "聯想集團有限公司", "联想集团"),
    ("CN", "华通信息技术有限公司", "Huatong Xinxi Jishu"),
    ("TW", "北極星光學工業股份有限公司", "北極星"),
    ("TW", "臺北水晶股份有限公司", "台北水晶"),
    ("JP", "株式会社サクラモーター", "Sakura Mota"),
]
DIFFERENT = [
    ("DE", "Nordwind Zweirad GmbH", "Talblick Brauerei GmbH"),
    ("DE", "Bayern Handel GmbH", "Sachsen Handel GmbH"),
    ("US", "Westbrook Hydraulics", "Eastlake Catering"),
    ("US", "General Trading Company", "International Trading Company"),
    ("CN", "华通信息技术有限公司", "星光信息技术有限公司"),
    ("RU", "ООО Ромашка", "ООО Берёзка"),
    ("DE", "GmbH", "GmbH"),
    ("DE", "A", "B"),
]
CODES = st.sampled_from(["", "AE", "CN", "DE", "JP", "NL", "RU", "US"])
ODD = [
    "😀",
    "\u200f",
    "\u202e",
    "GmbH",
    "株式会社",
    "公司",
    "Ö",
    "İ",
    "ﬁ",
    "Z\u0335\u0321",
    "שלום",
    "مرحبا",
    "가",
    "x" * 500,
]
NAMES = st.text(max_size=500) | st.lists(st.sampled_from(ODD), max_size=6).map(" ".join)


def _score(one: Organisation, other: Organisation) -> Score:
    model = trained()
    return model.score(model.prepare(one), model.prepare(other))


def _named(country: str, one: str, other: str) -> Score:
    return _score(Organisation(names=(one,), country=country), Organisation(names=(other,), country=country))


@pytest.mark.parametrize(("country", "one", "other"), SAME)
def test_two_ways_to_write_a_name_are_shown(country: str, one: str, other: str) -> None:
    assert _named(country, one, other).verdict is not Verdict.APART


@pytest.mark.parametrize(("country", "one", "other"), DIFFERENT)
def test_names_of_two_companies_are_apart(country: str, one: str, other: str) -> None:
    assert _named(country, one, other).verdict is Verdict.APART


def test_valid_register_numbers_that_contradict_end_a_match() -> None:
    first = Organisation(names=("Acme Pumps",), country="DE", numbers=(RegisterNumber("DE:VAT", "136695976"),))
    second = Organisation(names=("Acme Pumps",), country="DE", numbers=(RegisterNumber("DE:VAT", "811569869"),))
    found = _score(first, second)
    assert (found.probability, found.verdict, found.contradicted) == (0.0, Verdict.APART, True)


def test_numbers_of_two_registers_contradict_nothing() -> None:
    first = Organisation(names=("Acme Pumps",), country="DE", numbers=(RegisterNumber("DE:VAT", "136695976"),))
    second = Organisation(names=("Acme Pumps",), country="DE", numbers=(RegisterNumber("DE:HRB", "4711"),))
    assert _score(first, second).verdict is Verdict.CONFLICT


def test_an_address_and_a_phone_number_decide_between_sites_of_one_name() -> None:
    site = Organisation(names=("Harbour Clinic",), country="US", address="12 North Main Street", phone="312 555 0143")
    again = Organisation(names=("Harbour Clinic",), country="US", address="12 N. Main St.", phone="(312) 555-0143")
    elsewhere = Organisation(names=("Harbour Clinic",), country="US", address="907 Lake Avenue", phone="312 555 0190")
    assert _score(site, again).verdict is Verdict.CONFLICT
    assert _score(site, elsewhere).verdict is not Verdict.CONFLICT


def test_a_trading_name_counts_as_the_legal_name_does() -> None:
    one = Organisation(names=("Westbrook Hydraulics Inc", "Bluefin Pumps"), country="US")
    assert _score(one, Organisation(names=("Blue Fin Pumps",), country="US")).verdict is not Verdict.APART


def test_the_parts_of_a_score_add_up_to_it() -> None:
    found = _named("US", "Westbrook Hydraulics", "Westbrok Hydraulics LLC")
    odds = sum(part.logit for part in found.parts)
    assert abs(1 / (1 + math.exp(-odds)) - found.probability) < 0.01


def test_control_characters_change_nothing() -> None:
    assert _named("DE", "Acme \u200fPumps\u202e", "Acme Pumps").verdict is Verdict.CONFLICT


@given(NAMES, NAMES, CODES, CODES)
def test_any_two_texts_have_one_bounded_score_in_both_orders(one: str, other: str, here: str, there: str) -> None:
    model = trained()
    left = model.prepare(Organisation(names=(one,), country=here))
    right = model.prepare(Organisation(names=(other,), country=there))
    assert 0 <= model.probability(left, right) <= 1
    assert abs(model.probability(left, right) - model.probability(right, left)) < 1e-9
    assert len(left.names[0].words) <= WORDS_AT_MOST
    assert len(left.names[0].han) <= HAN_LETTERS_AT_MOST
    assert len(terms(left)) <= TERMS_AT_MOST
