"""The report: one page that stands alone, right numbers, and no signer in it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fake_pages import field, page_ref, page_result, row
from markupsafe import escape
from playwright.sync_api import Browser
from review_pages import axe_violations, fill, invented_pages

from digitizer.counting import sampling, tally
from digitizer.counting.reliability import shipped_reliability
from digitizer.records import Failure, SheetStatus
from digitizer.report import report_page, report_text, write_report
from digitizer.review import numbers
from digitizer.review.texts import say
from digitizer.review.words import field_name
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.decisions import Action, Decision
from digitizer.workspace.stored import Rescan, Source

ROOT = Path(__file__).parents[1]
COLLECTOR = "Lea Collector"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A workspace with everything that a report tells of."""
    folder = tmp_path / "spring petition"
    folder.mkdir()
    with Store.open(folder / DATABASE_FILE) as opened:
        first, second = invented_pages()
        first = replace(first, collector=(field("collector_name", COLLECTOR),))
        again = page_result(
            page_ref("six", source_file="scans/again.pdf"),
            row(1, "Ana Roy"),
            collector=(field("collector_name", COLLECTOR),),
            reasons=("same-hand:1,2,4",),
        )
        broken = page_result(
            page_ref("seven", source_file="scans/Lea Collector.pdf"),
            status=SheetStatus.FAILED,
            petition=None,
            collector=(),
            failure=Failure("register", "no-table", "no table was found; scan it flat"),
        )
        letter = page_result(
            page_ref("eight", source_file="scans/letter.pdf"),
            status=SheetStatus.UNRECOGNISED,
            petition=None,
            collector=(),
        )
        fill(opened, folder, first, second, again, broken, letter)
        run = opened.start_run("s", {"forms": ["/a/b/ours.toml"], "target_error": 0.01}, "0.9")
        opened.register(
            run,
            "s",
            [Source("scans/gone.pdf", 1, "", Failure("scan", "x", "scans/gone.pdf: it is empty"))],
        )
        opened.end_run(run, "done")
        opened.save_rescans((Rescan(again.sheet_id, first.sheet_id, 0.9),))
        opened.decide(
            [
                Decision(first.sheet_id, 1, "name", Action.CONFIRM, "Ana Roy", "Ana Roy", "Bea"),
                Decision(second.sheet_id, 1, "name", Action.SET, "Zoé Côté", "Zoé Coté", "Bea"),
            ]
        )
        population = sampling.accepted_fields(opened.records())
        seed, drawn = sampling.draw_sample(population, 15, 3)
        number = opened.save_sample(seed, len(population), drawn)
        opened.save_checks(number, "Bea", [(p, p != 3, "secret value") for p in range(1, 11)])
        yield opened


def text_of(store: Store, language: str = "en", *, with_names: bool = True) -> str:
    return report_text(
        report_page(store, "spring petition", language, with_names=with_names), language
    )


def shown(html: str) -> str:
    body = html[html.index("<body") :]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_the_counts_are_those_of_the_tally(store: Store) -> None:
    said = shown(text_of(store))
    counted = tally.tally(store.records(), profile=store.profile())
    counts = dict(zip(tally.COUNT_COLUMNS, counted.total, strict=True))
    final = counted.final
    assert f"{counts['counted']} of {counts['raw']} filled rows count now" in said
    assert numbers.span(final.low, final.high, "en") in said
    assert f"Waiting for a person {counts['review']}" in said


def test_what_a_report_tells(store: Store) -> None:
    said = shown(text_of(store))
    low, high = sampling.clopper_pearson(1, 10)
    for words in (
        "1 of 10 were wrong: 10.0%",
        f"{numbers.percent(low, 'en')}–{numbers.percent(high, 'en')}",
        "How often people err was not measured",
        "scans/gone.pdf: it is empty",
        "no table was found; scan it flat",
        "scans/letter.pdf, page 1",
        "scans/again.pdf, page 1: rows 1, 2, 4",
        "scans/again.pdf, page 1 is another scan of scans/box-1.pdf, page 1",
        "spring petition",
        "ours.toml",
        "advocacy",
        COLLECTOR,
        "Fields to look at:",
    ):
        assert words in said, words


