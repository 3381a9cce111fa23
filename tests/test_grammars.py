"""Every grammar decodes what it accepts, clearly written; absurd lattices break none."""

import datetime
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digitizer.calibrate import DOUBTFUL_CONFIDENCE, MOST_BIND_COST, load_calibration
from digitizer.engines import grammars
from digitizer.engines.datewords import MONTHS, WEEKDAYS
from digitizer.engines.decode import decode
from digitizer.engines.handwritten import ALPHABET
from digitizer.engines.provinces import SPELLINGS, read_province
from digitizer.engines.reading import decode_kind, make_lattice, read_lattice
from digitizer.engines.replay import lattice_of
from digitizer.records import FieldKind
from digitizer.values.canonical import normalise

NUMBERS = st.tuples(
    st.sampled_from(["613", "416", "514", "604", "902", "867"]),
    st.from_regex(r"[2-9](0[0-9]|1[02-9]|[2-9][0-9])", fullmatch=True),
    st.from_regex(r"[0-9]{4}", fullmatch=True),
)
STYLES = ["{}-{}-{}", "({}) {}-{}", "{}.{}.{}", "{} {} {}", "{}{}{}", "1-{}-{}-{}", "+1 {} {} {}"]
KINDS = [
    kind
    for kind in FieldKind
    if kind not in (FieldKind.SIGNATURE, FieldKind.CHECKBOX, FieldKind.ROW_NUMBER, FieldKind.IGNORE)
]


def read(text: str, kind: FieldKind) -> str:
    found = decode_kind(make_lattice(lattice_of(text), 30), kind)
    return found[0].text if found else ""


@settings(max_examples=40, deadline=None)
@given(NUMBERS, st.sampled_from(STYLES))
def test_every_number_is_read_in_every_style(number: tuple[str, str, str], style: str) -> None:
    assert read(style.format(*number), FieldKind.PHONE) == "-".join(number)


@settings(max_examples=60, deadline=None)
@given(
    NUMBERS,
    st.sampled_from(["{}-{}-{}", "({}) {}-{}", "{} {} {}", "{}/{}-{}", "{}={}={}"]),
    st.sampled_from(["{}", "c {}", "Cell {}", "tel: {}", "Tél. {}", "dom. {}", "{} (h)", "{} bur"]),
    st.sampled_from(["", " x{}", " ext {}", " ext. {}", " poste {}", " p.{}", " #{}"]),
    st.integers(0, 999_999),
)
def test_words_and_an_extension_beside_a_number_are_left_out(
    number: tuple[str, str, str], style: str, label: str, extension: str, figures: int
) -> None:
    written = label.format(style.format(*number)) + extension.format(figures)
    assert read(written, FieldKind.PHONE) == "-".join(number)


@pytest.mark.parametrize("written", ["613-555-0123 x204", "cell 613 555 0123", "613=555=0123"])
def test_what_stands_beside_a_number_makes_it_no_more_doubtful(written: str) -> None:
    plain, noted = (
        read_lattice(make_lattice(lattice_of(text), 30), "phone", FieldKind.PHONE)
        for text in ("613-555-0123", written)
    )
    usual, seen = dict(plain.evidence), dict(noted.evidence)
    assert seen["bind_cost"] < MOST_BIND_COST
    assert seen["margin"] > usual["margin"] - 1.0
    assert seen["greedy_agrees"] == usual["greedy_agrees"] == 1.0


@pytest.mark.parametrize(
    "written", ["613-555-01h3", "b13-555-0123", "6l3-555-0123", "613-55s-012a"]
)
def test_a_letter_that_may_be_a_figure_of_the_number_is_one(written: str) -> None:
    meant = written.translate(str.maketrans("hblsa", "46152"))
    assert read(written, FieldKind.PHONE) == meant


