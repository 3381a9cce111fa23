"""What agreement between two records says: a Fellegi-Sunter model for splink.

``m`` is how often a level is seen between two records of one person, ``u``
between records of two strangers. They are fixed, not learnt from a workspace:
a few hundred rows teach nothing, and the same rows must always give the same
answer. Most were printed by ``benchmarks/linkage.py --fit`` on an invented
population drawn from another seed than the one measured on. How often two
readings of one phone or email differ, and how often a space is lost in a name,
is from 40 sheets of the calibrate split of real ink. How rare a name, postal
code or area is comes from the workspace itself (term frequencies).

Strangers are not the only others: people of one household share all but the
given name. That splink's model cannot say, since its fields are taken for
independent, so ``household_odds`` says it, and both are weighed together.
"""

from dataclasses import dataclass
from typing import Any

from digitizer.persons.linkage_names import LETTERS_A_SLIP, LONG_NAME, SHORTEST_MISREAD

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


_INITIAL = "(length(given_l) = 1 or length(given_r) = 1)"
_STREET = (
    "number_l = number_r and number_l <> '' and jaro_winkler_similarity(street_l, street_r) > 0.85"
)


def _slips(column: str) -> str:
    """Twice ``linkage_names.slips``: letters that look alike count half."""
    plain = f"damerau_levenshtein({column}_l, {column}_r)"
    return f"({plain} + damerau_levenshtein({column}_shape_l, {column}_shape_r))"


def _near(column: str) -> str:
    """``linkage_names.may_be_misread`` in SQL."""
    shorter = f"least(length({column}_l), length({column}_r))"
    most = f"(case when {shorter} >= {LONG_NAME} then 4 else 2 end)"
    return f"({shorter} >= {SHORTEST_MISREAD} and {_slips(column)} <= {most})"


def _like(column: str) -> str:
    """``linkage_names.may_be_half_read`` in SQL."""
    shorter = f"least(length({column}_l), length({column}_r))"
    return f"{_slips(column)} <= 2 * ({shorter} // {LETTERS_A_SLIP})"


def _shared(column: str) -> str:
    """Whether two fields may say the same, by any of their readings."""
    return f"list_has_any({column}_l, {column}_r)"


def _closest(column: str) -> str:
    """Letters to change between the two readings nearest to each other."""
    return f"closest({column}_l, {column}_r)"


# For DuckDB: a function of splink's own SQL may hold no list comprehension.
MACROS = (
    "CREATE MACRO closest(ours, theirs) AS "
    "list_min(flatten([[damerau_levenshtein(a, b) for b in theirs] for a in ours]))",
)


# Whole names a few slips apart that agree in neither part: a space was lost or
# misplaced. Where to cut them is for ``linkage_names.cut_alike``.
_LETTERS = "least(length(letters_l), length(letters_r))"
_JOINED = (
    f"({_LETTERS} >= {LONG_NAME} and "
    f"{_slips('letters')} <= 2 * least(3, {_LETTERS} // {LETTERS_A_SLIP}))"
)
_EMAIL = f"{_closest('emails')} <= 2 or (local_l = local_r and length(local_l) > 5)"
_NUMBER = f"{_shared('numbers')} and {_closest('postals')} <= 1"

