"""Guess from a printed wording, English, French, German or Spanish, what people write there.

Kinds that know one country's codes, towns or numbers are guessed for Canada alone: a German
town or telephone number is text.
"""

import re

from digitizer.layout.print.wording import plain
from digitizer.records import FieldKind

# Words that tell a kind, as ``wording.plain`` spells them; of several that occur
# all count, in this order, which is the order in which people write them.
_WORDS: tuple[tuple[FieldKind, str], ...] = (
    (
        FieldKind.SIGNATURE,
        r"signature|sign|(?<!date )signed|sign here|signez|signe|emargement|unterschrift|"
        r"firma",
    ),
    (
        FieldKind.NAME,
        r"name|names|surname|forename|nom|noms|prenom|prenoms|signer|signataire|"
        r"nombres? y apellidos?|nombres?$|nombres? completos?|apellidos?|"
        r"petitioner|vornamen?|nachnamen?|familiennamen?|zuname|unterzeichner(?: in)?",
    ),
    (
        FieldKind.ADDRESS,
        r"address|adresse|street|rue|residence|domicile|(?:wohn)?anschrift|str|strasse|"
        r"domicilio|direccion",
    ),
    (
        FieldKind.CITY,
        r"city|town|municipality|ville|municipalite|localite|commune|municipio|localidad|ciudad",
    ),
    (FieldKind.PROVINCE, r"province|prov|(?<!i )state(?! that)"),
    (FieldKind.POSTAL_CODE, r"postal code|postal|code postal|c p|cp"),
    (FieldKind.PHONE, r"phone|telephone|tel|cell|cellulaire|mobile|telefono|movil"),
    (
        FieldKind.EMAIL,
        r"email|e mail|courriel|mail|adresse electronique|correo(?: electronico)?",
    ),
    (FieldKind.DATE, r"date|dated|day|jour|datum|fecha"),
)
_PATTERNS = tuple((kind, re.compile(rf"\b(?:{words})\b")) for kind, words in _WORDS)
# "Address of property in the Town": it is said which town, and nobody writes it.
_TOWN_KNOWN = re.compile(
    r"\b(?:in|within|dans|sur) (?:the|this|our|la|le|cette|ce|notre) "
    r"(?:city|town|township|municipality|village|county|riding|ward|parish|"
    r"ville|municipalite|commune|canton|village|paroisse|arrondissement|territoire)\b"
)
# "Street and number", "rue et numero": the street part of an address and nothing else.
_STREET_ALONE = re.compile(
    r"\b(?:street|road|rue|voie) (?:and |et )?(?:house |civic )?(?:number|no|name|numero|n)\b"
    r"|\b(?:number|no|numero|n)(?: civique)? (?:and|et|of|de)(?: la| the| nom de la)? "
    r"(?:street|road|rue|voie)\b"
)
# Who checks signatures; their initials beside a row are no signer's.
_OFFICER = r"(?:(?:city |town |municipal )?clerk|registrar|greffi(?:er|ere)|secretaire tresoriere?)"
# Columns that the office fills in, not the signer.
_OFFICE = re.compile(
    r"\b(?:(?:office|official|clerk|staff|internal|registrar|administration)(?: s)?(?: use)? only|"
    r"for (?:office|official|internal|clerk s?) ?use|do not (?:write|fill|use)|"
    r"leave (?:this (?:space |column )?)?(?:blank|empty)|"
    r"laisse[rz] (?:cette colonne |cette case )?(?:en blanc|vide|vierge)|"
    r"ne (?:rien |pas )(?:inscrire|ecrire|remplir)|n inscrivez rien|n ecrivez rien|"
    r"(?:usage|reserve)[es]* (?:interne|officiel|administratif|au bureau|a l administration|"
    r"au greffe|au greffier|du bureau|du greffier)|"
    r"amtliche[rs]? (?:vermerke?|bemerkung(?:en)?|prufung)|(?:bitte )?(?:nicht ausfullen|"
    r"frei ?lassen)|(?:vermerke?|bemerkung(?:en)?|(?:aus(?:zu)?fullen )?von|durch) (?:der|die) "
    r"(?:gemeinde|stadt|behorde|verwaltung))\b"
    r"|\b(?:initials?|initiales|paraphe|visa) (?:of |by )?(?:the |d[eu] |de la |d une? )?"
    rf"{_OFFICER}\b|\b{_OFFICER} (?:s )?initials\b|^(?:d[eu] (?:la )?|the )?{_OFFICER}$"
)
# An officer's word on the signatures, and words of whoever collects them.
_OFFICIAL = re.compile(
    rf"\b(?:{_OFFICER}|fonctionnaire|official|notary|notaire|commissioner (?:of|for) oaths|"
    r"commissaire a l assermentation|justice of the peace|juge de paix)\b"
)
_ATTESTING = re.compile(r"\b(?:certif|attest|sworn|assermente|verif)")
_COLLECTING = re.compile(r"\b(?:circulat|canvass|collect|recueil|recolt|solicit|sollicit)")
# A day of birth, unless its place or its year alone is asked for.
_BIRTH = re.compile(
    r"\b(?:date of birth|birth ?dates?|birthday|d o b|dob|born(?: on)?|(?:date|jour) de naissance|"
    r"date naissance|nee le|ne e le|geburts(?:datum|tag)|geb(?:oren)? am|geb datum)\b|"
    r"^ne le\b|\bne le$"
)
_NO_BIRTH_DATE = re.compile(
    r"\b(?:born in|year born|where|(?:year|place|country|city|town) of birth|"
    r"(?:annee|lieu|pays|ville) de naissance)\b"
)
# Both in one cell, in the order in which they are asked for.
_BIRTH_DATE_AND_PLACE = re.compile(
    r"\b(?:dates? (?:and )?(?:the )?place of birth|dates? (?:et )?(?:le )?lieu de naissance)\b"
)
_BIRTH_PLACE_AND_DATE = re.compile(
    r"\b(?:place (?:and )?(?:the )?date of birth|lieu (?:et )?(?:la )?date de naissance)\b"
)
# Codes of other countries, which are read as plain text: a postal code here is Canada's.
_FOREIGN_CODE = re.compile(
    r"\b(?:postcode|post code|zip|zip code|plz|postleitzahl|eircode|npa|"
    r"codigo postal|(?:n|no|num|numero) (?:d acheminement )?postal)\b"
)
# Heads in German: nobody in these countries has a Canadian code, town or province.
_ABROAD = re.compile(
    r"\b(?:(?:wohn)?anschrift|strasse|hausnummer|wohnort|ort|unterschrift|"
    r"domicilio|direccion|firma|apellidos?|telefono|(?:vor|nach|zu|familien)namen?)\b"
)
_FIRST_NAME = re.compile(r"\b(?:first|given|forenames?|prenoms?|vornamen?)\b")
_LAST_NAME = re.compile(
    r"\b(?:last|family|full(?! (?:first|given|forenames?))|surname|nom|noms|famille|"
    r"nachnamen?|familiennamen?|zuname|name (?:und )?vornamen?|vor (?:und )?(?:nach|zu)namen?|"
    r"vornamen? (?:und )?namen?)\b"
)
# "First" and "Last" below "Name": a head alone that says which of a person's names it is.
_NAME_PART = re.compile(r"(?:first|given|last|family|vor|nach)")
# Who signs, where no column asks for a name: "Owner/Tenant", "Parent or guardian".
_PERSON = (
    r"(?:(?:registered |qualified |eligible |property |home |unit |condo )?"
    r"(?:owner|tenant|resident|elector|voter|taxpayer|ratepayer|parent|guardian|citizen|"
    r"neighbou?r|supporter|endorser|nominator|member|employee|student|participant|subscriber|"
    r"householder|homeowner|occupant)s?|"
    r"(?:co)?proprietaires?|locataires?|residente?s?|elect(?:eur|rice|eurs|rices)|parents?|"
    r"tut(?:eur|rice|eurs|rices)|citoyen(?:ne)?s?|voisine?s?|membres?|employee?s?|occupante?s?|"
    r"contribuables?|partisane?s?|adherente?s?)"
)
_PERSONS = re.compile(
    rf"{_PERSON}(?: (?:(?:or|and|et|ou|legal|s|e|ne|rice) )*{_PERSON})*(?: (?:s|e|ne|rice))*"
)
# A street's own word alone.
_STREET_WORD = re.compile(r"(?:street|road|rue|voie|nom de (?:la )?rue|street name)s?")
_CIVIC_NUMBER = re.compile(
    r"\b(?:civique|civic)\b|\b(?:house|building) (?:number|no)\b|"
    r"^(?:street (?:number|no)|no de rue)$"
)
_FLAT = re.compile(r"(?:app|apt|appt|apartment|appartement|flat|suite|unit|unite|logement)(?: no)?")
# Names of places and things, which nobody is called: "street number and name", "nom de la rue".
_THING = (
    r"(?:street|road|city|town|municipality|riding|ward|county|school|employer|company|"
    r"constituency|precinct|borough|parish|neighbou?rhood|(?:[a-z]+ )?(?:district|division)|"
    r"rue|ville|municipalite|circonscription|ecole|employeur|entreprise|voie|"
    r"quartier|arrondissement|comte|paroisse)"
)
_NAME_OF_THING = re.compile(
    rf"\b(?:names?|noms?) (?:of|de|du|d) (?:(?:the|your|la|l|votre) )?(?={_THING}\b)"
    rf"|(?<=\bhouse )(?:number|no|nr|num) (?:(?:or|and) )?(?:house )?names?\b"
    rf"|(?<=\bstreet )(?:number|no|nr|num) and names?\b|\b(?:number|no) and (?={_THING} names?\b)"
    rf"|(?:(?<=\bstreet )|(?<=\bcity )|(?<=\btown )|(?<=\bschool )|(?<=\briding )|(?<=\bward )"
    rf"|(?<=\bdistrict )|(?<=\bcounty ))names?\b"
    rf"|\b(?:numero|no|n)(?: civique)? et nom (?:de )?(?:la )?(?={_THING}\b)"
)
# Where a signer votes or lives that no kind of its own reads, as its column is to be called.
# The first that is found counts: "District électoral / quartier" is one thing.
_DIVISIONS = (
    ("polling_division", r"polling|poll|section de vote|bureau de (?:vote|scrutin)"),
    (
        "electoral_district",
        r"(?:electoral|federal|provincial|municipal|voting|legislative|congressional) district|"
        r"electoral division|constituency|circonscription|district (?:electoral|municipal)",
    ),
    ("riding", r"riding"),
    ("precinct", r"precinct"),
    ("ward", r"ward|quartier"),
    ("borough", r"borough|arrondissement"),
    ("neighbourhood", r"neighbou?rhood|voisinage"),
    ("parish", r"parish|paroisse"),
    ("county", r"county|comte"),
    ("district", r"district"),
    ("region", r"region"),
)
_DIVISION = tuple((name, re.compile(rf"\b(?:{words})s?\b")) for name, words in _DIVISIONS)
_NUMBER = re.compile(
    r"^(?:(?:no|n|num|numero|number|line|ligne|row|rang|nr|lfd|lfdnr|laufende|nummer)(?: |$))*$"
)
# A sign without a letter that stands for a number.
NUMBER_SIGN = "#"
_CHOICE = re.compile(
    r"^(?:(?:oui|non|yes|no|y|n|o|ja|nein)\b ?)+$|"
    r"\b(?:check|cochez|tick|ankreuzen|infolettre|newsletter)\b"
)
# A signature column may say whose: "Signature of petitioner".
_ALONE = frozenset({FieldKind.SIGNATURE})
# What an address holds besides the street, where no other column asks for it.
_WITH_ADDRESS = (FieldKind.CITY, FieldKind.PROVINCE, FieldKind.POSTAL_CODE)