@settings(max_examples=40, deadline=None)
@given(
    st.dates(datetime.date(2000, 1, 1), datetime.date(2039, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y"]),
)
def test_every_date_is_read_as_written(day: datetime.date, style: str) -> None:
    text = read(day.strftime(style), FieldKind.DATE)
    assert normalise(FieldKind.DATE, text, "en") == day.isoformat()


@settings(max_examples=80, deadline=None)
@given(
    st.dates(datetime.date(2000, 1, 1), datetime.date(2039, 12, 31)),
    st.sampled_from(["", "{:%a} ", "{:%A}, ", "le lundi ", "Jeu. ", "the "]),
    st.sampled_from(
        ["{:%d/%b/%Y}", "{:%d-%b-%Y}", "{:%d.%b.%Y}", "{:%d} of {:%B} {:%Y}", "{:%d}e {:%b} '{:%y}",
         "{:%B} {:%d}/{:%y}", "{:%B} {:%d} '{:%y}", "{:%B} the {:%d}, {:%Y}", "{:%B} {:%d} {:%Y}"]
    ),
)  # fmt: skip
def test_every_date_with_a_named_month_that_can_be_resolved_is_read(
    day: datetime.date, before: str, style: str
) -> None:
    article = before == "the " and style.startswith("{:%B}")
    written = ("" if article else before.format(day)) + style.format(day, day, day)
    text = read(written, FieldKind.DATE)
    assert normalise(FieldKind.DATE, text, "en") == day.isoformat()


@settings(max_examples=40, deadline=None)
@given(
    st.dates(datetime.date(2000, 1, 1), datetime.date(2039, 12, 31)),
    st.sampled_from(["%Y%m%d", "%Y-%b-%d", "%Y %B %d", "%Y/%b/%d"]),
)
def test_every_date_that_begins_with_the_year_is_read(day: datetime.date, style: str) -> None:
    text = read(day.strftime(style), FieldKind.DATE)
    assert normalise(FieldKind.DATE, text, "en") == day.isoformat()


@settings(max_examples=60, deadline=None)
@given(
    st.dates(datetime.date(1912, 1, 1), datetime.date(2015, 12, 31)),
    st.sampled_from(
        ["%d.%m.%Y", "%d/%m/%Y", "%d %m %Y", "%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%d%m%Y"]
    ),
)
def test_every_day_of_birth_is_read_as_written(day: datetime.date, style: str) -> None:
    text = read(day.strftime(style), FieldKind.BIRTH_DATE)
    today = datetime.date(2026, 6, 1)
    assert normalise(FieldKind.BIRTH_DATE, text, "fr", today=today) == day.isoformat()


@pytest.mark.parametrize("written", ["28.06.1939", "21/10/1941", "17-05-1997", "26/4/51"])
def test_a_year_of_the_last_century_does_not_become_one_of_this(written: str) -> None:
    # Also where nobody expects it: a rule finds it then.
    assert read(written, FieldKind.DATE) == written
    assert read(written, FieldKind.BIRTH_DATE) == written


@pytest.mark.parametrize("written", ["28.06.1839", "12/05/2077"])
def test_a_year_that_the_grammar_does_not_hold_is_never_sure(written: str) -> None:
    for kind in (FieldKind.DATE, FieldKind.BIRTH_DATE):
        reading = read_lattice(make_lattice(lattice_of(written), 30), "day", kind)
        assert load_calibration().confidence(reading) <= DOUBTFUL_CONFIDENCE


@pytest.mark.parametrize("weekday", WEEKDAYS)
def test_every_day_of_the_week_can_stand_before_a_date(weekday: str) -> None:
    assert read(f"{weekday} 3 mars 2024", FieldKind.DATE) == f"{weekday} 3 mars 2024"


@pytest.mark.parametrize("month", MONTHS)
def test_every_month_name_can_be_read(month: str) -> None:
    assert read(f"3 {month} 2024", FieldKind.DATE) == f"3 {month} 2024"


@pytest.mark.parametrize("province", SPELLINGS)
def test_every_spelling_of_a_province_is_read(province: str) -> None:
    for spelling in SPELLINGS[province].split():
        reading = read_province(make_lattice(lattice_of(spelling), 30), "province")
        assert normalise(FieldKind.PROVINCE, reading.text, "en") == province


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["marie", "j.tremblay", "anne-roy", "p_singh"]),
    st.one_of(st.just(""), st.integers(10, 99).map(str), st.integers(1930, 2029).map(str)),
)
def test_figures_at_the_end_of_a_local_part_stay(name: str, figures: str) -> None:
    address = f"{name}{figures}@gmail.com"
    assert read(address, FieldKind.EMAIL) == address