# By field, the strongest agreement first; the last level is everything else.
FIELDS: dict[str, tuple[Level, ...]] = {
    "given": (
        Level("given", "given_l = given_r and length(given_l) > 1", 0.75, 0.004, "given"),
        Level("words", "words_l = words_r", 0.005, 1e-6),
        Level("nickname", "list_has_any(possible_l, possible_r)", 0.029, 0.002),
        Level("initial", f"{_INITIAL} and {_shared('starts')}", 0.047, 0.004),
        Level(
            "given-misread",
            f"(not (known_l and known_r) and {_near('given')}) or {_shared('givens')}",
            0.10,
            0.0007,
        ),
        Level("given-like", _near("given"), 0.008, 0.004),
        Level("joined", _JOINED, 0.05, 0.002),
        Level("", "ELSE", 0.02, 0.985),
    ),
    "surname": (
        Level("surname", "surname_l = surname_r", 0.84, 0.0025, "surname"),
        # Said once already, with the given name: turned round, both agree or neither.
        Level("words", "words_l = words_r", 0.005, 0.02),
        Level("surname-misread", f"{_near('surname')} or {_shared('surnames')}", 0.085, 0.004),
        Level("surname-like", _like("surname"), 0.02, 0.01),
        Level("joined", _JOINED, 0.05, 0.0002),
        Level("", "ELSE", 0.01, 0.992),
    ),
    "place": (
        Level(
            "address",
            "number_l = number_r and postal_l = postal_r and number_l <> '' and postal_l <> ''",
            0.635,
            2e-6,
        ),
        Level(
            "address-misread", f"(number_l = number_r and {_STREET}) or ({_NUMBER})", 0.218, 4e-6
        ),
        Level("postal-code", "postal_l = postal_r and postal_l <> ''", 0.106, 1e-5, "postal"),
        Level(
            "postal-code-misread",
            f"{_closest('postals')} <= 1 and area_l <> '' and area_r <> ''",
            0.017,
            4e-5,
        ),
        Level("area", "area_l = area_r and area_l <> ''", 0.004, 0.007, "area"),
        Level("", "ELSE", 0.022, 0.99),
    ),
    "phone": (
        Level("phone", "phone_l = phone_r", 0.75, 2e-7),
        Level("phone-misread", f"{_closest('phones')} <= 1", 0.12, 2e-6),
        Level("", "ELSE", 0.13, 1.0),
    ),
    "email": (
        Level("email", "email_l = email_r", 0.37, 1e-7),
        Level("email-misread", _EMAIL, 0.45, 2e-6),
        Level("", "ELSE", 0.18, 1.0),
    ),
}

# A field is silent where either record does not have it.
_SILENT = {
    "given": f"(given_l = '' or given_r = '') and not {_JOINED}",
    "surname": "surname_l = '' or surname_r = ''",
    "place": "(postal_l = '' or postal_r = '') and (number_l = '' or number_r = '')",
    "phone": "phone_l = '' or phone_r = ''",
    "email": "email_l = '' or email_r = ''",
}

# Pairs that are compared at all have a key in common (``linkage_records.block_keys``).
BLOCKING = {"blocking_rule": "l.keys = r.keys", "sql_dialect": "duckdb",
            "arrays_to_explode": ["keys"]}  # fmt: skip

# P(level | housemate) against P(level | same person), for what housemates do
# not share. Printed by ``benchmarks/linkage.py --fit`` beside m and u.
HOUSEMATE = {
    "given": 0.0051, "words": 0.0005, "nickname": 0.0014, "initial": 0.004,
    "given-misread": 0.0046, "given-like": 0.0036, "joined": 0.0036, "": 0.9865,
    "email": 0.0004, "email-misread": 0.0059, "other-email": 0.9937,
}  # fmt: skip


def settings(records: int) -> dict[str, Any]:
    """splink's settings for so many records."""
    pairs_each = max(1, records - 1)
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "place_in_order",
        "probability_two_random_records_match": min(0.5, 2 * EXPECTED_REPEATS / pairs_each),
        "blocking_rules_to_generate_predictions": [BLOCKING],
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


def level_called(field: str, says: str) -> Level:
    """The level of a field by its word."""
    return next(level for level in FIELDS[field] if level.says == says)


def household_odds(given: Level | None, email: Level | None) -> float:
    """Odds of one person against two of one household, from what they do not share."""
    odds = EXPECTED_REPEATS / EXPECTED_HOUSEMATES
    if given is not None:
        odds *= given.m / HOUSEMATE[given.says]
    if email is not None:
        odds *= email.m / HOUSEMATE[email.says or "other-email"]
    return odds
