"""The steps of the partners: a distributor and two resellers with their contacts, territories, prices and credit. All
are invented."""

from datetime import timedelta

from services.demo.scenario import ScenarioClient, day, money

COUNTRY = "DE"
NORTH, SOUTH, ABOVE = "Nordlicht Netzwerktechnik GmbH", "Südwind Systemhaus KG", "Kontor für Datentechnik AG"
GREEK = {"name": "Ελένη Παπαδοπούλου", "email": "eleni@nordlicht.example", "phone": "+49301234560", "locale": "el"}
CHINESE = {"name": "林小雨", "email": "lin@suedwind.example", "phone": "+49891234570", "locale": "zh-Hans"}
ARABIC = {"name": "ليلى حداد", "email": "layla@kontor.example", "phone": "+49401234580", "locale": "ar"}


async def partners_apply(scenario: ScenarioClient) -> None:
    """Three companies apply; one of them buys from another."""
    scenario.chapter("Partners")
    for key, kind, name, number, above in (
        ("above", "DISTRIBUTOR", ABOVE, "DE100000008", ""),
        ("north", "RESELLER", NORTH, "DE200000005", "above"),
        ("south", "RESELLER", SOUTH, "DE300000002", ""),
    ):
        answer = await scenario.ask(
            "partners",
            "ApplyPartner",
            kind=f"PARTNER_KIND_{kind}",
            legal_name=name,
            country=COUNTRY,
            registration_id=number,
            registration_id_type="REGISTRATION_ID_TYPE_VAT",
            parent_partner_id=scenario.held.get(above, ""),
        )
        scenario.held[key] = answer.partner.id
        scenario.tell(f"{name} applies as {kind.lower()}", answer.partner.id)
    wrong = await scenario.refused(
        "partners",
        "ApplyPartner",
        kind="PARTNER_KIND_AGENT",
        legal_name="Zahlendreher GmbH",
        country=COUNTRY,
        registration_id="DE100000007",
        registration_id_type="REGISTRATION_ID_TYPE_VAT",
    )
    scenario.tell("An application with a mistyped VAT number is refused", wrong.message)


async def partners_are_approved(scenario: ScenarioClient) -> None:
    """The vendor examines and approves them, and adds a contact to each."""
    for key, person in (("above", ARABIC), ("north", GREEK), ("south", CHINESE)):
        partner = scenario.held[key]
        await scenario.ask("partners", "StartVetting", id=partner)
        await scenario.ask("partners", "ApprovePartner", id=partner)
        answer = await scenario.ask(
            "partners",
            "AddContact",
            partner_id=partner,
            person=person,
            roles=["CONTACT_ROLE_SALES"],
            primary=True,
        )
        scenario.held[f"{key} contact"] = answer.contact.id
        scenario.tell(f"{person['name']} becomes the contact of {key}", answer.contact.id)
    await scenario.ask("partners", "SetTier", id=scenario.held["north"], tier="GOLD", tier_rank=2)
    below = await scenario.ask("partners", "ListDownline", partner_id=scenario.held["above"])
    scenario.tell("Below the distributor stand", ", ".join(found.partner.legal_name for found in below.downline))


async def territories_are_granted(scenario: ScenarioClient) -> None:
    """Both resellers may sell routers in Germany; only one may sell switches in Bavaria."""
    since = day(scenario.today - timedelta(days=1))
    for key in ("north", "south"):
        await scenario.ask(
            "partners",
            "GrantTerritory",
            partner_id=scenario.held[key],
            country=COUNTRY,
            product_line="ROUTERS",
            valid_from=since,
        )
    mine = await scenario.ask(
        "partners",
        "GrantTerritory",
        partner_id=scenario.held["north"],
        country=COUNTRY,
        subdivision="BY",
        product_line="SWITCHES",
        exclusive=True,
        valid_from=since,
    )
    clash = await scenario.refused(
        "partners",
        "GrantTerritory",
        partner_id=scenario.held["south"],
        country=COUNTRY,
        product_line="SWITCHES",
        exclusive=True,
        valid_from=since,
    )
    scenario.tell("Bavaria's switches are granted to one alone", mine.territory.id)
    scenario.tell("An exclusive grant that overlaps is refused", clash.message)


async def prices_and_credit(scenario: ScenarioClient) -> None:
    """The vendor puts a price list and sets credit terms."""
    answer = await scenario.ask(
        "orders",
        "PutPriceList",
        code="gold-eur",
        currency="EUR",
        tiers=["GOLD"],
        valid_from=day(scenario.today - timedelta(days=30)),
        items=[
            {
                "sku": "RTR-100",
                "product_line": "ROUTERS",
                "description": "Router, 4 ports",
                "unit_price": money(400),
                "volume_breaks": [{"min_quantity": 10, "unit_price": money(360)}],
            },
            {"sku": "SUP-1Y", "product_line": "ROUTERS", "description": "Support, one year", "unit_price": money(50)},
        ],
    )
    scenario.tell("The price list for GOLD partners is put", f"{answer.price_list.code}, revision 1")
    asked = await scenario.eventually(
        "orders", "SetCreditTerms", partner_id=scenario.held["north"], limit=money(3000), terms_days=30
    )
    await scenario.ask_another("orders", "ConfirmDecision", id=asked.decision.id)
    terms = await scenario.ask("orders", "GetCreditAccount", partner_id=scenario.held["north"], currency="EUR")
    scenario.tell("Two persons let the reseller owe", f"{terms.credit_account.limit.units} EUR for 30 days")
