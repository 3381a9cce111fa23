"""Where the collector's answers are written, as a person drags it, and what was dragged -> an edit.

Each answer has one upright rectangle in px of the page; an edit is kept in px of the scan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from digitizer.forms.forms import Form
from digitizer.geometry import bbox_from_polygon
from digitizer.records import PAGE_PX_PER_MM, PageEdit, PageGeometry, Polygon, SpaceEdit
from digitizer.review.gridlines import MIN_GAP_PX, Refused, numbers_of, to_scan

# Where spaces that were not found are laid: shares of the page's width, and px for each
# line of writing (9 mm), from the foot of the page, for a person to drag into place.
LAID_SIDES = (0.3, 0.7)
LAID_LINE_PX = 9 * PAGE_PX_PER_MM
EDGES = ("left", "top", "right", "bottom")


@dataclass(frozen=True, slots=True)
class Space:
    """The rectangle of one answer, px of the page; ``laid``: not found, only put there."""

    name: str
    left: float
    top: float
    right: float
    bottom: float
    laid: bool = field(default=False, kw_only=True)

    @property
    def polygon(self) -> Polygon:
        """Its corners, clockwise from top left."""
        return (
            (self.left, self.top),
            (self.right, self.top),
            (self.right, self.bottom),
            (self.left, self.bottom),
        )


def spaces_of(geometry: PageGeometry, form: Form | None) -> tuple[Space, ...]:
    """The spaces that were found; those of the form's other fields, laid at the page's foot."""
    known: list[Space] = []
    if geometry.collector_box is not None:
        places = [place for place in geometry.collector_box.fields if place.fields]
        edges = [bbox_from_polygon(place.polygon) for place in places]
        known = [
            Space(place.fields[0].name, *(float(round(edge)) for edge in box))
            for place, box in zip(places, edges, strict=True)
        ]
    names = {space.name for space in known}
    fields = form.box.fields if form is not None and form.box is not None else ()
    fields = tuple(item for item in fields if item.field.name not in names)
    left, right = (float(round(share * geometry.width)) for share in LAID_SIDES)
    foot = float(round(geometry.height - LAID_LINE_PX))
    tops = [foot - LAID_LINE_PX * (len(fields) - n) for n in range(len(fields))]
    laid = (
        Space(item.field.name, left, top, right, top + LAID_LINE_PX, laid=True)
        for item, top in zip(fields, tops, strict=True)
    )
    return (*known, *laid)


def drawn_spaces(
    spaces: Sequence[Space], posted: Mapping[str, str], geometry: PageGeometry
) -> tuple[Space, ...]:
    """The spaces as posted: ``box.N.left``, ``.top``, ``.right``, ``.bottom``.

    Raises Refused for what is no rectangle on the page.
    """
    drawn = []
    for number, space in enumerate(spaces):
        names = [f"box.{number}.{edge}" for edge in EDGES]
        if any(name not in posted for name in names):
            drawn.append(space)
            continue
        left, top, right, bottom = numbers_of([posted[name] for name in names])
        left, right = max(left, 0.0), min(right, float(geometry.width))
        top, bottom = max(top, 0.0), min(bottom, float(geometry.height))
        if right - left < MIN_GAP_PX or bottom - top < MIN_GAP_PX:
            raise Refused("sheet.space_wrong")
        as_posted = replace(space, left=left, top=top, right=right, bottom=bottom)
        drawn.append(space if as_posted == space else replace(as_posted, laid=False))
    return tuple(drawn)


def with_box(edit: PageEdit, spaces: Sequence[Space], geometry: PageGeometry) -> PageEdit:
    """The edit with these spaces of the collector box, but for those that nobody moved there."""
    drawn = tuple(
        SpaceEdit(one.name, to_scan(one.polygon, geometry)) for one in spaces if not one.laid
    )
    return replace(edit, box=drawn)