# Fields of the collector's box with columns of their own in the CSV files.
_BOX_NAMES = (
    ("date_collected", FieldKind.DATE),
    ("event_location", FieldKind.TEXT),
    ("collector_signature", FieldKind.SIGNATURE),
    ("collector_name", FieldKind.NAME),
)
_BOX_WORDS = {
    "date_collected": re.compile(r"\b(?:date|dates|dated|jour|datum|fecha)\b|^(?:le|day)$"),
    "event_location": re.compile(
        r"\b(?:event|location|place|city|site|worksite|building|evenement|lieu|"
        r"where (?:signed|collected|gathered|circulated)|"
        r"ville|endroit|immeuble|ort|veranstaltung|lugar)\b|^(?:where|ou|(?:fait )?a)$"
    ),
    # "Place of signature" and "Number of signatures" ask for none.
    "collector_signature": re.compile(
        r"^(?:(?:your|votre|la) )?signature\b|(?<!\bof )(?<!\bde )(?<!\bde la )\bsignature$|"
        r"\b(?:unterschrift|firma)\b"
    ),
    "collector_name": re.compile(
        r"\b(?:name|nom|collector|circulator|canvasser|organi[sz]er|gatherer|witness|temoin|"
        r"volunteer|steward|benevole|petitioner|petitionnaire|campaigner|"
        r"responsable|collected by|"
        r"(?:gathered|circulated|taken(?: round| around)?|carried|handed in) by|"
        r"(?:recueilli|recolte|collecte|remis|rempli|rapporte)(?:e|s|es)? par|"
        r"collect(?:eur|rice)|(?:ein)?gesammelt (?:von|durch)|sammler(?: in)?|"
        r"ansprechpartner(?: in)?|recogid[ao]s? por|(?:promotor|recolector)a?)\b"
    ),
}
_NAME_WORDS = re.compile(r"\b(?:names?|noms?)\b")
_BOX_ADDRESS = re.compile(
    r"\b(?:address|adresse|residence|anschrift|resid(?:e|ing) (?:at|in)|residant (?:a|au))\b"
)
# The number of a sheet, without a total: "Sheet #", "Feuille no".
_BOX_SHEET = re.compile(
    r"(?:(?:sheet|page|feuille|feuillet|blatt|bogen|hoja|pagina)"
    r"(?: (?:no|n|nr|num|number|numero|nummer))?|"
    r"(?:form|list|liste|formulaire) (?:no|n|nr|num|number|numero|nummer))"
)
# What long labels of a box begin with: "Nom du responsable de la petition".
_LONG_LABEL = re.compile(
    r"(?:(?:full|printed|your) )?(?:name|nom|signature|date|address|adresse|unterschrift) "
    r"(?:of|du|de|des|der|d)\b"
)

