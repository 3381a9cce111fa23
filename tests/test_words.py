"""docs/words.md tells every word that the CSV files may hold, as the review pages tell it."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digitizer import assemble, pagewords, rectify
from digitizer.inputs import NOT_A_SCAN, NOT_FOUND, UNREADABLE
from digitizer.review.texts import load_texts
from digitizer.scans import PageError

DOCUMENT = (Path(__file__).parent.parent / "docs" / "words.md").read_text(encoding="utf-8")
TOLD = {word.partition(":")[0] for word in re.findall(r"`([a-zA-Z][\w:,.-]*)`", DOCUMENT)}
# Not words but how the pages say "anything else" and "nothing stands there".
FAMILIES = ("other", "missing")


def _kinds(error: type[PageError]) -> Iterator[str]:
    yield error.kind
    for kind in error.__subclasses__():
        yield from _kinds(kind)


def test_every_word_of_a_page_is_told() -> None:
    said = {
        value.partition(":")[0]
        for name, value in vars(pagewords).items()
        if name.isupper() and isinstance(value, str)
    }
    assert len(said) > 10
    assert said <= TOLD


@pytest.mark.parametrize(("function", "words"), [(assemble.sheet_reasons, 6), (rectify.untold, 2)])
def test_every_word_that_a_function_says_of_a_sheet_is_told(
    function: Callable[..., object], words: int
) -> None:
    said = {
        node.value.partition(":")[0]
        for node in ast.walk(ast.parse(inspect.getsource(function)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(r"[a-z]+(-[a-z]+)+:?", node.value)
    }
    assert len(said) >= words
    assert said <= TOLD


def test_every_word_of_a_file_that_failed_is_told() -> None:
    assert {UNREADABLE, NOT_FOUND, NOT_A_SCAN, *_kinds(PageError)} <= TOLD


def test_reasons_of_rows_are_told_as_the_review_pages_tell_them() -> None:
    for name, text in load_texts().items():
        family, _, word = name.partition(".")
        if family == "reasons" and word not in FAMILIES:
            assert f"| `{word}` | {text['en']} |" in DOCUMENT
