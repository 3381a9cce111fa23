"""What agreement between two records says: a Fellegi-Sunter model for splink.

``m`` is how often a level is seen between two records of one person, ``u``
between records of two strangers. They are fixed, not learnt from a workspace:
a few hundred rows teach nothing, and the same rows must always give the same
answer. Printed by ``benchmarks/linkage.py --fit`` on an invented population
drawn from another seed than the one measured on; how rare a name, postal code
or area is comes from the workspace itself (term frequencies).

Strangers are not the only others: people of one household share all but the
given name. That splink's model cannot say, since its fields are taken for
independent, so ``household_odds`` says it, and both are weighed together.
"""

from dataclasses import dataclass
from typing import Any

# Of 100 records so many are taken to repeat another, before anything is seen.
EXPECTED_REPEATS = 0.03
# Of 100 records so many share their household with another signer.
EXPECTED_HOUSEMATES = 0.20

# A workspace of 40 rows sees each of its names often, one of a million knows
# how rare they are; nothing is taken to be rarer than this.
RAREST = 1e-6


@dataclass(frozen=True, slots=True)
class Level:
    """One way two fields can agree, in SQL over ``column_l`` and ``column_r``.

    ``says``: the evidence as a word, empty where it is none. ``rarity``: column
    whose frequency in the workspace replaces ``u``.
    """

    says: str
    sql: str
    m: float
    u: float
    rarity: str = ""


# Names from this length on may be misread in two letters and still be one name.
LONG_NAME = 7

_INITIAL = "(length(given_l) = 1 or length(given_r) = 1)"
_STREET = "number_l <> '' and jaro_winkler_similarity(street_l, street_r) > 0.85"


def _looks(column: str) -> str:
    """The column with letters that read as one joined, as in m for rn."""
    return f"replace(replace({column}, 'rn', 'm'), 'cl', 'd')"


def _near(column: str) -> str:
    left, right = _looks(f"{column}_l"), _looks(f"{column}_r")
    edits = f"(case when least(length({left}), length({right})) >= {LONG_NAME} then 2 else 1 end)"
    short = f"least(length({column}_l), length({column}_r)) > 2"
    return f"damerau_levenshtein({left}, {right}) <= {edits} and {short}"


_EMAIL = (
    f"damerau_levenshtein({_looks('email_l')}, {_looks('email_r')}) <= 2 "
    "or (local_l = local_r and length(local_l) > 5)"
)

# By field, the strongest agreement first; the last level is everything else.
FIELDS: dict[str, tuple[Level, ...]] = {
    "given": (
        Level("given", "given_l = given_r and length(given_l) > 1", 0.788, 0.004, "given"),
        Level("words", "words_l = words_r", 0.005, 1e-6),
        Level("nickname", "list_has_any(possible_l, possible_r)", 0.029, 0.002),
        Level("initial", f"{_INITIAL} and given_l[1] = given_r[1]", 0.047, 0.004),
        Level("given-misread", f"not (known_l and known_r) and {_near('given')}", 0.10, 0.0007),
        Level("given-like", _near("given"), 0.008, 0.004),
        Level("", "ELSE", 0.02, 0.985),
    ),
    "surname": (
        Level("surname", "surname_l = surname_r", 0.895, 0.0025, "surname"),
        Level("words", "words_l = words_r", 0.005, 1e-6),
        Level("surname-misread", _near("surname"), 0.09, 0.004),
        Level("", "ELSE", 0.012, 0.992),
    ),
    "place": (
        Level(
            "address",
            "number_l = number_r and postal_l = postal_r and number_l <> '' and postal_l <> ''",
            0.635,
            2e-6,
        ),
        Level("address-misread", f"number_l = number_r and {_STREET}", 0.218, 4e-6),
        Level("postal-code", "postal_l = postal_r and postal_l <> ''", 0.106, 1e-5, "postal"),
        Level(
            "postal-code-misread",
            "damerau_levenshtein(postal_l, postal_r) <= 1 and area_l <> '' and area_r <> ''",
            0.017,
            4e-5,
        ),
        Level("area", "area_l = area_r and area_l <> ''", 0.004, 0.007, "area"),
        Level("", "ELSE", 0.022, 0.99),
    ),
    "phone": (
        Level("phone", "phone_l = phone_r", 0.86, 2e-7),
        Level("phone-misread", "damerau_levenshtein(phone_l, phone_r) <= 1", 0.058, 2e-6),
        Level("", "ELSE", 0.082, 1.0),
    ),
    "email": (
        Level("email", "email_l = email_r", 0.704, 1e-7),
        Level("email-misread", _EMAIL, 0.234, 2e-6),
        Level("", "ELSE", 0.062, 1.0),
    ),
}

