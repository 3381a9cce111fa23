"""Tables and small tests that tell a possible Canadian value from an impossible one.

Facts only: which postal areas, telephone area codes, provinces and mail
domains exist. Nothing here changes a value; ``canonical`` and ``rules`` do.
"""

import gzip
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from rapidfuzz.distance import OSA

# The letters of postal codes: D F I O Q U never appear, W and Z never first.
_POSTAL_FIRST = "ABCEGHJKLMNPRSTVXY"
_POSTAL_OTHER = "ABCEGHJKLMNPRSTVWXYZ"
POSTAL_CODE = re.compile(rf"[{_POSTAL_FIRST}]\d[{_POSTAL_OTHER}] \d[{_POSTAL_OTHER}]\d", re.ASCII)
PHONE = re.compile(r"([2-9]\d\d)-([2-9]\d\d)-\d{4}", re.ASCII)
SHORT_PHONE = re.compile(r"[2-9]\d\d-\d{4}", re.ASCII)
# The shape that mail servers in daily use accept; the standard allows far more.
EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}"
)

PROVINCES_OF_LETTER = {
    "A": ("NL",),
    "B": ("NS",),
    "C": ("PE",),
    "E": ("NB",),
    "G": ("QC",),
    "H": ("QC",),
    "J": ("QC",),
    "K": ("ON",),
    "L": ("ON",),
    "M": ("ON",),
    "N": ("ON",),
    "P": ("ON",),
    "R": ("MB",),
    "S": ("SK",),
    "T": ("AB",),
    "V": ("BC",),
    "X": ("NT", "NU"),
    "Y": ("YT",),
}
PROVINCES = frozenset(code for codes in PROVINCES_OF_LETTER.values() for code in codes)

# How people write them, without accents, points and spaces.
_PROVINCE_WORDS = {
    "AB": "alberta alta alb",
    "BC": "britishcolumbia colombiebritannique cb britcol",
    "MB": "manitoba man",
    "NB": "newbrunswick nouveaubrunswick",
    "NL": "newfoundlandandlabrador newfoundlandlabrador newfoundland labrador terreneuve "
    "terreneuveetlabrador terreneuvelabrador nf nfld tn tnl",
    "NS": "novascotia nouvelleecosse ne",
    "NT": "northwestterritories territoiresdunordouest nwt tno",
    "NU": "nunavut nvt",
    "ON": "ontario ont",
    "PE": "princeedwardisland ileduprinceedouard pei ipe",
    "QC": "quebec que pq qc",
    "SK": "saskatchewan sask",
    "YT": "yukon yukonterritory territoireduyukon yk",
}

# States, districts and territories of the United States, as their post has them: two letters
# that stand where a province does, and that look like one (VT and NT, NV and NU).
US_STATES = frozenset(
    "AL AK AZ AR CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE "
    "NH NJ NM NV NY OH OK OR PA PR RI SC SD TN TX UT VA VI VT WA WI WV WY".split()
)

# Canadian area codes in service or announced. Expanded from the ranges for
# Canada in libphonenumber's metadata (9.0); 600 and 622 are no people's phones.
AREA_CODES = frozenset(
    "204 226 236 249 250 257 263 273 289 306 343 354 365 367 368 382 387 403 416 418 428 431 437 "
    "438 450 468 474 506 514 519 548 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 "
    "780 782 807 819 825 867 873 879 902 905 942".split()
)

