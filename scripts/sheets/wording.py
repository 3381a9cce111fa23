"""What is printed on the sheets: wordings as data, apart from how they are drawn.

A wording names the form definition it belongs to (``form``), so that truth can
say which form a page shows. ``fields`` of a column are the truth's names of
what people write in it, in the order in which they write it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the signer table; ``share`` is its part of the width."""

    name: str
    header: str
    fields: tuple[str, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Wording:
    """All words of one printed form.

    ``complete``: the line above the contact column, empty where there is none.
    ``box_fields``: (field name, printed label) of the collector box.
    """

    form: str
    language: str
    titles: tuple[str, ...]
    to_line: str
    letter: tuple[str, ...]
    contact: str
    heading: str
    complete: str
    columns: tuple[Column, ...]
    return_address: tuple[str, ...]
    box_title: str
    box_fields: tuple[tuple[str, str], ...]


AMNESTY_EN = Wording(
    form="amnesty-canada-en",
    language="en",
    titles=(
        "End Islamophobic attacks in Xinjiang, China",
        "Protect the right to asylum",
        "Clean water for every community now",
        "Free the journalists of Port Verel",
    ),
    to_line="To: Canada's Minister of Global Affairs, Chrystia Freeland",
    letter=(
        "I am writing to ask that you take urgent action to address the crisis faced by "
        "Uyghurs, Kazakhs, and other Muslim-majority communities in China's Xinjiang Uyghur "
        "Autonomous Region (Xinjiang), who are being targeted for their religion, facing "
        "intrusive surveillance, checkpoints, and detention.",
        "I urge the Canadian government to take the lead at the UN Human Rights Council to "
        "demand an international fact-finding initiative to reveal what is really happening "
        "in Xinjiang.",
    ),
    contact="For more information on this petition please contact: petitions@example.org",
    heading="Petition Signers:",
    complete="Complete if you wish to receive information on our human rights work "
    "(1-2 times per month)",
    columns=(
        Column("name", "Name (please print)", ("name",), 0.22),
        Column(
            "address",
            "Address (include postal code)",
            ("address", "city", "province", "postal_code"),
            0.33,
        ),
        Column("signature", "Signature", ("signature",), 0.18),
        Column("contact", "Phone and Email", ("phone", "email"), 0.27),
    ),
    return_address=(
        "Please submit completed petitions to:",
        "Amnesty International Canada",
        "312 Laurier Avenue East",
        "Ottawa ON K1N 1H9",
    ),
    box_title="PETITION COLLECTOR PLEASE FILL IN THIS BOX",
    box_fields=(
        ("collector_name", "Your name:"),
        ("event_location", "Event/Location/City:"),
        ("date_collected", "Date signatures collected:"),
    ),
)

AMNESTY_FR = Wording(
    form="amnesty-canada-fr",
    language="fr",
    titles=(
        "Mettez fin aux attaques islamophobes au Xinjiang, en Chine",
        "Protégeons le droit d'asile",
        "De l'eau potable pour toutes les communautés",
    ),
    to_line="À : Madame Chrystia Freeland, ministre des Affaires mondiales du Canada",
    letter=(
        "Je vous écris pour vous demander d'agir de toute urgence face à la crise que vivent "
        "les Ouïghours, les Kazakhs et d'autres communautés à majorité musulmane de la Région "
        "autonome ouïghoure du Xinjiang, prises pour cible en raison de leur religion et "
        "soumises à une surveillance intrusive, à des contrôles et à la détention.",
        "J'exhorte le gouvernement du Canada à prendre les devants au Conseil des droits de "
        "l'homme de l'ONU et à réclamer une mission internationale d'établissement des faits.",
    ),
    contact="Pour plus d'information sur cette pétition, veuillez contacter : "
    "petitions@example.org",
    heading="Signataires de la pétition :",
    complete="Remplir si vous souhaitez recevoir de l'information sur notre travail de défense "
    "des droits humains (1 à 2 fois par mois)",
    columns=(
        Column("name", "Nom (en lettres moulées)", ("name",), 0.22),
        Column(
            "address",
            "Adresse (inclure le code postal)",
            ("address", "city", "province", "postal_code"),
            0.33,
        ),
        Column("signature", "Signature", ("signature",), 0.18),
        Column("contact", "Téléphone et courriel", ("phone", "email"), 0.27),
    ),
    return_address=(
        "Veuillez retourner les pétitions remplies à :",
        "Amnistie internationale Canada",
        "312, avenue Laurier Est",
        "Ottawa (Ontario) K1N 1H9",
    ),
    box_title="RESPONSABLE DE LA COLLECTE VEUILLEZ REMPLIR CETTE CASE",
    box_fields=(
        ("collector_name", "Votre nom :"),
        ("event_location", "Événement/Lieu/Ville :"),
        ("date_collected", "Date de la collecte :"),
    ),
)

COMMONS_EN = Wording(
    form="commons-en",
    language="en",
    titles=("PETITION TO THE HOUSE OF COMMONS",),
    to_line="To the House of Commons in Parliament assembled",
    letter=(
        "We, the undersigned residents of Canada, draw the attention of the House to the "
        "following: that the ferry between the islands has sailed less often every year, and "
        "that families, workers and patients can no longer rely on it.",
        "Therefore, your petitioners call upon the House of Commons to restore daily service.",
    ),
    contact="",
    heading="",
    complete="",
    columns=(
        Column("number", "No.", (), 0.06),
        Column("name", "Name (print)", ("name",), 0.30),
        Column("address", "Full home address", ("address", "city", "postal_code"), 0.40),
        Column("signature", "Signature of petitioner", ("signature",), 0.24),
    ),
    return_address=("A petition must hold the original signatures of at least 25 residents.",),
    box_title="",
    box_fields=(),
)

MUNICIPAL_FR = Wording(
    form="municipal-fr",
    language="fr",
    titles=("PÉTITION AU CONSEIL MUNICIPAL",),
    to_line="Au maire et aux membres du conseil de la Ville",
    letter=(
        "Nous, citoyennes et citoyens, demandons au conseil municipal de conserver la "
        "bibliothèque du quartier et d'en prolonger les heures d'ouverture.",
    ),
    contact="",
    heading="",
    complete="",
    columns=(
        Column("name", "Prénom et nom", ("name",), 0.23),
        Column("address", "Adresse", ("address",), 0.24),
        Column("city", "Ville", ("city",), 0.14),
        Column("postal_code", "Code postal", ("postal_code",), 0.11),
        Column("date", "Date", ("date",), 0.11),
        Column("signature", "Signature", ("signature",), 0.17),
    ),
    return_address=("À remettre au greffe de la Ville.",),
    box_title="PERSONNE RESPONSABLE DE LA PÉTITION",
    box_fields=(
        ("collector_name", "Nom :"),
        ("date_collected", "Date du dépôt :"),
    ),
)

WORDINGS = {w.form: w for w in (AMNESTY_EN, AMNESTY_FR, COMMONS_EN, MUNICIPAL_FR)}