@settings(max_examples=40, deadline=None)
@given(st.text(st.sampled_from("abcdefghklmnoprstuvwyzABCDEGHKLMNPRST' "), min_size=1, max_size=24))
@example("AAaabbbb")
def test_any_words_can_be_read_where_nothing_is_asked_of_them(text: str) -> None:
    # Case that changes within a word is unlikely, so the ink must be sure of it.
    written = " ".join(text.split())
    found = decode(lattice_of(written, sure=0.9999), grammars.text(), keep=1)
    assert (found[0].text if found else "") == written


@pytest.mark.parametrize(
    ("seen", "meant"),
    [("l", "1"), ("i", "1"), ("o", "0"), ("s", "5")],
)
def test_sign_among_figures_is_a_figure_where_it_may_be(seen: str, meant: str) -> None:
    year = {"1": "1970", "0": "2006", "5": "1955"}[meant]
    at = len("roy") + year.rindex(meant) if meant != "1" else len("roy")
    rows = np.exp(lattice_of(f"roy{year}@gmail.com"))
    step = 2 * at
    columns = [ALPHABET.index(sign) + 1 for sign in (meant, seen)]
    rows[step, columns] = 0.13, 0.85
    found = decode_kind(make_lattice(np.log(rows).astype(np.float32), 30), FieldKind.EMAIL)
    assert found[0].text == f"roy{year}@gmail.com"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["roy", "tremblay", "bek", "news", "anne", "singh", "zdm"]),
        min_size=2, max_size=3,
    ),
    st.lists(st.sampled_from(".-_+'%"), min_size=2, max_size=2),
    st.sampled_from(["", "7", "48", "1970"]),
)  # fmt: skip
@example(["j", "roy", "news"], [".", "+"], "")
@example(["o", "brien"], ["'", "."], "")
@example(["tremblay", "tremblay", "zdm"], [".", "."], "")
@example(["tremblay", "anne", "zdm"], [".", "."], "")
def test_every_sign_a_local_part_may_hold_stays_where_it_is_plain_to_see(
    words: list[str], signs: list[str], figures: str
) -> None:
    local = words[0] + "".join(sign + word for sign, word in zip(signs, words[1:], strict=False))
    assert read(f"{local}{figures}@gmail.com", FieldKind.EMAIL) == f"{local}{figures}@gmail.com"


@pytest.mark.parametrize(("seen", "meant"), [("+", "t"), ("'", "l"), ("%", "h")])
def test_a_rare_sign_that_may_be_a_letter_is_one(seen: str, meant: str) -> None:
    rows = np.exp(lattice_of(f"k{seen}in@gmail.com"))
    rows[2, [ALPHABET.index(sign) + 1 for sign in (seen, meant)]] = 0.6, 0.38
    found = decode_kind(make_lattice(np.log(rows).astype(np.float32), 30), FieldKind.EMAIL)
    assert found[0].text == f"k{meant}in@gmail.com"


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyzéèç'-", min_size=2, max_size=14),
    st.sampled_from([str.title, str.upper, str.lower]),
)
def test_any_place_clearly_written_is_read_as_written(
    name: str, write: Callable[[str], str]
) -> None:
    assert decode(lattice_of(write(name)), grammars.place(), keep=1)[0].text == write(name)


def test_a_letter_after_a_figure_stays_where_it_is_plain_to_see() -> None:
    assert read("mp3fan@gmail.com", FieldKind.EMAIL) == "mp3fan@gmail.com"


@pytest.mark.parametrize("kind", KINDS)
def test_absurd_lattices_give_texts_or_nothing_and_the_same_twice(kind: FieldKind) -> None:
    columns = len(ALPHABET) + 1
    rng = np.random.default_rng(4)
    for steps in (0, 1, 2, 40):
        noise = np.log(rng.dirichlet(np.full(columns, 0.05), size=steps) + 1e-9)
        even = np.full((steps, columns), -np.log(columns))
        for rows in (noise, even):
            lattice = make_lattice(np.asarray(rows, np.float32).reshape(steps, columns), 10)
            first = decode_kind(lattice, kind)
            assert first == decode_kind(lattice, kind)
            assert all(0.0 <= found.share <= 1.0 for found in first)