# Small words of running text, and heads, for a sheet may have no text.
_SMALL_WORDS = {
    "en": frozenset("the of to and we name for in on your".split()),
    "fr": frozenset("de la le les des nous et du nom pour au".split()),
    "de": frozenset(
        "der die das den dem und wir fur von zu auf nicht ist im strasse vorname unterschrift "
        "anschrift datum".split()
    ),
    "es": frozenset("de la el los las del nosotros para por con una nombre firma".split()),
    "it": frozenset("la il di gli che della per noi sono nome cognome firma".split()),
}


def guess_kinds(wording: str) -> tuple[FieldKind, ...]:
    """The kinds of what is written under a wording; empty where it tells none.

    What the office fills in is ignored. A ward, a riding or another ``division`` is text, beside
    a name or an address too; not beside a town, of which it is a part: people write the one or
    the other.
    """
    said = plain(wording)
    if _NUMBER.match(said):
        return (FieldKind.ROW_NUMBER,)
    if _NAME_PART.fullmatch(said):
        return (FieldKind.NAME,)
    if _OFFICE.search(said):
        return (FieldKind.IGNORE,)
    if _CHOICE.search(said):
        return (FieldKind.CHECKBOX,)
    asked = _TOWN_KNOWN.sub(" ", _NAME_OF_THING.sub(" ", said))
    found = tuple(kind for kind, pattern in _PATTERNS if pattern.search(asked))
    if asks_birth_date(wording):
        others = tuple(kind for kind in found if kind is not FieldKind.DATE)
        found = (*others, *_birth_kinds(said))
    if _ALONE & set(found):
        return (FieldKind.SIGNATURE,)
    if FieldKind.EMAIL in found:
        # An address by e-mail is no street.
        found = tuple(k for k in found if k is not FieldKind.ADDRESS or "street" in said)
    if asks_foreign_code(wording):
        found = tuple(k for k in found if k is not FieldKind.POSTAL_CODE)
    if FieldKind.CITY not in found and division(wording):
        found = (*found, FieldKind.TEXT)
    return found