# A field is silent where either record does not have it.
_SILENT = {
    "given": "given_l = '' or given_r = ''",
    "surname": "surname_l = '' or surname_r = ''",
    "place": "(postal_l = '' or postal_r = '') and (number_l = '' or number_r = '')",
    "phone": "phone_l = '' or phone_r = ''",
    "email": "email_l = '' or email_r = ''",
}

# Pairs that are compared at all: two readings of one person share one of these
# unless nearly everything was misread.
BLOCKS = (
    "l.email = r.email and l.email <> ''",
    "l.phone = r.phone and l.phone <> ''",
    "l.postal = r.postal and l.postal <> '' and l.sound = r.sound",
    "l.postal = r.postal and l.number = r.number and l.number <> '' and l.postal <> ''",
    "l.number = r.number and l.street_start = r.street_start and l.sound = r.sound "
    "and l.number <> ''",
    "l.area = r.area and l.area <> '' and l.surname = r.surname and l.given_start = r.given_start",
    "l.words = r.words and l.area = r.area and l.area <> ''",
    "l.surname = r.surname and l.given = r.given and l.number = r.number and l.number <> ''",
)

# P(level | housemate) against P(level | same person), for what housemates do
# not share. Printed by ``benchmarks/linkage.py --fit`` beside m and u.
HOUSEMATE = {
    "given": 0.0051, "words": 0.0005, "nickname": 0.0014, "initial": 0.004,
    "given-misread": 0.0046, "given-like": 0.0036, "": 0.9865,
    "email": 0.0004, "email-misread": 0.0059, "other-email": 0.9937,
}  # fmt: skip


def settings(records: int) -> dict[str, Any]:
    """splink's settings for so many records."""
    pairs_each = max(1, records - 1)
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "place_in_order",
        "probability_two_random_records_match": min(0.5, 2 * EXPECTED_REPEATS / pairs_each),
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": rule, "sql_dialect": "duckdb"} for rule in BLOCKS
        ],
        "comparisons": [_comparison(field, levels) for field, levels in FIELDS.items()],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
    }


def _comparison(field: str, levels: tuple[Level, ...]) -> dict[str, Any]:
    return {
        "output_column_name": field,
        "comparison_levels": [
            {
                "sql_condition": _SILENT[field],
                "label_for_charts": "silent",
                "is_null_level": True,
            },
            *(_level(level) for level in levels),
        ],
    }


def _level(level: Level) -> dict[str, Any]:
    told: dict[str, Any] = {
        "sql_condition": level.sql,
        "label_for_charts": level.says or "else",
        "m_probability": level.m,
        "u_probability": level.u,
    }
    if level.rarity:
        told |= {
            "tf_adjustment_column": level.rarity,
            "tf_adjustment_weight": 1.0,
            "tf_minimum_u_value": RAREST,
            "disable_tf_exact_match_detection": True,
        }
    return told


def level_of(field: str, gamma: int) -> Level | None:
    """The level that splink's comparison value stands for; None: silent."""
    if gamma < 0:
        return None
    return FIELDS[field][len(FIELDS[field]) - 1 - gamma]


def household_odds(given: Level | None, email: Level | None) -> float:
    """Odds of one person against two of one household, from what they do not share."""
    odds = EXPECTED_REPEATS / EXPECTED_HOUSEMATES
    if given is not None:
        odds *= given.m / HOUSEMATE[given.says]
    if email is not None:
        odds *= email.m / HOUSEMATE[email.says or "other-email"]
    return odds