@pytest.mark.parametrize(
    ("seen", "place", "rival"),
    [("P3265303", 0, "8"), ("U1142771", 0, "4"), ("12D", 2, "0"), ("2026B", 4, "8")],
)
def test_a_code_of_letters_and_digits_is_read_as_its_ink_says(
    seen: str, place: int, rival: str
) -> None:
    """Places have no such words: the letter was taken for the digit that it looks a little like."""
    rows = np.exp(lattice_of(seen))
    (frames,) = np.nonzero(rows.argmax(axis=1) == ALPHABET.index(seen[place]) + 1)
    rows[frames] = 1e-6
    rows[frames, ALPHABET.index(seen[place]) + 1] = 0.7
    rows[frames, ALPHABET.index(rival) + 1] = 0.3
    lattice = make_lattice(np.log(rows).astype(np.float32), 30)
    assert decode_kind(lattice, FieldKind.TEXT)[0].text == seen


@pytest.mark.parametrize("written", ["3/III/24", "3-XI-2024", "5.V.2024", "3/VIII/24", "2024-X-03"])
def test_a_month_in_roman_figures_is_read_or_waits(written: str) -> None:
    reading = read_lattice(make_lattice(lattice_of(written), 30), "date", FieldKind.DATE)
    month = {"III": 3, "XI": 11, "V": 5, "VIII": 8, "X": 10}[
        next(
            part
            for part in written.replace(".", "/").replace("-", "/").split("/")
            if part[0] in "IVX"
        )
    ]
    day = normalise(FieldKind.DATE, reading.text, "fr")
    right = day.startswith(f"2024-{month:02d}")
    assert right or load_calibration().confidence(reading) <= DOUBTFUL_CONFIDENCE


def test_a_november_in_figures_is_as_sure_as_it_was() -> None:
    reading = read_lattice(make_lattice(lattice_of("11/11/2024"), 30), "date", FieldKind.DATE)
    assert reading.text == "11/11/2024"
    assert load_calibration().confidence(reading) > DOUBTFUL_CONFIDENCE


def test_a_province_written_ne_waits_where_nothing_else_says_nova_scotia() -> None:
    """N.-É. is Nova Scotia in French; NE is Nebraska, too, and a misread NB."""
    calibration = load_calibration()
    alone = read_province(make_lattice(lattice_of("NE"), 30), "province")
    assert alone.text == "NS"
    assert calibration.confidence(alone) <= DOUBTFUL_CONFIDENCE
    confirmed = replace(alone, evidence=(*alone.evidence, ("agrees", 3.0)))
    assert calibration.confidence(confirmed) > DOUBTFUL_CONFIDENCE


@pytest.mark.parametrize(
    ("state", "rival"), [("VT", "NT"), ("NV", "NU"), ("NC", "NS"), ("MD", "MB")]
)
def test_a_state_that_looks_like_a_province_waits_where_nothing_else_says_so(
    state: str, rival: str
) -> None:
    """VT was NT, accepted: pens make them alike, and people from Vermont sign, too."""
    rows = np.exp(lattice_of(state))
    (place,) = (k for k in range(2) if state[k] != rival[k])
    (frames,) = np.nonzero(rows.argmax(axis=1) == ALPHABET.index(state[place]) + 1)
    rows[frames] = 1e-6
    rows[frames, ALPHABET.index(state[place]) + 1] = 0.8
    rows[frames, ALPHABET.index(rival[place]) + 1] = 0.2
    reading = read_province(make_lattice(np.log(rows).astype(np.float32), 30), "province")
    calibration = load_calibration()
    assert reading.text == rival
    assert not calibration.accepts(reading, 0.005)
    confirmed = replace(reading, evidence=(*reading.evidence, ("agrees", 3.0)))
    assert calibration.confidence(confirmed) > DOUBTFUL_CONFIDENCE
