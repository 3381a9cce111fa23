"""Guess what a blank in running text asks for, by the words before it and those in brackets.

The words alone say less than a label does: "of" asks for a town, "on" for a day.
"""

import re

from digitizer.drafting.fieldkinds import division, guess_box_field, guess_kinds
from digitizer.layout.print.wording import plain
from digitizer.records import FieldKind

# What else than the fields that a label of the box tells may be asked for.
_KINDS = frozenset(
    {
        FieldKind.PHONE,
        FieldKind.EMAIL,
        FieldKind.POSTAL_CODE,
        FieldKind.PROVINCE,
        FieldKind.SIGNATURE,
        FieldKind.ADDRESS,
    }
)
# "I,", "Je, soussigné(e),": whoever collected the signatures.
_UNDERSIGNED = r"(?:undersigned|soussigne(?: e)?|abajo firmante|unterzeichnete[rn]?)"
_SELF = re.compile(
    rf"(?:i|l|1|je|moi|ich|yo)(?: (?:the |le |la |el )?{_UNDERSIGNED})?|"
    rf"(?:the |le |la |el )?{_UNDERSIGNED}"
)
# Where a paper was signed, and where its collector lives.
_SIGNED_AT = re.compile(
    r"\b(?:sworn|affirmed|signed|declared|dated|executed|subscribed|done|circulated|collected|"
    r"fait|signe|assermente|declare|donne|recueillies?|firmado|hecho|geschehen|unterzeichnet)\b"
    r".*\b(?:at|in|a|en|zu)$"
)
_LIVES = re.compile(
    r"^(?:of|of the|from|de|du|de la|von|aus)$|\b(?:(?:city|town|village|municipality) of|"
    r"(?:domicilie|domiciliee|residant|demeurant|habitant)(?: e)? (?:a|au)|ville de|"
    r"municipalite de|(?:wohnhaft|wohne) in|vecino de|(?:domiciliado|residente) en|"
    r"resident of|live in|living in)$"
)
_LIVES_AT = re.compile(r"\b(?:reside|residing|live|living) at$")
# The last word before a day of this petition's time; "this ____ day of ____" is its parts.
_DAY = re.compile(r"(?:^|\b[a-z]+ )(?:on|le|am|el|dated)$|\bdate$")
_DAY_PART = re.compile(
    r"^(?:(?:.* )?(?:on )?this|(?:.* )?ce|.*\b(?:day of|jour de|jour du mois de))$"
)
# Words in brackets that say what kind of place is meant.
_PLACE = re.compile(r"\b(?:city|town|village|municipality|ville|municipalite|commune)\b")
_HOME, _PARTS = "collector_city", {"this": "day", "ce": "day"}


def guess_blank(label: str, asks: str) -> tuple[str, FieldKind] | None:
    """Name and kind of what is written in a blank; None where neither text tells any.

    ``label``: the words before it; ``asks``: what stands in brackets behind it or below it.
    """
    said, hint = plain(label), plain(asks)
    if said and _SELF.fullmatch(said):
        return "collector_name", FieldKind.NAME
    if _DAY_PART.match(said):
        return _PARTS.get(said.split()[-1], "month"), FieldKind.TEXT
    if _SIGNED_AT.search(said):
        return "event_location", FieldKind.TEXT
    if _LIVES.search(said) and (not hint or _PLACE.search(hint)):
        return _HOME, FieldKind.TEXT
    if _LIVES_AT.search(said):
        return "collector_address", FieldKind.ADDRESS
    told = guess_box_field(asks) if hint else None
    return told or _other(asks) or guess_box_field(label) or _other(label) or _day(said)


def _other(text: str) -> tuple[str, FieldKind] | None:
    """What a text of another kind asks for: a county, an e-mail."""
    if named := division(text):
        return named, FieldKind.TEXT
    kinds = [kind for kind in guess_kinds(text) if kind in _KINDS]
    return (kinds[0].value, kinds[0]) if kinds else None


def _day(said: str) -> tuple[str, FieldKind] | None:
    return ("date_collected", FieldKind.DATE) if _DAY.search(said) else None
