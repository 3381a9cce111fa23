"""What an office learned from its own review, as a folder of one file.

``learned.json`` holds a correction of the confidence of each kind
(``calibrate.Bend``) and the words that people confirmed, with their counts.
``learning`` writes it; a run that is given the folder reads with it. Words are
kept one by one, without the persons they belong to, but a rare surname is a
personal datum all the same: the folder stays in the office like the workspace.
"""

import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from digitizer.calibrate import Bend, Calibration, load_calibration
from digitizer.engines.lexicon import Additions, fold
from digitizer.errors import StoreError, UsageError
from digitizer.recognisers import engine_name
from digitizer.records import FieldKind
from digitizer.sharing import make_folder

FOLDER = "learned"
FILE = "learned.json"
VERSION = 1

NAMES, STREETS, PLACES = "names", "streets", "places"
LISTS = (NAMES, STREETS, PLACES)

# A place that people confirmed weighs as much as a small town of the list (of 1
# for a village to 5), and more the oftener it was confirmed.
PLACE_WEIGHT = 2.0
MAX_PLACE_WEIGHT = 5.0

# How a page's provenance names the correction its confidences were given.
MARK = "confidence corrected by "

_FINGERPRINT_DIGITS = 12

Bends = Mapping[FieldKind, Bend]


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Corrections by kind, and confirmed words by list with their counts.

    Words of ``names`` and ``streets`` are folded; ``places`` are spelled as
    people confirmed them. ``earlier``: corrections that were in force before,
    by fingerprint, so that what was read with them can be told from what ships.
    ``engine``: the recogniser whose confidences are corrected; another's are not.
    """

    bends: Bends = field(default_factory=dict)
    words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    earlier: Mapping[str, Bends] = field(default_factory=dict)
    engine: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether reading with it is reading without it."""
        return not self.bends and not any(self.words.values())

    @property
    def fingerprint(self) -> str:
        """Name of what it changes; empty where it changes nothing."""
        if self.is_empty:
            return ""
        told = json.dumps(_as_json(self, with_earlier=False), sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:_FINGERPRINT_DIGITS]

    def additions(self) -> Additions:
        """Its words as the engines take them."""
        places = {}
        for name, count in sorted(self.words.get(PLACES, {}).items()):
            weight = min(MAX_PLACE_WEIGHT, PLACE_WEIGHT + math.log10(max(1, count)))
            if fold(name):
                places[fold(name)] = name, round(weight, 3)
        streets = frozenset(self.words.get(STREETS, {}))
        return Additions(
            frozenset(self.words.get(NAMES, {})),
            streets | frozenset(word for place in places for word in place.split()),
            places,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Office:
    """What a worker reads with: the calibration and the added words.

    ``provenance``: the same for the records, empty as shipped.
    """

    calibration: Calibration
    additions: Additions
    provenance: str


NOTHING = Learned()


def load_learned(folder: Path) -> Learned:
    """The folder's file, empty where there is none. StoreError where it is damaged."""
    file = folder / FILE
    try:
        return parse_learned(file.read_text("utf-8"))
    except FileNotFoundError:
        return NOTHING
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"{file} cannot be used: write it anew with `digitizer learn`, or remove it"
        ) from error


def require_learned(folder: Path) -> Learned:
    """``load_learned``; UsageError where the folder holds nothing learned."""
    if not (folder / FILE).is_file():
        raise UsageError(f"{folder} holds no {FILE}: name the folder that `digitizer learn` wrote")
    return load_learned(folder)


def load_office(folder: str | None) -> Office:
    """The shipped calibration with what a folder adds; None: as shipped."""
    if folder is None:
        return Office(load_calibration(engine_name()), Additions(), "")
    file = Path(folder) / FILE
    try:
        changed = file.stat().st_mtime_ns
    except OSError:
        changed = 0
    return _office(folder, changed)


@cache
def _office(folder: str, changed: int) -> Office:
    # Asked for every page of a run; ``changed`` makes a rewritten file a new one.
    del changed
    learned = load_learned(Path(folder))
    # A correction is of one recogniser's confidences and of no other's.
    bends = learned.bends if learned.engine == engine_name() else {}
    calibration = Calibration(load_calibration(engine_name()).models, bends)
    parts = [f"{MARK}{learned.fingerprint}"] if bends else []
    parts += [f"words of {learned.fingerprint}"] if any(learned.words.values()) else []
    return Office(calibration, learned.additions(), ", ".join(parts))


def save_learned(folder: Path, learned: Learned) -> None:
    """Write the folder's file, whole, by rename. StoreError where that fails."""
    text = json.dumps(_as_json(learned), indent=1, ensure_ascii=False, sort_keys=True)
    file = folder / FILE
    try:
        make_folder(folder)
        new = folder / f"{FILE}.{os.getpid()}.new"
        new.write_text(f"{text}\n", "utf-8")
        new.replace(file)
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror or error}") from error


def parse_learned(text: str) -> Learned:
    """Read the file's text. Raises ValueError, KeyError or TypeError where it is none."""
    content = json.loads(text)
    if content["version"] != VERSION:
        raise ValueError(f"version {content['version']} is not known")
    words = {
        name: {str(word): int(count) for word, count in content["words"].get(name, {}).items()}
        for name in LISTS
    }
    earlier = {name: _bends(entry) for name, entry in content.get("earlier", {}).items()}
    return Learned(_bends(content["kinds"]), words, earlier, str(content.get("engine", "")))


def _bends(content: Mapping[str, Mapping[str, float]]) -> dict[FieldKind, Bend]:
    found = {}
    for name, entry in content.items():
        bend = Bend(*(float(entry[key]) for key in ("shift", "slope", "low", "high")))
        if bend.slope <= 0.0 or bend.low > bend.high or not math.isfinite(bend.shift):
            raise ValueError(f"the correction of {name} does not ascend")
        found[FieldKind(name)] = bend
    return found


def _as_json(learned: Learned, *, with_earlier: bool = True) -> dict[str, Any]:
    content: dict[str, Any] = {
        "version": VERSION,
        "engine": learned.engine,
        "kinds": _bends_as_json(learned.bends),
        "words": {name: dict(words) for name, words in learned.words.items() if words},
    }
    if with_earlier:
        content["earlier"] = {name: _bends_as_json(b) for name, b in learned.earlier.items()}
    return content


def _bends_as_json(bends: Bends) -> dict[str, dict[str, float]]:
    return {
        kind.value: {
            "shift": round(bend.shift, 4),
            "slope": round(bend.slope, 4),
            "low": round(bend.low, 4),
            "high": round(bend.high, 4),
        }
        for kind, bend in bends.items()
    }
