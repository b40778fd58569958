"""A company's name has one form however it is written, and two companies' names have two."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.company_name import name_form

COUNTRIES = st.sampled_from(
    ["", "AE", "CN", "DE", "ES", "FR", "ID", "IL", "JP", "KR", "NL", "RO", "RU", "TH", "TR", "VN"]
)
# Words that are no legal forms anywhere.
WORDS = st.lists(st.sampled_from(["acme", "nordwind", "zweirad", "pacific", "umbrella", "30"]), min_size=1, max_size=4)
FORM_WORDS_TEXT = (
    "GmbH & Co. KG AG S.A. N. V. B V Ltd Limited The Company und et y e and + 有限 公司 株式会社 (株) บริษัท จำกัด ООО"
    " בע\"מ شركة ذ.م.م Công ty TNHH PT Tbk S. de R.L. de C.V. Sp. z o.o. Société Anonyme 日立 Ö ß i̇ ﬁ ㈱ ² '"
)
LEGAL_FORMS = st.sampled_from(
    ["GmbH", "GmbH & Co. KG", "Ltd.", "LLC", "S.A.", "S.r.l.", "Inc", "AB", "B.V.", "Pty Ltd", "ООО", "S. p. A."]
)

SAME = [
    ("DE", "Müller GmbH", "Mueller"),
    ("DE", "Größe AG", "GROESSE"),
    ("DE", "Mu\u0308ller", "Müller"),
    ("DK", "Ørsted A/S", "Oersted AS"),
    ("SE", "Ångström AB", "Aangstroem"),
    ("SE", "Bergström & Ågren Aktiebolag", "Bergstroem och Aagren AB"),
    ("TR", "Türk Köprü A.Ş.", "TURK KOPRU"),
    ("HU", "Gömb Kft.", "Gomb"),
    ("DE", "Meyer und Söhne", "Meyer & Soehne"),
    ("FR", "Dupont et Fils SA", "Dupont & Fils"),
    ("ES", "Pérez y Hijos S.L.", "Perez & Hijos"),
    ("MX", "Martín e Hijos S.A. de C.V.", "Martin & Hijos"),
    ("IT", "Rossi e Figli S. p. A.", "Rossi & Figli"),
    ("PT", "Silva e Filhos, Lda.", "Silva & Filhos"),
    ("NL", "Jansen en Zonen B.V.", "Jansen & Zonen"),
    ("PL", "Nowak i Syn Sp. z o.o.", "Nowak & Syn"),
    ("RU", "Рога и Копыта ООО", "Рога & Копыта"),
    ("UA", "Вода та Мед ТОВ", "Вода & Мед"),
    ("RO", "Ionescu și Fiii S.R.L.", "Ionescu & Fiii"),
    ("HU", "Kovács és Társa Kft.", "Kovács & Társa"),
    ("GR", "Παπάς και Υιοί Α.Ε.", "Παπάς & Υιοί"),
    ("VN", "Công ty TNHH Đất và Nước", "Đất & Nước"),
    ("GB", "Marks + Spencer plc", "Marks and Spencer"),
    ("US", "The Procter & Gamble Company", "Procter & Gamble"),
    ("NL", "Philips N. V.", "Philips NV"),
    ("NL", "N.V. Philips", "Philips"),
    ("NL", "Foo B V", "Foo"),
    ("NL", "Foo Naamloze Vennootschap", "Foo N.V."),
    ("IT", "Foo S. p. A.", "Foo SpA"),
    ("DK", "A/S Foo", "Foo"),
    ("FR", "Société Anonyme Dupont", "Dupont S.A."),
    ("FR", "Dupont Société à responsabilité limitée", "Dupont SARL"),
    ("DE", "Acme Aktiengesellschaft", "Acme AG"),
    ("DE", "Acme GmbH & Co. KG", "Acme"),
    ("PL", "Acme spółka z ograniczoną odpowiedzialnością", "Acme Sp. z o.o."),
    ("MX", "Acme S. de R.L. de C.V.", "Acme"),
    ("IN", "Acme Pvt. Ltd.", "Acme Private Limited"),
    ("US", "Acme Limited Liability Company", "Acme, L. L. C."),
    ("RU", "Общество с ограниченной ответственностью «Ромашка»", "ООО Ромашка"),
    ("RU", "ООО Ромашка", "Romashka"),
    ("GR", "Άλφα Α.Ε.", "Alfa"),
    ("ID", "PT Astra International Tbk", "Astra International"),
    ("LV", "SIA Latvija", "Latvija"),
    ("VN", "Công ty TNHH Hoa Sen", "Hoa Sen"),
    ("VN", "CÔNG TY TRÁCH NHIỆM HỮU HẠN HOA SEN", "Hoa Sen"),
    ("VN", "Công ty Cổ phần Hoa Sen", "Hoa Sen"),
    ("TH", "บริษัท ปตท. จำกัด (มหาชน)", "ปตท"),
    ("TH", "บริษัทเอบีซีจำกัด", "เอบีซี"),
    ("IL", 'שטראוס בע"מ', "שטראוס"),
    ("IL", "שטראוס בע״מ", "שטראוס בעמ"),
    ("AE", "شركة الراجحي ذ.م.م", "الراجحي"),
    ("QA", "أرامكو ش.م.ع", "ارامكو"),
    ("SA", "المراعي المحدودة", "المراعي"),
    ("DE", "Sol-Tech", "SolTech"),
    ("DE", "Sol Tech GmbH", "SolTech"),
    ("US", "I.B.M.", "IBM"),
    ("JP", "株式会社日立", "日立"),
    ("JP", "日立製作所(株)", "㈱日立製作所"),
    ("KR", "(주)삼성전자", "삼성전자 주식회사"),
    ("CN", "聯想集團有限公司", "联想集团"),
    ("CN", "中國石油化工股份有限公司", "中国石油化工有限公司"),
    ("TW", "臺灣水泥股份有限公司", "臺灣水泥(股)公司"),
    ("GB", "EE Limited", "EE Ltd"),
    ("ES", "García e Hijos, S. L.", "Garcia & Hijos SL"),
    ("FR", "Dupont S. A.", "Dupont SA"),
    ("PL", "Kot S. A.", "Kot Spółka Akcyjna"),
    ("PT", "Silva, S. A.", "Silva SA"),
    ("CH", "Boa S. A.", "Boa AG"),
    ("NO", "Bjørn A/S", "Bjoern AS"),
    ("TR", "Koç A. Ş.", "Koc Anonim Şirketi"),
    ("CZ", "Škoda, a. s.", "Škoda akciová společnost"),
    ("SK", "Tatra a. s.", "Tatra, a.s."),
    ("CZ", "Novák a Syn, s. r. o.", "Novák & Syn s.r.o."),
    ("CZ", "Novák spol. s r. o.", "Novák s.r.o."),
    ("GR", "ΔΕΗ Ανώνυμη Εταιρεία", "ΔΕΗ Α.Ε."),
    ("GR", "ΔΕΗ ΑΝΩΝΥΜΗ ΕΤΑΙΡΙΑ", "ΔΕΗ Α. Ε."),
    ("AT", "Groß Gesellschaft m. b. H.", "Gross GmbH"),
    ("HU", "MOL Nyilvánosan Működő Részvénytársaság", "MOL Nyrt."),
    ("HU", "MOL Zártkörűen Működő Részvénytársaság", "MOL Zrt."),
    ("VN", "Công ty TNHH Một Thành Viên Hoa Sen", "Hoa Sen"),
    ("VN", "Công ty TNHH MTV Hoa Sen", "Công ty TNHH Hoa Sen"),
    ("VN", "CTCP Hoa Sen", "Công ty Cổ phần Hoa Sen"),
    ("PT", "Silva Unipessoal, Lda.", "Silva Lda"),
    ("ID", "Perseroan Terbatas Maju", "PT Maju"),
]
DIFFERENT = [
    ("DE", "Müller GmbH", "Muller GmbH"),
    ("DE", "Nord Holding GmbH", "Nord GmbH"),
    ("DE", "Nord Group", "Nord"),
    ("CN", "联想集团有限公司", "联想有限公司"),
    ("IT", "AS Roma S.p.A.", "Roma S.p.A."),
    ("US", "SAS Institute Inc.", "Institute Inc."),
    ("US", "Limited Brands Inc.", "Brands Inc."),
    ("DE", "AG Immobilien GmbH", "Immobilien GmbH"),
    ("GB", "BR Industrial Ltd", "Industrial Ltd"),
    ("US", "Serenity Spa", "Serenity"),
    ("US", "Miller & Son", "Miller"),
    ("GB", "Sun Life Assurance Company", "Sun Life"),
    ("DE", "Deutsche Bank AG", "Deutsche AG"),
    ("US", "Capital Trust I", "Capital Trust II"),
    ("US", "Capital Trust", "Capital"),
    ("US", "John E Smith", "John & Smith"),
    ("DE", "AG", "KG"),
    ("CZ", "Novák a Syn", "Novák Syn"),
]


@pytest.mark.parametrize(("country", "one", "other"), SAME)
def test_ways_to_write_a_name_have_one_form(country: str, one: str, other: str) -> None:
    assert name_form(one, country) == name_form(other, country)


@pytest.mark.parametrize(("country", "one", "other"), DIFFERENT)
def test_names_of_two_companies_have_two_forms(country: str, one: str, other: str) -> None:
    assert name_form(one, country) != name_form(other, country)


@given(WORDS, LEGAL_FORMS)
def test_a_name_is_the_same_with_any_legal_form_case_and_punctuation(words: list[str], legal_form: str) -> None:
    plain = " ".join(words)
    written = (
        plain,
        plain.upper(),
        "-".join(words),
        f"{plain} {legal_form}",
        f"{plain.title()}, {legal_form}",
        f"«{plain}» {legal_form}",
    )
    assert {name_form(one) for one in written} == {"".join(words)}


@given(st.text() | st.lists(st.sampled_from(FORM_WORDS_TEXT.split()), max_size=6).map(" ".join), COUNTRIES)
@example("有限 公司 abc", "CN")
@example("The The Ltd", "")
def test_the_form_of_a_form_is_itself(name: str, country: str) -> None:
    form = name_form(name, country)
    assert name_form(form, country) == form


@given(st.text() | st.lists(st.sampled_from(FORM_WORDS_TEXT.split()), max_size=6).map("".join), COUNTRIES)
def test_a_form_has_letters_and_digits_alone(name: str, country: str) -> None:
    assert name_form(name, country) == "" or name_form(name, country).isalnum()


@given(
    st.lists(st.sampled_from(["GmbH", "Ltd", "Company", "The", "S.A.", "公司", "บริษัท"]), min_size=1, max_size=6),
    COUNTRIES,
)
def test_a_name_of_nothing_but_legal_forms_keeps_one(words: list[str], country: str) -> None:
    assert name_form(" ".join(words), country)
