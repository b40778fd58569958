"""The list of visitors of a trade fair becomes leads: with the consent that each gave, and without where none."""

from pathlib import Path

from tests.unit.imports.samples import checked, mapping, plain, said, write

LEADS = "prm.deals.v1.LeadService/ImportLeads"
FIELDS: dict[str, object] = {
    "external_source": {"constant": "fair-2026"},
    "external_id": {"column": "id", "empty": "refuse"},
    "source": {"constant": "TRADE_FAIR"},
    "customer": {"fields": {"legal_name": {"column": "company", "empty": "refuse"}, "country": "country"}},
    "contact": {"fields": {"name": "visitor", "email": "mail"}},
    "text": {"fields": {"text": "note"}},
    "product_lines": ["line"],
    "basis": {"constant": "CONSENT", "when": {"consent": {"empty": False}}},
    "consent_reference": "consent",
}
HEADER = "id,company,country,visitor,mail,note,line,consent\n"


def test_a_row_becomes_a_lead_with_the_basis_that_its_column_states(tmp_path: Path) -> None:
    rows = (
        "1,Neuwerk GmbH,DE,Ada,ada@neuwerk.example,Forty routers,ROUTERS,card-17\n"
        "2,Altwerk GmbH,DE,Bo,bo@altwerk.example,,,\n"
        "3,,DE,Cy,,,,\n"
    )
    files = write(tmp_path, rows=HEADER + rows)
    messages, heard, _ = checked(mapping(FIELDS, LEADS), files)
    first, second = plain(messages)
    assert first == {
        "external_source": "fair-2026",
        "external_id": "1",
        "source": "LEAD_SOURCE_TRADE_FAIR",
        "customer": {"legal_name": "Neuwerk GmbH", "country": "DE"},
        "contact": {"name": "Ada", "email": "ada@neuwerk.example"},
        "text": {"text": "Forty routers"},
        "product_lines": ["ROUTERS"],
        "basis": "LEAD_BASIS_CONSENT",
        "consent_reference": "card-17",
    }
    assert [field for field in ("basis", "consent_reference", "product_lines") if field in second] == []
    assert [(one[0], one[2]) for one in said(heard)] == [("REFUSED", "customer.legal_name")]
