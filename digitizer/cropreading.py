"""Reads a picture of a single field, for ``digitizer read``."""

import logging
from dataclasses import dataclass
from pathlib import Path

from digitizer.calibrate import load_calibration
from digitizer.engines.cells import read_image
from digitizer.errors import DependencyError, ScanError
from digitizer.inputs import shown_name
from digitizer.recognisers import engine_name
from digitizer.records import Candidate, Failure, FieldKind
from digitizer.scans import list_pages, load_page

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CropReading:
    """What stands in a picture; ``problem`` says why there is no text, for people.

    ``greedy``: what the recogniser alone says, without grammar, lists or spelling.
    """

    image: str
    text: str = ""
    confidence: float = 0.0
    alternatives: tuple[Candidate, ...] = ()
    problem: str | None = None
    greedy: str = ""

    def as_dict(self) -> dict[str, object]:
        """The contract's JSON object."""
        return {
            "image": self.image,
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "alternatives": [
                {"text": c.text, "confidence": round(c.confidence, 4)} for c in self.alternatives
            ],
            "greedy": self.greedy,
        }


def read_crop(path: Path, kind: str) -> CropReading:
    """Read one picture; one that cannot be read gives empty text and a problem.

    Raises DependencyError where the recogniser or a decoder is missing.
    """
    image = shown_name(str(path))
    try:
        listed = list_pages(path, image)
        if isinstance(listed, Failure):
            return CropReading(image, problem=listed.message)
        pixels = load_page(listed[0]).pixels
        reading = read_image(pixels, FieldKind(kind))
        confidence = load_calibration(engine_name()).confidence(reading)
    except DependencyError:
        raise
    except ScanError as error:
        return CropReading(image, problem=str(error))
    except Exception as error:  # noqa: BLE001 - logged, and told to the person
        # A caller with thousands of crops wants a line for each, whatever one does.
        _LOG.exception("crop not read")
        return CropReading(image, problem=f"{image}: not read ({type(error).__name__})")
    if not reading.text:
        return CropReading(image, alternatives=reading.alternatives, greedy=reading.greedy)
    return CropReading(image, reading.text, confidence, reading.alternatives, greedy=reading.greedy)
