"""The records that cross from one stage to the next, and nothing else.

Frames: ``scan`` (pixels of the input as decoded), ``page`` (upright, level pixels, nominally
``PAGE_DPI``). Origin top left, points (x, y), arrays [row, column]. Transforms are 3 x 3, named
``dst_from_src``. Records with arrays are ``eq=False``; nobody writes into one. Not measured: None.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

# Handed on: whoever imports a record finds its words in the same place.
from digitizer.states import FieldKind as FieldKind
from digitizer.states import FieldState as FieldState
from digitizer.states import InkState as InkState
from digitizer.states import Laid as Laid
from digitizer.states import Mark as Mark
from digitizer.states import Pale as Pale
from digitizer.states import Route as Route
from digitizer.states import RowStatus as RowStatus
from digitizer.states import SheetStatus as SheetStatus
from digitizer.states import Signature as Signature

# Pixels per inch of the page: 3 mm of writing get 24 px, half of the recogniser's input.
PAGE_DPI = 200
PAGE_PX_PER_MM = PAGE_DPI / 25.4

Point: TypeAlias = tuple[float, float]
Polygon: TypeAlias = tuple[Point, ...]
Pixels: TypeAlias = npt.NDArray[np.uint8]
Homography: TypeAlias = npt.NDArray[np.float64]


# A page that holds several sheets is kept as several: each further one under its number plus this
# once more, beyond any file's pages. So what is kept by (content, number) needs no third key.
FURTHER = 1_000_000


def page_of(number: int) -> int:
    """The page of the file that a number stands for."""
    return number % FURTHER


def part_of(number: int) -> int:
    """Which of the sheets on its page a number stands for, 0 the first."""
    return number // FURTHER


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a form: the column it has in records.csv and its kind.

    ``values``: of a choice, the ways to write each, that of records.csv first; a code's patterns.
    ``target_error``: share of wrong ones tolerated, None: the run's.
    """

    name: str
    kind: FieldKind
    required: bool = False
    values: tuple[tuple[str, ...], ...] = ()
    target_error: float | None = None


@dataclass(frozen=True, slots=True)
class PageRef:
    """One page of one input file. ``page`` counts from 1.

    ``part``: which of several sheets that lie on that page, 0 the first.
    """

    path: str
    source_file: str
    page: int
    sha256: str
    part: int = 0

    @property
    def number(self) -> int:
        """``page``, and beyond all real pages for a page's further sheets: see ``FURTHER``."""
        return self.page + FURTHER * self.part


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a page or a part of it could not be done, for the person who must act.

    ``kind`` is a short word for reasons columns (``empty-file``, ``encrypted``),
    ``message`` one line that says what to do.
    """

    stage: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """Decoded pixels of a page, EXIF turn applied: (H, W, 3) BGR, never gray."""

    ref: PageRef
    pixels: Pixels
    dpi: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """How a page that was curled, folded or seen aslant was straightened.

    ``shift`` (rows, columns, 2): by how much, px (x, y), each point of a grid of
    ``step`` px on the straight page lay off where the homography alone has it.
    """

    step: int
    shift: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class RectifiedPage:
    """A page made upright and level.

    ``color`` (H, W, 3) BGR as photographed, for people; ``gray`` (H, W) with the lighting flattened
    so that paper is about 245, for machines. ``rotation_deg``: clockwise turn that was applied, 0
    90 180 270. ``skew_deg``: clockwise skew of the rows found after that turn; None: cannot tell;
    ``columns_skew_deg``: that of the columns, which differs on sheared scans. ``rotation_quality``:
    probability of the turn, 0..1, None where a caller set it; ``skew_quality``: projection energy
    of the skew over the median, above 0. ``bend``: None where the homography ``page_from_scan`` is
    all; else a point of the page is first moved by it.
    """

    image: PageImage
    colors: Pixels | Callable[[], Pixels]  # made when first asked for: cells need none
    gray: Pixels
    page_from_scan: Homography
    rotation_deg: int
    skew_deg: float | None
    rotation_quality: float | None
    skew_quality: float | None
    page_polygon_scan: Polygon
    columns_skew_deg: float | None = None
    bend: Bend | None = None

    @property
    def color(self) -> Pixels:
        """The page in colour."""
        return self.colors() if callable(self.colors) else self.colors


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A ruling traced along its length: (N, 2) points in page pixels.

    Points run left to right (horizontal) or top to bottom (vertical), about every 16 px.
    ``thickness_px``: median thickness; ``support``: share of its length with ink, 0..1. ``gaps``:
    where it cannot be seen, from and to along its direction: not printed there, or under a pen's
    stroke. ``edges``: of a gap between two boxes, the edges of the upper and of the lower one.
    """

    points: npt.NDArray[np.float64]
    horizontal: bool
    thickness_px: float
    support: float
    gaps: tuple[tuple[float, float], ...] = ()
    edges: "tuple[Rule, Rule] | None" = None


