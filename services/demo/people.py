"""Who plays: a distributor and two resellers, their people, their places, their terms. All of them are invented."""

from datetime import timedelta

from services.demo.stage import Stage, day, money

COUNTRY = "DE"
NORTH, SOUTH, ABOVE = "Nordlicht Netzwerktechnik GmbH", "Südwind Systemhaus KG", "Kontor für Datentechnik AG"
GREEK = {"name": "Ελένη Παπαδοπούλου", "email": "eleni@nordlicht.example", "phone": "+49301234560", "locale": "el"}
CHINESE = {"name": "林小雨", "email": "lin@suedwind.example", "phone": "+49891234570", "locale": "zh-Hans"}
ARABIC = {"name": "ليلى حداد", "email": "layla@kontor.example", "phone": "+49401234580", "locale": "ar"}


async def partners_apply(stage: Stage) -> None:
    """Three companies apply, one below another."""
    stage.chapter("Partners")
    for key, kind, name, number, above in (
        ("above", "DISTRIBUTOR", ABOVE, "DE100000008", ""),
        ("north", "RESELLER", NORTH, "DE200000005", "above"),
        ("south", "RESELLER", SOUTH, "DE300000002", ""),
    ):
        answer = await stage.ask(
            "partners",
            "ApplyPartner",
            kind=f"PARTNER_KIND_{kind}",
            legal_name=name,
            country=COUNTRY,
            registration_id=number,
            registration_id_type="REGISTRATION_ID_TYPE_VAT",
            parent_partner_id=stage.held.get(above, ""),
        )
        stage.held[key] = answer.partner.id
        stage.tell(f"{name} applies as {kind.lower()}", answer.partner.id)
    wrong = await stage.refused(
        "partners",
        "ApplyPartner",
        kind="PARTNER_KIND_AGENT",
        legal_name="Zahlendreher GmbH",
        country=COUNTRY,
        registration_id="DE100000007",
        registration_id_type="REGISTRATION_ID_TYPE_VAT",
    )
    stage.tell("An application with a mistyped VAT number is refused", wrong.message)


async def partners_are_approved(stage: Stage) -> None:
    """The vendor looks at them, lets them in, and learns whom to call."""
    for key, person in (("above", ARABIC), ("north", GREEK), ("south", CHINESE)):
        partner = stage.held[key]
        await stage.ask("partners", "StartVetting", id=partner)
        await stage.ask("partners", "ApprovePartner", id=partner)
        answer = await stage.ask(
            "partners",
            "AddContact",
            partner_id=partner,
            person=person,
            roles=["CONTACT_ROLE_SALES"],
            primary=True,
        )
        stage.tell(f"{person['name']} becomes the contact of {key}", answer.contact.id)
    await stage.ask("partners", "SetTier", id=stage.held["north"], tier="GOLD", tier_rank=2)
    below = await stage.ask("partners", "ListDownline", partner_id=stage.held["above"])
    stage.tell("Below the distributor stand", ", ".join(found.partner.legal_name for found in below.downline))


async def territories_are_granted(stage: Stage) -> None:
    """Both may sell routers in Germany; Bavaria's switches are promised to one alone."""
    since = day(stage.today - timedelta(days=1))
    for key in ("north", "south"):
        await stage.ask(
            "partners",
            "GrantTerritory",
            partner_id=stage.held[key],
            country=COUNTRY,
            product_line="ROUTERS",
            valid_from=since,
        )
    mine = await stage.ask(
        "partners",
        "GrantTerritory",
        partner_id=stage.held["north"],
        country=COUNTRY,
        subdivision="BY",
        product_line="SWITCHES",
        exclusive=True,
        valid_from=since,
    )
    clash = await stage.refused(
        "partners",
        "GrantTerritory",
        partner_id=stage.held["south"],
        country=COUNTRY,
        product_line="SWITCHES",
        exclusive=True,
        valid_from=since,
    )
    stage.tell("Bavaria's switches are granted to one alone", mine.territory.id)
    stage.tell("An exclusive grant that overlaps is refused", clash.message)


async def prices_and_credit(stage: Stage) -> None:
    """What things cost, and how much may be owed."""
    answer = await stage.ask(
        "orders",
        "PutPriceList",
        code="gold-eur",
        currency="EUR",
        tiers=["GOLD"],
        valid_from=day(stage.today - timedelta(days=30)),
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
    stage.tell("The price list for GOLD partners is put", f"{answer.price_list.code}, revision 1")
    asked = await stage.eventually(
        "orders", "SetCreditTerms", partner_id=stage.held["north"], limit=money(3000), terms_days=30
    )
    await stage.ask_another("orders", "ConfirmDecision", id=asked.decision.id)
    terms = await stage.ask("orders", "GetCreditAccount", partner_id=stage.held["north"], currency="EUR")
    stage.tell("Two persons let the reseller owe", f"{terms.credit_account.limit.units} EUR for 30 days")
