"""Input files -> pages -> pixels.

Method: the first bytes of a file decide what it is, never its name; every
picture format goes through Pillow, PDF pages through poppler (``pdfinfo``,
``pdftoppm``), one page at a time and with a time limit. Sizes are read from
headers before anything is decoded, so that a few kilobytes cannot ask for
gigabytes. What cannot be decoded whole is refused as ``truncated``: half a
page with a gray rest would lose signers silently.

Fails when: damage inside a JPEG leaves its end marker in place (the decoder
then paints gray and does not say so), or a PDF was cut and repaired by another
program before it came here.
"""

import hashlib
import mmap
import re
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pdf2image
import pdf2image.exceptions as pdf_errors
from PIL import ExifTags, Image, ImageFile, ImageOps

from digitizer.errors import DependencyError, ScanError, how_to_install
from digitizer.inputs import NOT_A_SCAN, NOT_FOUND, STAGE, UNREADABLE, cause_of, shown_name
from digitizer.inputs import InputFailure as InputFailure
from digitizer.inputs import InputFile as InputFile
from digitizer.inputs import Inputs as Inputs
from digitizer.inputs import find_inputs as find_inputs
from digitizer.paper.negative import is_negative
from digitizer.records import Failure, PageImage, PageRef, Pixels

# Pixels of one picture. A3 at 800 dpi has 124 million; 150 million of BGR are
# 450 MB, what a worker can bear. Below Pillow's own refusal (179 million).
MAX_SCAN_PX = 150_000_000
# Rendering of PDF pages, per inch: the nominal resolution of the page frame.
PDF_DPI = 200
# Longer side of a rendered PDF page, px: 25 inches at 200 dpi, more than A2.
MAX_PDF_SIDE_PX = 5000
# PDF pages of pocket size are photos put in a PDF without a scale; render them
# as large as a letter page (11 in x 200 dpi) as far as this many dpi allow.
MIN_PDF_SIDE_PX = 2200
MAX_PDF_DPI = 600.0
# Seconds after which poppler is stopped. An A3 page full of vectors takes 5 s.
PDF_INFO_TIMEOUT_S = 60
PDF_PAGE_TIMEOUT_S = 180
# Resolutions outside this are placeholders, not measurements.
MIN_DPI, MAX_DPI = 50.0, 1200.0
# Longer side of a sheet of paper, inches: a postcard to A2. A phone writes
# "72 dpi" in a photo of 4000 px, which would be a sheet of 1.4 m.
MIN_PAPER_IN, MAX_PAPER_IN = 4.0, 24.0
# Horizontal and vertical resolution differ for real from here on; fax modes
# are 204 x 98 and 204 x 196 dpi, rounding of metric units makes 0.5 %.
MIN_ASPECT, MAX_ASPECT = 1.02, 4.0
# Sides of a picture on which strokes can be told from ground; narrower, it is no page nor a line.
MAX_SIDES = 100
# Where the header of a PDF may stand, bytes (readers accept leading junk).
_PDF_HEADER_BYTES = 1024
_HASH_CHUNK_BYTES = 1 << 20
_HEIC_BRANDS = frozenset(
    {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WHITE_IS_ZERO = 0
_TAG_SUBFILE_TYPE, _TAG_PHOTOMETRIC = 254, 262
# What Pillow's parsers raise on broken files besides OSError.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    struct.error,
)


class PageError(ScanError):
    """A file or page that cannot be read; ``kind`` is the word for reasons columns."""

    kind = UNREADABLE


class NotFoundError(PageError):
    """There is no such file."""

    kind = NOT_FOUND


class EmptyFileError(PageError):
    """The file has no bytes."""

    kind = "empty-file"


class TruncatedError(PageError):
    """The file ends too early or is damaged inside."""

    kind = "truncated"


class EncryptedError(PageError):
    """The PDF asks for a password."""

    kind = "encrypted"


class NotAScanError(PageError):
    """The content is none of the known formats."""

    kind = NOT_A_SCAN


class TooLargeError(PageError):
    """The picture has more pixels than one page of paper can need."""

    kind = "too-large"


class MissingDecoderError(PageError):
    """The package that decodes this format is not installed."""

    kind = "missing-decoder"


class ScanTimeoutError(PageError):
    """The PDF tools did not come to an end."""

    kind = "timeout"


@dataclass(frozen=True, slots=True)
class _RenderSize:
    """How a PDF page is rendered: dots per inch, and the dpi to believe in."""

    render_dpi: float
    believed_dpi: float | None


def failure_from_error(error: ScanError) -> Failure:
    """The record of an error, for a page that is reported instead of raised."""
    kind = error.kind if isinstance(error, PageError) else PageError.kind
    return Failure(STAGE, kind, str(error))


def list_pages(path: Path | str, source_file: str) -> tuple[PageRef, ...] | Failure:
    """The pages of a file, or why it has none.

    Raises DependencyError where poppler is missing.
    """
    try:
        return _list_pages(Path(path), source_file)
    except PageError as error:
        return failure_from_error(error)


def load_page(ref: PageRef) -> PageImage:
    """Pixels of one page: upright by its EXIF tag, square pixels, white under alpha, no negative.

    Raises PageError (a ScanError with a ``kind``) and DependencyError.
    """
    path, shown = Path(ref.path), shown_name(ref.source_file)
    pdf = _file_format(path, shown) == "pdf"
    image = _load_pdf_page(path, ref, shown) if pdf else _load_picture(path, ref, shown)
    height, width = image.pixels.shape[:2]
    is_strip = max(height, width) > MAX_SIDES * min(height, width)
    if is_strip or not is_negative(image.pixels):
        return image
    return replace(image, pixels=255 - image.pixels)


def _list_pages(path: Path, source_file: str) -> tuple[PageRef, ...]:
    shown = shown_name(source_file)
    kind = _file_format(path, shown)
    sha256 = _sha256(path, shown)
    pages: Sequence[int]
    if kind == "pdf":
        pages = range(1, _pdf_page_count(path, shown) + 1)
    elif kind == "tiff":
        pages = _tiff_pages(path, shown)
    else:
        # The first picture only: the others in JPEG (MPO), WebP, PNG and HEIC
        # files are previews, depth maps and animations.
        with _opened(path, shown):
            pages = range(1, 2)
    return tuple(PageRef(str(path), source_file, page, sha256) for page in pages)


def _file_format(path: Path, shown: str) -> str:
    """``pdf``, ``tiff``, ``heic`` or ``picture``, from the first bytes."""
    try:
        if not path.exists():
            message = f"{shown}: there is no such file; check the spelling, or put it back."
            raise NotFoundError(message)
        if not path.is_file():
            raise NotAScanError(f"{shown}: this is no file; give the path of a scan.")
        with path.open("rb") as file:
            head = file.read(_PDF_HEADER_BYTES)
    except OSError as error:
        message = f"{shown}: cannot be opened ({cause_of(error)}); allow reading and run again."
        raise PageError(message) from error
    if not head:
        raise EmptyFileError(f"{shown}: the file is empty (0 bytes); copy or scan it again.")
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith(_TIFF_HEADS):
        return "tiff"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "heic"
    is_webp = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    if is_webp or head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return "picture"
    raise NotAScanError(
        f"{shown}: the content is not a PDF, TIFF, PNG, JPEG, WebP or HEIC scan, whatever "
        "the name says; scan or export it again."
    )


def _sha256(path: Path, shown: str) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_HASH_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        message = f"{shown}: reading stopped ({cause_of(error)}); check the disk and run again."
        raise PageError(message) from error
    return digest.hexdigest()


# --- PDF


@contextmanager
def _pdf_tools(shown: str) -> Iterator[None]:
    """Turn what pdf2image raises into this package's errors."""
    try:
        yield
    except pdf_errors.PDFInfoNotInstalledError as error:
        raise DependencyError(
            "Reading PDF files needs poppler: install poppler-utils (Debian, Ubuntu) or "
            "run 'brew install poppler' (macOS), then run again."
        ) from error
    except pdf_errors.PDFPopplerTimeoutError as error:
        raise ScanTimeoutError(
            f"{shown}: the PDF tools did not finish; print the file to a new PDF and run again."
        ) from error
    except (pdf_errors.PDFPageCountError, pdf_errors.PDFSyntaxError, *_DECODER_ERRORS) as error:
        if "password" in str(error).lower():
            message = f"{shown}: the PDF asks for a password; save a copy without one."
            raise EncryptedError(message) from error
        raise TruncatedError(_damaged(shown)) from error


def _damaged(shown: str) -> str:
    return f"{shown}: the file is damaged or cut off; copy or scan it again."


def _pdf_page_count(path: Path, shown: str) -> int:
    if _is_cut_pdf(path):
        raise TruncatedError(_damaged(shown))
    with _pdf_tools(shown):
        info = pdf2image.pdfinfo_from_path(str(path.absolute()), timeout=PDF_INFO_TIMEOUT_S)
    count = int(info["Pages"])
    if count < 1:
        raise NotAScanError(f"{shown}: the PDF holds no pages; scan or export it again.")
    return count


def _is_cut_pdf(path: Path) -> bool:
    """Whether the end of a PDF is missing.

    Poppler mends such files as well as it can, which means pages that are
    blank or gone without a word.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        head = content[:_PDF_HEADER_BYTES]
        linearized = re.search(rb"/Linearized\b[^>]*?/L\s+(\d{1,15})", head)
        if linearized and len(content) < int(linearized[1]):
            return True
        return content.rfind(b"%%EOF") < 0


def render_size(width_pt: float, height_pt: float) -> _RenderSize:
    """Resolution for a PDF page of this size in points (1/72 inch)."""
    longer_in = max(width_pt, height_pt, 1.0) / 72.0
    dpi = float(PDF_DPI)
    if longer_in < MIN_PDF_SIDE_PX / PDF_DPI / 2:
        dpi = min(MAX_PDF_DPI, MIN_PDF_SIDE_PX / longer_in)
    dpi = min(dpi, MAX_PDF_SIDE_PX / longer_in)
    is_paper = MIN_PAPER_IN <= longer_in <= MAX_PAPER_IN
    return _RenderSize(dpi, dpi if is_paper else None)


def _load_pdf_page(path: Path, ref: PageRef, shown: str) -> PageImage:
    with _pdf_tools(shown):
        info = pdf2image.pdfinfo_from_path(
            str(path.absolute()),
            first_page=ref.page,
            last_page=ref.page,
            timeout=PDF_INFO_TIMEOUT_S,
        )
    sizes = [value for key, value in info.items() if re.fullmatch(r"Page +\d+ size", key)]
    match = re.match(r"([0-9.e+]+) x ([0-9.e+]+) pts", str(sizes[0])) if sizes else None
    if match is None:
        raise TruncatedError(f"{shown}, page {ref.page}: this page cannot be found in the PDF.")
    size = render_size(float(match[1]), float(match[2]))
    with _pdf_tools(shown):
        rendered = pdf2image.convert_from_path(
            str(path.absolute()),
            dpi=size.render_dpi,  # pdftoppm takes fractions
            first_page=ref.page,
            last_page=ref.page,
            use_cropbox=True,
            timeout=PDF_PAGE_TIMEOUT_S,
        )
    if len(rendered) != 1:
        raise TruncatedError(f"{shown}, page {ref.page}: this page of the PDF cannot be drawn.")
    return PageImage(ref, _bgr(rendered[0]), size.believed_dpi)


# --- pictures


@contextmanager
def _opened(path: Path, shown: str) -> Iterator[Image.Image]:
    """An opened, not yet decoded picture of bearable size."""
    if _file_format(path, shown) == "heic":
        _register_heic(shown)
    # Another package in this process may have asked Pillow to bear cut files.
    lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        with warnings.catch_warnings():
            # Our own bound on the size follows; broken metadata is not our matter.
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                _check_size(image, shown)
                yield image
    except Image.DecompressionBombError as error:
        raise TooLargeError(_too_large(shown)) from error
    except MemoryError as error:
        raise TooLargeError(_too_large(shown)) from error
    except _DECODER_ERRORS as error:
        raise TruncatedError(_damaged(shown)) from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient


def _too_large(shown: str) -> str:
    return (
        f"{shown}: the picture has more than {MAX_SCAN_PX // 1_000_000} million pixels; "
        "scan it at 300 dpi and run again."
    )


def _check_size(image: Image.Image, shown: str) -> None:
    if image.width * image.height > MAX_SCAN_PX:
        raise TooLargeError(_too_large(shown))


def _register_heic(shown: str) -> None:
    try:
        import pillow_heif
    except ImportError as error:
        raise MissingDecoderError(
            f"{shown}: HEIC photos need the package pillow-heif; save the photo as JPEG, or "
            f"type: {how_to_install('heic')}"
        ) from error
    pillow_heif.register_heif_opener()


def _tiff_pages(path: Path, shown: str) -> list[int]:
    """Numbers of a TIFF's pages, previews left out; where all are called so, none is one.

    Where the chain of pages breaks off, the page after the last good one is
    listed too: it fails when it is loaded and so is reported by its number.
    """
    pages: list[int] = []
    previews: list[int] = []
    number = 1
    with _opened(path, shown) as image:
        while True:
            subfile = getattr(image, "tag_v2", {}).get(_TAG_SUBFILE_TYPE, 0)
            is_preview = isinstance(subfile, int) and bool(subfile & 1)
            (previews if is_preview else pages).append(number)
            try:
                image.seek(number)
            except EOFError:
                break
            except _DECODER_ERRORS:
                pages.append(number + 1)
                break
            number += 1
    return pages or previews


def _load_picture(path: Path, ref: PageRef, shown: str) -> PageImage:
    with _opened(path, shown) as image:
        if ref.page > 1:
            image.seek(ref.page - 1)
            _check_size(image, shown)
        # Read before decoding: loading a TIFF turns it and drops its tag.
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
        dpi_x, dpi_y = _resolution(image)
        white_is_zero = (
            image.mode.startswith("I;16")
            and getattr(image, "tag_v2", {}).get(_TAG_PHOTOMETRIC) == _WHITE_IS_ZERO
        )
        image.load()
        upright = ImageOps.exif_transpose(image)
        pixels = _bgr(upright)
    if white_is_zero:
        pixels = np.subtract(255, pixels, dtype=np.uint8)
    if orientation in (5, 6, 7, 8):
        dpi_x, dpi_y = dpi_y, dpi_x
    pixels, dpi = _squared(pixels, dpi_x, dpi_y)
    return PageImage(ref, pixels, believable_dpi(dpi, max(pixels.shape[:2])))


def _resolution(image: Image.Image) -> tuple[float, float]:
    """Horizontal and vertical dots per inch, (0, 0) where nothing is said."""
    found = image.info.get("dpi") or image.info.get("resolution") or (0, 0)
    try:
        dpi_x, dpi_y = (float(value) for value in found)
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0, 0.0
    return dpi_x, dpi_y


def _squared(pixels: Pixels, dpi_x: float, dpi_y: float) -> tuple[Pixels, float]:
    """Stretch the coarser direction of a fax to the finer one."""
    if not (0 < dpi_x < float("inf") and 0 < dpi_y < float("inf")):
        return pixels, 0.0
    finer = max(dpi_x, dpi_y)
    if not MIN_ASPECT < finer / min(dpi_x, dpi_y) < MAX_ASPECT:
        return pixels, finer
    height, width = pixels.shape[:2]
    size = (round(width * finer / dpi_x), round(height * finer / dpi_y))
    if size[0] * size[1] > MAX_SCAN_PX:
        return pixels, 0.0
    stretched: Pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)
    return stretched, finer


def believable_dpi(dpi: float, longer_side_px: int) -> float | None:
    """``dpi`` where it is a possible one and gives a possible sheet of paper."""
    if not MIN_DPI <= dpi <= MAX_DPI:
        return None
    return dpi if MIN_PAPER_IN <= longer_side_px / dpi <= MAX_PAPER_IN else None


def _bgr(image: Image.Image) -> Pixels:
    """(H, W, 3) BGR uint8 of a decoded picture in any of Pillow's modes."""
    if image.mode.startswith("I") or image.mode == "F":
        gray = _eight_bit(np.asarray(image))
        return np.repeat(gray[:, :, np.newaxis], 3, axis=2)
    if image.mode in ("LA", "PA", "La", "RGBA", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        image = Image.alpha_composite(paper, layer)
    rgb = np.asarray(image.convert("RGB"), dtype=np.uint8)
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _eight_bit(gray: npt.NDArray[Any]) -> Pixels:
    """Gray of more than 8 bits or of floats, brought to 0..255 without clipping."""
    values = np.nan_to_num(gray.astype(np.float32))
    largest = float(values.max(initial=0.0))
    if gray.dtype.kind == "f" and largest <= 1.0:
        white = 1.0
    elif largest <= 255.0:
        white = 255.0
    else:
        # 12-bit scanners store 0..4095 in 16 bits.
        white = max(largest, 65535.0) if largest > 4095.0 else 4095.0
    bright: Pixels = np.clip(values * (255.0 / white), 0, 255).astype(np.uint8)
    return bright
