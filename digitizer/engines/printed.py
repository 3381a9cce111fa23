"""Printed words of a page through Tesseract: captions, titles, addresses.

Tesseract finds print well and misreads handwriting (1 to 3 % of real postal
codes, phones and place names read exactly), so it serves only to find the
form's own words. One process a page through ``pytesseract``; its threads are
switched off because pages already run in parallel.
"""

import os

import pytesseract

from digitizer.errors import DependencyError
from digitizer.records import Pixels, PrintedWord

# Sparse text in no order: a petition sheet is a table with captions, and the
# page segmentation of mode 3 drops headers that stand in narrow cells.
PAGE_SEGMENTATION_MODE = 11

# Seconds after which a page's print is given up: a usual page takes 2 to 4.
TIMEOUT_S = 60

ENGINE = "tesseract"


def read_print(gray: Pixels, languages: str = "eng+fra") -> tuple[PrintedWord, ...]:
    """Words of a page with their upright boxes, in pixels of ``gray``.

    ``gray``: (H, W) uint8, dark on white. ``languages``: as Tesseract wants
    them (``eng+fra``). Words Tesseract is sure are none are left out. Empty
    when nothing was found or time ran out. Raises ``DependencyError`` when
    Tesseract or a language is missing.
    """
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    try:
        table = pytesseract.image_to_data(
            gray,
            lang=languages,
            config=f"--psm {PAGE_SEGMENTATION_MODE}",
            output_type=pytesseract.Output.DICT,
            timeout=TIMEOUT_S,
        )
    except pytesseract.TesseractNotFoundError as error:
        raise DependencyError(
            "tesseract is missing: install it with 'apt-get install tesseract-ocr "
            "tesseract-ocr-eng tesseract-ocr-fra' or 'brew install tesseract tesseract-lang'"
        ) from error
    except pytesseract.TesseractError as error:
        if "Failed loading language" in str(error):
            raise DependencyError(
                f"tesseract lacks a language of {languages}: install tesseract-ocr-eng and "
                "tesseract-ocr-fra (Homebrew: tesseract-lang)"
            ) from error
        return ()
    except RuntimeError:
        # How pytesseract reports that time ran out.
        return ()
    words = []
    for text, left, top, width, height, confidence in zip(
        table["text"],
        table["left"],
        table["top"],
        table["width"],
        table["height"],
        table["conf"],
        strict=True,
    ):
        if str(text).strip() and float(confidence) > 0.0:
            box = (float(left), float(top), float(left + width), float(top + height))
            words.append(PrintedWord(str(text).strip(), box, float(confidence) / 100.0))
    return tuple(words)
