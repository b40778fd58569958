"""Countries, and which cell is home to which."""

import pytest

from libs.country import Cell, Directory, country_violations, known_countries, require_known_country
from libs.errors import InvalidInput, Violation, WrongCell
from tests.builders import an_id

DE = Cell(code="de", countries=("DE", "AT"), time_zone="Europe/Berlin", currency="EUR", endpoint="de.example:443")
CN = Cell(code="cn", countries=("CN",), time_zone="Asia/Shanghai", currency="CNY", endpoint="cn.example:443")
HERE = Directory(DE, (CN,))


def test_countries_are_those_of_iso_3166_without_what_only_looks_like_one() -> None:
    assert len(known_countries()) == 250  # ISO's 249 and Kosovo
    assert {"DE", "CN", "NG", "XK"} <= known_countries()
    assert not {"EU", "UN", "ZZ", "XA", "QO", "UK", "001", ""} & known_countries()


def test_a_code_that_names_no_country_is_refused_under_the_name_of_its_field() -> None:
    assert country_violations("DE") == []
    assert country_violations("XQ", "customer.country") == [
        Violation("customer.country", "is not an ISO 3166-1 country", "UNKNOWN_COUNTRY")
    ]
    require_known_country("DE")
    with pytest.raises(InvalidInput) as refused:
        require_known_country("de")
    assert refused.value.violations == (Violation("country", "is not an ISO 3166-1 country", "UNKNOWN_COUNTRY"),)


def test_a_country_served_elsewhere_is_refused_with_where_to_go() -> None:
    HERE.require_country("AT")
    with pytest.raises(WrongCell) as refused:
        HERE.require_country("CN")
    fields = {"subject": "country CN", "here": "de", "cell": "cn", "endpoint": "cn.example:443"}
    assert refused.value.metadata == fields
    with pytest.raises(WrongCell) as nowhere:
        HERE.require_country("NG")
    assert nowhere.value.metadata == {"subject": "country NG", "here": "de", "cell": "", "endpoint": ""}


def test_an_id_of_another_cell_is_refused_whether_or_not_that_cell_is_known() -> None:
    HERE.require_home(an_id("reg", cell="de"))
    HERE.require_home("no id at all")
    for cell, endpoint in (("cn", "cn.example:443"), ("ng", "")):
        id = an_id("reg", cell=cell)
        with pytest.raises(WrongCell) as refused:
            HERE.require_home(id)
        assert refused.value.metadata == {"subject": id, "here": "de", "cell": cell, "endpoint": endpoint}


def test_a_cell_that_serves_everything_serves_every_country() -> None:
    everywhere = Cell(code="local", countries=("*",), time_zone="UTC", currency="EUR")
    assert all(everywhere.serves(country) for country in known_countries())