def asks_birth_date(wording: str) -> bool:
    """Whether a day of birth is asked for: "DOB", "Date de naissance", "Né(e) le"."""
    said = plain(wording)
    if asks_birth_place(wording):
        return True
    return bool(_BIRTH.search(said)) and not _NO_BIRTH_DATE.search(said)


def asks_birth_place(wording: str) -> bool:
    """Whether the place of birth is asked for beside its day, in one cell."""
    said = plain(wording)
    return bool(_BIRTH_DATE_AND_PLACE.search(said) or _BIRTH_PLACE_AND_DATE.search(said))


def _birth_kinds(said: str) -> tuple[FieldKind, ...]:
    """Day of birth, and its place as text where that is asked for too, in their order."""
    if _BIRTH_DATE_AND_PLACE.search(said):
        return FieldKind.BIRTH_DATE, FieldKind.TEXT
    if _BIRTH_PLACE_AND_DATE.search(said):
        return FieldKind.TEXT, FieldKind.BIRTH_DATE
    return (FieldKind.BIRTH_DATE,)


def division(wording: str) -> str:
    """What a column is called in which signers say where they vote; "" if none is asked for.

    "ward", "riding", "electoral_district" and the like, the same in English and French.
    """
    said = plain(wording)
    return next((name for name, pattern in _DIVISION if pattern.search(said)), "")


def attests(text: str) -> bool:
    """Whether a text is an officer's certificate on the signatures, which no collector fills in."""
    said = plain(text)
    return bool(_OFFICIAL.search(said) and _ATTESTING.search(said)) and not _COLLECTING.search(said)