def test_no_signer_is_in_the_report(store: Store) -> None:
    html = text_of(store)
    texts = {
        value.value
        for record in store.records()
        for value in record.fields
        # Provinces are counted, and what everybody's cell says is nobody's.
        if value.field not in ("province", "signature") and value.value
    }
    texts |= {"secret value", "Zoé Coté", "alert(1)", "Bea"}
    found = {text for text in texts if text in html}
    assert found == set()


def test_names_are_left_out_on_request(store: Store) -> None:
    html = text_of(store, with_names=False)
    for name in (COLLECTOR, "Léa Roy", "box-1", "letter.pdf", "again.pdf", "gone.pdf", "spring"):
        assert name not in html, name
    assert "Collectors, events and file names were left out" in html
    assert "no table was found; scan it flat" in html


class Outside(HTMLParser):
    """Collects whatever a page would ask others for, or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe", "object", "embed", "base", "form"):
            self.found.append(tag)
        for name, value in attrs:
            asks = name in ("src", "href", "srcset", "action", "style") or name.startswith("on")
            if asks and not (value or "").startswith("#"):
                self.found.append(f"{tag} {name}={value}")


def test_the_report_stands_alone(store: Store) -> None:
    html = text_of(store)
    parser = Outside()
    parser.feed(html)
    assert parser.found == []
    styles = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in styles
    assert "@import" not in styles
    assert "default-src 'none'" in html


def test_the_report_speaks_french(store: Store) -> None:
    said = shown(text_of(store, "fr"))
    assert "Rapport de pétition" in said
    assert "lignes remplies sur" in said
    assert "Read, nothing waits" not in said


def test_an_empty_workspace_has_a_report(tmp_path: Path) -> None:
    with Store.open(tmp_path / DATABASE_FILE) as opened:
        file = write_report(opened, tmp_path / "report.html", "en")
    assert "No scan was read yet" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_kind_s_calibration_as_it_ships_is_drawn_before_anything_was_read(
    tmp_path: Path, language: str
) -> None:
    with Store.open(tmp_path / DATABASE_FILE) as opened:
        html = text_of(opened, language)
    shipped = html[html.index('<section class="panel" aria-labelledby="shipped">') :]
    shipped = shipped[: shipped.index("</section>")]
    drawings = re.findall(r'<svg class="plot reliability".*?</svg>', shipped, re.DOTALL)
    found = shipped_reliability()
    assert len(drawings) == len(found) >= len(("name", "postal_code", "phone", "email", "date"))
    for drawing, (kind, bins) in zip(drawings, found.items(), strict=True):
        name = say("report.shipped-kind", language, kind=field_name(kind.value, language))
        assert f'aria-label="{escape(name)}"' in drawing
        assert drawing.count('<g class="point one">') == len(bins)
    # Beside each drawing stand its numbers, for those who do not see it.
    assert shipped.count("<details>") == len(found)


def test_names_that_are_markup_stay_text(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    page = page_result(
        page_ref("one", source_file=evil), row(1, "Al"), petition=evil, reasons=("same-hand:1",)
    )
    page = replace(page, collector=(field("collector_name", evil), field("event_location", evil)))
    with Store.open(tmp_path / DATABASE_FILE) as opened:
        fill(opened, tmp_path, page)
        html = text_of(opened)
    parser = Outside()
    parser.feed(html)
    assert parser.found == []
    assert "&lt;img src=x" in html


def test_the_command_writes_the_file_and_names_it(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "spring petition"
    done = subprocess.run(
        [sys.executable, "-m", "digitizer", "report", str(folder), "--language", "fr"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert str(folder / "report.html") in done.stderr
    assert '<html lang="fr">' in (folder / "report.html").read_text(encoding="utf-8")


def test_no_workspace_is_an_error_of_the_store(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "digitizer", "report", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 6
    assert "is no workspace" in done.stderr


def test_axe_finds_nothing_in_the_report_and_it_fits_a_phone(
    store: Store, tmp_path: Path, browser: Browser
) -> None:
    file = write_report(store, tmp_path / "report.html", "en")
    page = browser.new_page(viewport={"width": 375, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert asked == [file.as_uri()]
    page.close()
