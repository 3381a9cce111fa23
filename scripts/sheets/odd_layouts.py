"""Further layouts that petitions have, drawn by tests and by name alone.

What is measured cycles through ``layouts.PLANS``; a layout more there would change every
sheet of every seed. Here are a column for the ward, blanks for "Sheet ____ of ____", two
tables below each other, three ruled lines a signer, a sheet's front and back, cards, and ZIP codes.
"""

from scripts.sheets.layouts import Cell, Plan, words_of
from scripts.sheets.wording import Column

WARD_EN = Plan(
    words_of(
        "ward-en",
        "en",
        "Petition to Reopen the North End Library",
        "To Mayor and Council",
        "We, residents of the city, ask that the North End Library be opened again on six days a "
        "week before the winter.",
        (
            Column("name", "Name", ("name",), 0.3),
            Column("address", "Address", ("address", "postal_code"), 0.32),
            Column("ward", "Ward", ("ward",), 0.14),
            Column("signature", "Signature", ("signature",), 0.24),
        ),
        "Bring sheets to the Friends of the Library, 3 Gottingen Street.",
        (
            "FOR THE FRIENDS OF THE LIBRARY",
            (("collector_name", "Collected by:"), ("date_collected", "Date:")),
        ),
    ),
    lines=(
        (
            Cell("name", 0.28, header="Name"),
            Cell("address", 0.34, header="Address"),
            Cell("ward", 0.14, header="Ward"),
            Cell("signature", 0.24, header="Signature"),
        ),
    ),
    paper="letter",
    line_mm=(10.5, 13.0),
    rows=(7, 10),
    count=("corner", "Sheet", "of"),
)
DEPUTE_FR = Plan(
    words_of(
        "depute-fr",
        "fr",
        "Pour un train de banlieue jusqu'à Lotbinière",
        "Aux députées et députés de la région",
        "Nous demandons que le train de banlieue aille jusqu'à Lotbinière et que le billet "
        "reste au même prix pour tous.",
        (
            Column("name", "Prénom et nom", ("name",), 0.28),
            Column("city", "Ville", ("city",), 0.2),
            Column("electoral_district", "Circonscription", ("electoral_district",), 0.24),
            Column("signature", "Signature", ("signature",), 0.28),
        ),
        "Renvoyez les feuilles au Comité du train, Lévis.",
        (
            "À REMPLIR PAR LE COMITÉ",
            (("collector_name", "Nom du bénévole :"), ("date_collected", "Date :")),
        ),
    ),
    lines=(
        (
            Cell("name", 0.28, header="Prénom et nom"),
            Cell("city", 0.2, header="Ville"),
            Cell("electoral_district", 0.25, header="Circonscription"),
            Cell("signature", 0.27, header="Signature"),
        ),
    ),
    paper="letter",
    line_mm=(9.5, 12.0),
    rows=(7, 10),
    count=("box", "Feuille", "de"),
)
_FERRY = (
    Column("name", "Name", ("name",), 0.26),
    Column("address", "Street address", ("address",), 0.3),
    Column("postal_code", "Postal code", ("postal_code",), 0.17),
    Column("signature", "Signature", ("signature",), 0.27),
)
FERRY_FRONT_EN = Plan(
    words_of(
        "ferry-front-en",
        "en",
        "Keep the Night Ferry Running",
        "To the Minister of Transportation",
        "We, who work nights on both shores, ask that the ferry keep its two crossings between "
        "midnight and five.",
        _FERRY,
        "More signatures on the back of this sheet.",
        (
            "THE PERSON COLLECTING SIGNATURES",
            (
                ("collector_name", "Collected by:"),
                ("event_location", "Place:"),
                ("date_collected", "Date:"),
            ),
        ),
    ),
    lines=(tuple(Cell(c.name, c.share, header=c.header) for c in _FERRY),),
    paper="letter",
    line_mm=(9.5, 11.5),
    rows=(6, 8),
)
FERRY_BACK_EN = Plan(
    words_of(
        "ferry-back-en",
        "en",
        "Night Ferry: signatures continued",
        "Please sign the front of this sheet first if there is room",
        "By signing here I say the same as those who signed overleaf.",
        _FERRY,
        "Thank you. Hand this sheet back to the person who gave it to you.",
        ("", ()),
    ),
    lines=FERRY_FRONT_EN.lines,
    paper="letter",
    line_mm=(9.5, 11.5),
    rows=(10, 13),
)
_STAND = (
    Column("name", "Name", ("name",), 0.34),
    Column("email", "Email", ("email",), 0.36),
    Column("signature", "Signature", ("signature",), 0.3),
)
BELOW_EN = Plan(
    words_of(
        "below-en",
        "en",
        "No Parking Garage on the Common",
        "To the Planning Board",
        "We ask the Planning Board to refuse the garage and to plant the lot with trees instead.",
        _STAND,
        "Leave this sheet at the market stand.",
        ("MARKET STAND", (("collector_name", "Volunteer:"), ("date_collected", "Date:"))),
    ),
    lines=(tuple(Cell(c.name, c.share, header=c.header) for c in _STAND),),
    paper="letter",
    line_mm=(9.5, 11.0),
    rows=(10, 12),
    below=2,
)
TRIPLE_EN = Plan(
    words_of(
        "triple-en",
        "en",
        "Referendum Petition on the Water Utility",
        "To the Returning Officer",
        "We, being electors, ask that the sale of the water utility be put to a referendum.",
        (
            Column("name", "", ("name",), 0.5),
            Column("date", "", ("date",), 0.5),
            Column("address", "", ("address",), 0.5),
            Column("city", "", ("city",), 0.5),
            Column("signature", "", ("signature",), 0.4),
            Column("phone", "", ("phone",), 0.3),
            Column("postal_code", "", ("postal_code",), 0.3),
        ),
        "It is an offence to sign for another elector.",
        (
            "DECLARATION OF WITNESS",
            (("collector_name", "Name of witness:"), ("date_collected", "Date:")),
        ),
    ),
    lines=(
        (Cell("name", 0.64, ("FULL NAME",)), Cell("date", 0.36, ("DATE SIGNED",))),
        (Cell("address", 0.58, ("STREET ADDRESS",)), Cell("city", 0.42, ("CITY OR TOWN",))),
        (
            Cell("signature", 0.46, ("SIGNATURE",)),
            Cell("phone", 0.28, ("TELEPHONE",)),
            Cell("postal_code", 0.26, ("POSTAL CODE",)),
        ),
    ),
    paper="legal",
    line_mm=(9.5, 11.0),
    rows=(6, 8),
    numbered=True,
)
CARDS_EN = Plan(
    words_of(
        "cards-en",
        "en",
        "Rosters Two Weeks Ahead",
        "To the management of the Harbour Depot",
        "We, who work in the depot, ask that rosters be posted two weeks ahead.",
        (
            Column("name", "", ("name",), 1.0),
            Column("phone", "", ("phone",), 1.0),
            Column("signature", "", ("signature",), 1.0),
        ),
        "Bring it to the depot office.",
        ("FOR THE COMMITTEE", (("collector_name", "Steward:"), ("date_collected", "Date:"))),
    ),
    lines=((Cell("card", 1.0, ("Name:", "Phone:", "Signature:")),),),
    paper="letter",
    line_mm=(32.0, 34.0),
    rows=(4, 4),
    tables=2,
    cards=(3.0, 3.5),
)
RECALL_US = Plan(
    words_of(
        "recall-us",
        "en",
        "Petition to Keep the Mill Street Bridge Open",
        "To the Board of County Commissioners",
        "We, the undersigned voters of the county, ask that the Mill Street Bridge stay open to "
        "cars and buses.",
        (
            Column("name", "Print name", ("name",), 0.26),
            Column("address", "Residence address", ("address",), 0.28),
            Column("zip", "ZIP code", ("zip",), 0.18),
            Column("signature", "Signature", ("signature",), 0.28),
        ),
        "Return to Friends of Mill Street, 12 Weir Road.",
        ("CIRCULATOR", (("collector_name", "Printed name:"), ("date_collected", "Date:"))),
    ),
    lines=(
        (
            Cell("name", 0.26, header="Print name"),
            Cell("address", 0.28, header="Residence address"),
            Cell("zip", 0.18, header="ZIP code"),
            Cell("signature", 0.28, header="Signature"),
        ),
    ),
    paper="letter",
    line_mm=(10.0, 12.0),
    rows=(7, 10),
)
ODD_PLANS = {
    plan.wording.form: plan
    for plan in (
        *(WARD_EN, DEPUTE_FR, FERRY_FRONT_EN, FERRY_BACK_EN),
        *(BELOW_EN, TRIPLE_EN, CARDS_EN, RECALL_US),
    )
}