def is_choice(wording: str) -> bool:
    """Whether a wording may stand beside a box to tick: "Yes", "No", "Newsletter".

    "No" alone may be a number's, too.
    """
    return bool(_CHOICE.search(plain(wording)))


def asks_number(wording: str) -> bool:
    """Whether a head says that the rows' numbers stand below it: "No.", "Ligne", "#"."""
    said = plain(wording)
    return bool(_NUMBER.match(said)) if said else wording.strip(" .:") == NUMBER_SIGN


def asks_foreign_code(wording: str) -> bool:
    """Whether a postal code of another country is asked for: a post code, a ZIP code."""
    found = _FOREIGN_CODE.search(said := plain(wording))
    return found is not None and ("postal" not in said or "postal" in found[0])


def is_abroad(wording: str) -> bool:
    """Whether a head is one of a sheet of another country, whose addresses are not Canadian."""
    return asks_foreign_code(wording) or bool(_ABROAD.search(plain(wording)))


def asks_street_alone(wording: str) -> bool:
    """Whether the street part of an address is asked for and nothing else, or the town is said."""
    said = plain(wording)
    return bool(_TOWN_KNOWN.search(said) or _STREET_ALONE.search(said))


def is_street_word(wording: str) -> bool:
    """Whether a head is the word for a street and nothing else: "Rue", "Street name"."""
    return bool(_STREET_WORD.fullmatch(plain(wording)))


def asks_civic_number(wording: str) -> bool:
    """Whether the number of a house is asked for: "N\u00b0 civique", "Street number"."""
    return bool(_CIVIC_NUMBER.search(plain(wording)))


def asks_flat(wording: str) -> bool:
    """Whether a head asks for the flat and nothing else: "App.", "Unit #"."""
    return bool(_FLAT.fullmatch(plain(wording)))


def tells_person(wording: str) -> bool:
    """Whether a head says who signs and asks for nothing: "Owner/Tenant", "Parent or guardian"."""
    return bool(_PERSONS.fullmatch(plain(wording)))


def asks_first_name(wording: str) -> bool:
    """Whether a given name is asked for, and no family name with it."""
    said = plain(wording)
    return bool(_FIRST_NAME.search(said)) and not _LAST_NAME.search(said)


def complete_address(
    kinds: tuple[FieldKind, ...], elsewhere: frozenset[FieldKind]
) -> tuple[FieldKind, ...]:
    """Kinds of a cell for addresses: with their other parts, if no other cell asks for any."""
    if FieldKind.ADDRESS not in kinds or elsewhere & set(_WITH_ADDRESS):
        return kinds
    more = [k for k in _WITH_ADDRESS if k not in kinds]
    order = [*(kind for kind, _ in _WORDS), FieldKind.BIRTH_DATE, FieldKind.TEXT]
    return tuple(sorted({*kinds, *more}, key=order.index))


def guess_box_field(label: str) -> tuple[str, FieldKind] | None:
    """Name and kind of a field of the collector's box; None where its label tells none."""
    said = plain(label)
    if asks_birth_date(label):
        return FieldKind.BIRTH_DATE.value, FieldKind.BIRTH_DATE
    if _BOX_SHEET.fullmatch(said):
        return "sheet_number", FieldKind.TEXT
    for name, kind in _BOX_NAMES:
        if name == "collector_name" and _BOX_ADDRESS.search(said):
            if FieldKind.EMAIL in guess_kinds(label):
                return None
            return "collector_address", FieldKind.ADDRESS  # "Address of circulator"
        if kind is FieldKind.SIGNATURE and _NAME_WORDS.search(said):
            continue  # "Signature and name": what can be read is a name
        if _BOX_WORDS[name].search(said):
            return name, kind
    return None


def is_long_label(label: str) -> bool:
    """Whether a text of many words may be a label of the box, by how it begins."""
    return bool(_LONG_LABEL.match(plain(label)))


def asks_name_alone(label: str) -> bool:
    """Whether a label of the box asks for a name and does not say whose: "Nom / Name"."""
    said = plain(label)
    rest = _NAME_WORDS.sub(" ", said)
    return rest != said and not _BOX_WORDS["collector_name"].search(rest)


def guess_language(text: str) -> str:
    """``en``, ``fr`` or another language's code, by the small words of running text."""
    words = plain(text).split()
    counts = {code: sum(w in known for w in words) for code, known in _SMALL_WORDS.items()}
    # The first of those that are as frequent.
    return max(counts, key=lambda code: counts[code])