# Mail domains common in Canada. The grammar of emails favours them where the ink leaves a
# choice; one that is written a letter off stays as it is written.
MAIL_DOMAINS = frozenset(
    "gmail.com googlemail.com hotmail.com hotmail.ca hotmail.fr outlook.com outlook.ca "
    "outlook.fr live.com live.ca live.fr msn.com yahoo.com yahoo.ca yahoo.fr ymail.com mail.com "
    "gmx.com gmx.ca email.com aol.com icloud.com me.com mac.com proton.me protonmail.com pm.me "
    "videotron.ca videotron.qc.ca sympatico.ca nb.sympatico.ca ns.sympatico.ca bell.net "
    "bellnet.ca bell.ca rogers.com shaw.ca telus.net telusplanet.net cogeco.ca cogeco.net "
    "eastlink.ca sasktel.net mts.net mymts.net globetrotter.net teksavvy.com xplornet.com "
    "xplornet.ca primus.ca distributel.net ncf.ca uniserve.com nf.sympatico.ca bellaliant.net "
    "nbnet.nb.ca hotmail.co.uk fastmail.com fastmail.fm zoho.com hushmail.com riseup.net "
    "amnesty.ca uottawa.ca carleton.ca utoronto.ca mail.utoronto.ca yorku.ca mcgill.ca "
    "mail.mcgill.ca umontreal.ca uqam.ca ulaval.ca concordia.ca usherbrooke.ca ubc.ca sfu.ca "
    "uvic.ca ualberta.ca ucalgary.ca usask.ca umanitoba.ca dal.ca mun.ca unb.ca queensu.ca "
    "uwo.ca uwaterloo.ca mcmaster.ca uoguelph.ca gc.ca canada.ca ontario.ca gouv.qc.ca".split()
)
# What a form says that its codes look like: 9 a figure, A a letter, signs between as printed.
PATTERN = re.compile(r"[9A](?:[ .-]?[9A]){0,23}")
# Shorter domains have too many neighbours that exist (me.com, mb.com, ...).
_MIN_NEARED = 7

# Areas that courier zone tables of 2026 list and the list of areas lacks.
_RECENT_AREAS = frozenset(
    "M7R R4B R5J R5L R5M R5N R5P R5R R5T R6P R6T S7A S7B S7C T3S T3T T4K T6Y V8H".split()
)


@cache
def known_areas() -> frozenset[str]:
    """First three characters (FSA) of the postal codes in use."""
    listed = files("digitizer").joinpath("engines", "data", "fsa.txt.gz").read_bytes()
    # One area a line, what follows the first three characters is its place.
    lines = gzip.decompress(listed).decode("utf-8").splitlines()
    return frozenset(line[:3] for line in lines if line.strip()) | _RECENT_AREAS


def is_near_known(domain: str) -> bool:
    """Whether a mail domain is none of the well-known ones, but one slip of pen or eye off one."""
    return domain not in MAIL_DOMAINS and any(
        OSA.distance(domain, known, score_cutoff=1) == 1
        for known in MAIL_DOMAINS
        if len(known) >= _MIN_NEARED
    )


def fold(text: str) -> str:
    """Lower case without accents; for comparing only."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in spread if not unicodedata.combining(c))


def folded_signs(text: str) -> str:
    """Capital letters A to Z and figures of a text, accents left out; for comparing only."""
    spelled = fold(text).replace("œ", "oe").replace("æ", "ae").upper()
    return "".join(c for c in spelled if c.isascii() and c.isalnum())


def fitted_code(text: str, patterns: Iterable[str]) -> str | None:
    """A code as the pattern that it fits writes it; None where it fits none.

    ``patterns``: as ``PATTERN``; spaces and signs of ``text``, case and accents do not matter.
    """
    signs = folded_signs(text)
    for pattern in patterns:
        places = folded_signs(pattern)
        if len(places) != len(signs):
            continue
        if all((p == "9") == s.isdigit() for p, s in zip(places, signs, strict=True)):
            left = iter(signs)
            return "".join(next(left) if place in "9A" else place for place in pattern)
    return None


@cache
def _province_names() -> dict[str, str]:
    names = {word: code for code, words in _PROVINCE_WORDS.items() for word in words.split()}
    return names | {code.lower(): code for code in PROVINCES}


def province_code(text: str) -> str | None:
    """The two letters of a province or territory written in English or French."""
    return _province_names().get("".join(c for c in fold(text) if c.isalpha()))


def provinces_of(postal_code: str) -> tuple[str, ...]:
    """The provinces a postal code can lie in; none for an impossible letter."""
    return PROVINCES_OF_LETTER.get(postal_code[:1], ())