@dataclass(frozen=True, slots=True)
class PrintedWord:
    """A printed word and its upright box (left, top, right, bottom) in page px."""

    text: str
    box: tuple[float, float, float, float]
    confidence: float

    @property
    def middle(self) -> Point:
        """Where its middle lies, (x, y)."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2


@dataclass(frozen=True, slots=True)
class CellPlace:
    """A cell of a signer row or a field of the collector box, in page px.

    ``polygon``: corners clockwise from top left (may hold more points along bent rules).
    ``captions``: boxes of printed words inside it. ``comb``: ruled into one box a character.
    ``captioned``: words are printed inside it, read or not. ``guessed``: not all, so cut anyhow.
    """

    column: str
    fields: tuple[FieldSpec, ...]
    polygon: Polygon
    captions: tuple[tuple[float, float, float, float], ...] = ()
    comb: bool = False
    captioned: bool = False
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class RowPlace:
    """A signer row; ``row`` counts from 1 and is kept by blank rows."""

    row: int
    polygon: Polygon
    cells: tuple[CellPlace, ...]


@dataclass(frozen=True, slots=True)
class BoxPlace:
    """The collector box and the places where its fields are written."""

    polygon: Polygon
    fields: tuple[CellPlace, ...]


@dataclass(frozen=True, slots=True)
class PageGeometry:
    """Where everything lies on a page, kept so that people can see it and put it right.

    ``width``, ``height``: of the page's picture, px; rows and box are in that frame.
    ``scan_from_page``: the 3 x 3 transform back to the scan, row by row; on a page that was bent,
    up to 8 mm off, the same way there and back. ``page_polygon_scan``: the sheet's corners in the
    scan, clockwise from the top left as the text reads.
    """

    width: int
    height: int
    rows: tuple[RowPlace, ...]
    collector_box: BoxPlace | None
    page_polygon_scan: Polygon
    scan_from_page: tuple[float, ...]

    def row(self, number: int) -> RowPlace | None:
        """The signer row of that number, or None."""
        return next((row for row in self.rows if row.row == number), None)

    def field(self, row: int, name: str) -> CellPlace | None:
        """The cell that holds a field; row 0 is the collector box."""
        place = self.row(row)
        cells = place.cells if place is not None else ()
        if row == 0 and self.collector_box is not None:
            cells = self.collector_box.fields
        return next((c for c in cells if any(spec.name == name for spec in c.fields)), None)


@dataclass(frozen=True, slots=True)
class ColumnEdit:
    """Left and right border of a column as a person drew them, in scan px, from the top."""

    column: str
    left: Polygon
    right: Polygon


@dataclass(frozen=True, slots=True)
class SpaceEdit:
    """Where a field of the collector box is written as a person drew it, scan px, clockwise."""

    field: str
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class PageEdit:
    """How a person put the geometry of a page right; what is None or empty is found as usual.

    Everything is in pixels of the scan, so it means the same however the page is straightened.
    ``turn_deg``: clockwise turn that makes the scan upright, 0 90 180 270. ``form``: name of its
    definition. ``corners``: of the sheet, clockwise. ``row_lines``: lines that bound the signer
    rows, top to bottom, each from left to right. ``columns``: borders of the form's columns.
    ``box``: where the collector's answers are written. ``not_a_sheet``: nothing of it is read.
    """

    turn_deg: int | None = None
    form: str | None = None
    corners: Polygon = ()
    row_lines: tuple[Polygon, ...] = ()
    columns: tuple[ColumnEdit, ...] = ()
    box: tuple[SpaceEdit, ...] = ()
    not_a_sheet: bool = False


# The page as it is found without anybody's help.
NO_EDIT = PageEdit()


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredPage:
    """A page whose form is known (or ``form`` is None) and whose cells are found.

    ``residual_mm``: how far cells' sides lie from lines, 90th percentile; None: no line is seen.
    ``rows_guessed``: no lines tell rows for sure. ``doubted``: a person says which form it is.
    ``sides_known``: columns' sides are a person's, or were seen in the rows themselves.
    ``beside``: the picture holds much ink beside the sheet that is part of none that was found.
    """

    page: RectifiedPage
    form: str | None
    petition: str | None
    language: str
    form_score: float
    candidates: tuple[tuple[str, float], ...]
    rows: tuple[RowPlace, ...]
    collector_box: BoxPlace | None
    rules: tuple[Rule, ...]
    words: tuple[PrintedWord, ...]
    failure: Failure | None = None
    residual_mm: float | None = None
    rows_guessed: bool = False
    doubted: bool = False
    sides_known: bool = False
    beside: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LineCrop:
    """One written line: (h, w) uint8, dark ink on white, trimmed to its ink.

    ``box``: (left, top, right, bottom) inside the cell crop.
    """

    pixels: Pixels
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class CellCrop:
    """The pixels of one cell.

    ``picture`` (h, w, 3) BGR with some context, for people; ``clean`` (h, w) uint8 without rules,
    captions and neighbours' ink, for engines. ``ink_confidence``: how sure ``ink`` is, 0..1.
    ``row``: None in the collector box. ``box`` (left, top, right, bottom) of ``clean``, page px.
    ``border_doubt``: how doubtful whose letters at its sides are, 0..1. ``crumbs``: pieces too
    small for a letter, for each larger one; ``dust``: on bare paper. ``overlaid``: share over which
    something lies; ``laid``: how much ink is of that; ``crossed``: a long line runs through.
    ``pale``: whether the back's may be writing.
    """

    row: int | None
    column: str
    fields: tuple[FieldSpec, ...]
    picture: Pixels
    clean: Pixels
    lines: tuple[LineCrop, ...]
    ink: InkState
    ink_confidence: float
    mark: Mark
    mark_confidence: float
    ink_share: float
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    border_doubt: float = 0.0
    crumbs: float = 0.0
    dust: float = 0.0
    overlaid: float = 0.0
    laid: Laid = Laid.NONE
    crossed: bool = False
    pale: Pale = Pale.NONE


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of several possible texts; probabilities are within the reading."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What an engine saw. Never altered afterwards.

    ``raw_confidence``: the engine's own number, 0..1, not a probability.
    ``greedy``: the unconstrained reading of the same ink.
    ``evidence``: named numbers for calibration (margin, lexicon, length ...).
    """

    field: str
    kind: FieldKind
    text: str
    raw_confidence: float
    engine: str
    greedy: str = ""
    alternatives: tuple[Candidate, ...] = ()
    evidence: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's remark on a field: ``reason`` is a word for the reasons column.

    ``blocks``: True sends the field to review whatever its confidence.
    """

    field: str
    reason: str
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class FieldValue:
    """What is believed of one field.

    ``raw_text`` as read, ``value`` normalised; ``confidence``: calibrated probability that it is
    right, None without one; ``crop``: its PNG's path in the workspace; ``source_row``: a ditto's.
    """

    field: str
    kind: FieldKind
    state: FieldState
    value: str
    raw_text: str = ""
    confidence: float | None = None
    raw_confidence: float | None = None
    engine: str = ""
    alternatives: tuple[Candidate, ...] = ()
    route: Route = Route.ACCEPT
    findings: tuple[Finding, ...] = ()
    mark: Mark = Mark.NONE
    source_row: int | None = None
    crop: str | None = None


@dataclass(frozen=True, slots=True)
class SignerRow:
    """One row of the form with any ink in it (blank rows: no fields)."""

    row: int
    status: RowStatus
    fields: tuple[FieldValue, ...]
    reasons: tuple[Finding, ...] = ()
    contact_consent: bool = False

    @property
    def review_fields(self) -> tuple[str, ...]:
        """Names of the fields a person must see, in form order."""
        return tuple(f.field for f in self.fields if f.route is Route.REVIEW)

    def get(self, name: str) -> FieldValue | None:
        """The field called ``name``, or None where the form has none."""
        return next((f for f in self.fields if f.field == name), None)


@dataclass(frozen=True, slots=True)
class Step:
    """Provenance: a stage, its settings and versions, as short text."""

    stage: str
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class PageTask:
    """All a worker needs to do one page; small and picklable.

    ``forms``: names or paths of the definitions to recognise among; empty: all installed ones;
    ``definitions``: what they must say (``load_unchanged``). ``workspace``: folder of crops, pages.
    ``learned``: that of what review taught; ``edit``, ``further_edits``: how a person put it right.
    """

    ref: PageRef
    sheet_id: str
    workspace: str
    forms: tuple[str, ...]
    target_error: float
    overlay: bool = False
    learned: str | None = None
    edit: PageEdit = NO_EDIT
    further_edits: tuple[PageEdit, ...] = ()
    definitions: str = ""


@dataclass(frozen=True, slots=True)
class PageResult:
    """Everything the store keeps of one page; no pixels.

    ``fingerprint``: numbers that are alike for two scans of the same sheet. ``geometry``: None
    where no form was found. ``further``: the other sheets that lie on the same page, if any.
    """

    ref: PageRef
    sheet_id: str
    status: SheetStatus
    petition: str | None = None
    form: str | None = None
    reasons: tuple[str, ...] = ()
    rotation_deg: int | None = None
    skew_deg: float | None = None
    rows_on_form: int | None = None
    rows: tuple[SignerRow, ...] = ()
    collector: tuple[FieldValue, ...] = ()
    fingerprint: tuple[float, ...] = ()
    steps: tuple[Step, ...] = field(default=())
    failure: Failure | None = None
    geometry: PageGeometry | None = None
    further: tuple["PageResult", ...] = ()
