"""What the card says about a field: reasons, the grammar's remarks, doubtful characters."""

import ast
import itertools
import re
import string
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import digitizer
from digitizer.persons.linkage_model import FIELDS
from digitizer.records import Candidate, FieldKind
from digitizer.review import causes, doubt, livecheck, reasons
from digitizer.review.livecheck import Beside, Level
from digitizer.review.texts import LANGUAGES, load_texts
from digitizer.validity import AREA_CODES, PROVINCES

# Where reasons are written, and words there that look like one and are none.
REASON_MODULES = ("rules", "dittos", "judging", "repeats", "assemble")
NO_REASONS = {
    "ditto-", "no-filled-row", "collector-box-not-found", "heads-not-read", "two-digit",
    "first-word",
}  # fmt: skip


def words_in_code() -> set[str]:
    folder = Path(digitizer.__file__).parent
    found = set()
    for module in REASON_MODULES:
        (file,) = folder.rglob(f"{module}.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if re.fullmatch(r"[a-z]+(-[a-z]+)+", node.value):
                    found.add(node.value)
    return found - NO_REASONS


def test_every_reason_in_the_code_has_words() -> None:
    words = words_in_code() | {"struck", "ditto", "correction", "unread", "outside"}
    assert len(words) > 30
    wordless = {w for w in words if reasons.message_of(w) == "reasons.other"}
    assert wordless == set()


def test_a_missing_field_of_any_name_has_words_of_its_own() -> None:
    assert reasons.message_of("hobby-missing") == "reasons.missing"
    assert reasons.message_of("never-heard-of") == "reasons.other"


def test_what_is_about_the_row_is_told_first_and_a_persons_own_remark_not_at_all() -> None:
    found = reasons.whys(["low-confidence", "decided", "possible-duplicate", "low-confidence"])
    assert [w.word for w in found] == ["possible-duplicate", "low-confidence"]
    assert found[0].about_row and not found[1].about_row


def test_every_kind_of_evidence_has_words() -> None:
    said = {level.says for levels in FIELDS.values() for level in levels} - {""}
    assert said <= {name.partition(".")[2] for name in load_texts() if name.startswith("evidence.")}


def test_every_message_is_there_in_both_languages_with_the_same_gaps() -> None:
    for name, words in load_texts().items():
        gaps = [
            {gap for _, gap, _, _ in string.Formatter().parse(words[lang]) if gap}
            for lang in LANGUAGES
        ]
        assert gaps[0] == gaps[1], name
        assert all(words[lang].strip() for lang in LANGUAGES), name


def test_the_table_of_area_codes_has_those_in_use_and_no_other() -> None:
    assert set(livecheck._PROVINCES_OF_AREA) == set(AREA_CODES)
    assert {p for ps in livecheck._PROVINCES_OF_AREA.values() for p in ps} == set(PROVINCES)


@pytest.mark.parametrize(
    ("kind", "text", "level", "message"),
    [
        (FieldKind.POSTAL_CODE, "k1a0b1", Level.GOOD, "check.postal-place"),
        (FieldKind.POSTAL_CODE, "K1A", Level.BAD, "check.postal-unfinished"),
        (FieldKind.POSTAL_CODE, "K9Z 1A1", Level.BAD, "reasons.postal-code-unknown-area"),
        (FieldKind.POSTAL_CODE, "W1A 1A1", Level.BAD, "check.postal-first"),
        (FieldKind.POSTAL_CODE, "K1D 1A1", Level.BAD, "check.postal-never"),
        (FieldKind.POSTAL_CODE, "KKK 1A1", Level.BAD, "check.postal-pattern"),
        (FieldKind.PHONE, "(204) 555-0123", Level.GOOD, "check.phone-place"),
        (FieldKind.PHONE, "555-0123", Level.NOTE, "check.phone-local"),
        (FieldKind.PHONE, "212 555 0123", Level.NOTE, "check.phone-outside"),
        (FieldKind.PHONE, "613 555 012", Level.BAD, "check.phone-unfinished"),
        (FieldKind.PHONE, "613 011 0123", Level.BAD, "check.phone-eleven"),
        (FieldKind.EMAIL, "ann@gmail.com", Level.GOOD, "check.email-known"),
        (FieldKind.EMAIL, "ann@choir.example", Level.NOTE, "check.email-unknown"),
        (FieldKind.EMAIL, "ann@gmaill.com", Level.NOTE, "check.email-near"),
        (FieldKind.EMAIL, "ann.gmail.com", Level.BAD, "check.email-no-at"),
        (FieldKind.EMAIL, "ann@gmail", Level.BAD, "check.email-broken"),
        (FieldKind.DATE, "2 March 2026", Level.GOOD, "check.date-read"),
        (FieldKind.DATE, "5/6/2026", Level.BAD, "check.date-several"),
        (FieldKind.DATE, "soon", Level.BAD, "check.date-unclear"),
        (FieldKind.DATE, "2031-01-01", Level.BAD, "check.date-implausible"),
        (FieldKind.PROVINCE, "ontario", Level.GOOD, "check.province-read"),
        (FieldKind.PROVINCE, "Ohio", Level.BAD, "check.province-unknown"),
        (FieldKind.NAME, "12 Elm St", Level.NOTE, "check.name-digits"),
        (FieldKind.CITY, "0ttawa", Level.NOTE, "check.city-digits"),
        (FieldKind.ADDRESS, "Elm Street", Level.NOTE, "check.address-no-number"),
        (FieldKind.TEXT, "", Level.NOTE, "check.empty"),
    ],
)
def test_the_grammar_speaks_while_one_types(
    kind: FieldKind, text: str, level: Level, message: str
) -> None:
    found = livecheck.check(kind, text, Beside(today=date(2026, 11, 1)))
    assert found is not None
    assert (found.level, found.message) == (level, message)


def test_a_code_is_remarked_where_it_fits_no_pattern_of_the_form() -> None:
    beside = Beside(values=("99999", "99999-9999"))
    found = livecheck.check(FieldKind.CODE, "9411", beside)
    assert found is not None and (found.level, found.message) == (Level.NOTE, "check.code-unlike")
    assert found.values == {"like": "99999, 99999-9999"}
    assert livecheck.check(FieldKind.CODE, "94110 1234", beside) is None
    assert livecheck.check(FieldKind.CODE, "9411") is None  # the form is not at hand


def test_a_choice_is_remarked_where_the_form_does_not_list_it() -> None:
    listed = Beside(values=("Propriétaire", "Locataire"))
    found = livecheck.check(FieldKind.CHOICE, "Visiteur", listed)
    assert found is not None and (found.level, found.message) == (Level.NOTE, "check.not-listed")
    assert livecheck.check(FieldKind.CHOICE, "proprietaire", listed) is None
    assert livecheck.check(FieldKind.CHOICE, "Visiteur") is None  # the form is not at hand


def test_a_fine_name_needs_no_remark() -> None:
    assert livecheck.check(FieldKind.NAME, "Zoé Côté") is None


def test_a_postal_code_of_another_province_than_the_rows_is_remarked() -> None:
    found = livecheck.check(FieldKind.POSTAL_CODE, "K1A 0B1", Beside(province="QC"))
    assert found is not None and found.level is Level.NOTE and found.provinces == ("ON",)


def test_the_sheets_language_decides_what_a_date_of_numbers_means() -> None:
    today = date(2026, 11, 1)
    assert livecheck.as_kept(FieldKind.DATE, "5/6/2026", "fr", today) == "2026-06-05"
    assert livecheck.as_kept(FieldKind.DATE, "5/6/2026", "en", today) == "5/6/2026"


@given(st.sampled_from(sorted(FieldKind)), st.text(max_size=20))
def test_any_text_is_checked_and_every_remark_has_words(kind: FieldKind, text: str) -> None:
    found = livecheck.check(kind, text)
    assert found is None or found.message in load_texts()


def test_characters_that_alternatives_have_otherwise_are_doubtful() -> None:
    others = [Candidate("K1A 0B7", 0.3), Candidate("K7A 0B1", 0.1), Candidate("X9X 9X9", 0.001)]
    marked = "".join(
        f"[{p.text}]" if p.doubtful else p.text for p in doubt.doubts_of("K1A 0B1", others)
    )
    assert marked == "K[1]A 0B[1]"


def test_a_character_too_few_makes_the_one_before_it_doubtful() -> None:
    assert doubt.doubtful_places("Ana", ["Anna"]) in ({1}, {0})
    assert doubt.doubtful_places("na", ["Ana"]) == {0}


@given(st.text("abc", max_size=8), st.lists(st.text("abc", max_size=8), max_size=4))
def test_marking_loses_no_character(reading: str, others: list[str]) -> None:
    cut = doubt.pieces(reading, doubt.doubtful_places(reading, others))
    assert "".join(p.text for p in cut) == reading
    assert all(a.doubtful != b.doubtful for a, b in itertools.pairwise(cut))


def test_alternatives_come_likeliest_first_and_none_twice() -> None:
    given_ = [Candidate(t, c) for t, c in (("b", 0.1), ("a", 0.4), ("b", 0.2), ("v", 0.3), ("", 1))]
    assert [c.text for c in doubt.offered("v", given_)] == ["a", "b"]


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("illegible", "illisible"),
        ("ditto of row 3", "idem de la ligne 3"),
        ("of 0d5514516abd-p1-r04", "répète la ligne 4"),
        ("merged into row 2", "fusionnée avec la ligne 2"),
        ("split: second person of row 7", "deux personnes, avec la ligne 7"),
        ("two entries differed", "deux saisies différaient"),
        ("page edit 3", "lignes de la page déplacées"),
        ("she phoned us", "she phoned us"),
    ],
)
def test_causes_of_decisions_are_told_in_the_readers_language(why: str, words: str) -> None:
    assert causes.cause_words(why, "fr") == words
