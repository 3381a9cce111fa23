"""The two who write: ``FontScribe`` with fonts, ``InkScribe`` with real ink.

Ink is cut from the handwriting folder: names from name crops, streets and
towns from place crops (one writer a row), numbers, postal codes and emails
from joined glyphs. Real postal codes, phones and emails therefore show real
strokes and confusions, but letter by letter from many people.
"""

import copy
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.engines.lexicon import fold
from scripts.sheets.fill import RowInk, Scribe
from scripts.sheets.fonts import FontSet
from scripts.sheets.hands import (
    CAP_PX,
    PENS_BGR,
    Hand,
    Stamp,
    draw_strokes,
    invent_hand,
    join_stamps,
    scrawl,
    stroke_width,
    trim_stamp,
    write_line,
    write_signature,
)
from scripts.sheets.people import (
    EN_CITIES,
    FR_CITIES,
    invent_collector,
    invent_person,
    invent_postal_code,
    written_date,
)
from training.ink import Glyphs, LabelledCrop, Split, iter_clean_names, iter_places

DESCENDERS = frozenset("gjpqyfQ,;()")
LOW_LETTERS = frozenset("acemnorsuvwxz")  # no ascender, no descender
X_HEIGHT = 0.66  # of a capital
EMAIL_DOMAINS = (
    "gmail.com", "hotmail.com", "outlook.com", "yahoo.ca", "videotron.ca", "sympatico.ca",
    "shaw.ca", "rogers.com", "telus.net", "bell.net", "icloud.com", "live.ca",
)  # fmt: skip

# Share of signers whose email, where it is to be their own, is made of their name.
OWN_EMAIL = 0.7
# Letters of a particle, which no email is made of.
LONGEST_PARTICLE = 2

# Some writers of the places used pencils that a scanner at its default contrast
# would lose; their colour is darkened to this, their strokes stay as they are.
PALEST_PEN = 125

# Pixels of a place crop (256 x 64, paper cropped tight) that a frame line of the
# form spans at least: longer than any stroke of a letter, flatter than any word.
FRAME_LINE_SHARE = 0.3
FRAME_LINE_PX = 7
FEW_PLACES = 8  # fewer short names than this, and longer ones are taken too
SPECK_AREA_PX = 45  # the dots of an umlaut are 10 to 40 px, but nearer to the word
SPECK_GAP_PX = 13
MIN_PLACE_INK_PX = 150  # less is a crop whose pencil has faded away


class FontScribe:
    """Every row another invented hand of ``fonts``."""

    def __init__(self, fonts: FontSet) -> None:
        """Keep the fonts."""
        self._fonts = fonts

    def row(self, rng: np.random.Generator, language: str) -> RowInk:
        """A new person in a new hand."""
        person = invent_person(rng, language)
        hand = invent_hand(rng, self._fonts)
        texts = {
            "name": person.name,
            "address": person.address,
            "city": person.city,
            "province": person.province,
            "postal_code": person.postal_code,
            "phone": person.phone,
            "email": person.email,
            "date": invent_collector(rng, language)[2],
        }
        return self._written(texts, hand, rng)

    def again(self, texts: Mapping[str, str], rng: np.random.Generator, language: str) -> RowInk:
        """The texts in a new hand."""
        return self._written(dict(texts), invent_hand(rng, self._fonts), rng)

    def _written(self, texts: dict[str, str], hand: Hand, rng: np.random.Generator) -> RowInk:
        """``texts`` by truth's names, in ``hand``; capitals where that hand writes so."""
        shown = dict(texts)
        if hand.capitals:
            capital = [key for key in ("name", "address", "city") if key in texts]
            texts |= {key: texts[key].upper() for key in capital}
            shown |= {key: texts[key] for key in capital}
        if rng.random() < 0.25 and "postal_code" in texts:
            shown["postal_code"] = texts["postal_code"].replace(" ", "")
        if "phone" in texts:
            shown["phone"] = _phone_style(texts["phone"], rng)
        stamps = {key: write_line(text, hand, rng) for key, text in shown.items() if text}
        signature = write_signature(shown["name"], hand, rng)
        return RowInk(stamps, texts, signature, hand.pen_bgr, hand.cap_mm)

    def collector(self, rng: np.random.Generator, language: str) -> RowInk:
        """A collector's name, event and date in one hand."""
        name, event, date = invent_collector(rng, language)
        hand = invent_hand(rng, self._fonts)
        texts = {"collector_name": name, "event_location": event, "date_collected": date}
        shown = dict(texts) | {"date_collected": written_date(rng, date, language)}
        stamps = {key: write_line(text, hand, rng) for key, text in shown.items()}
        return RowInk(stamps, texts, scrawl(rng), hand.pen_bgr, hand.cap_mm)

    def word(self, text: str, rng: np.random.Generator) -> Stamp:
        """The word in any hand."""
        return write_line(text, invent_hand(rng, self._fonts), rng)


class InkScribe:
    """Every row real ink of one split."""

    def __init__(
        self, root: Path, split: Split, *, own_emails: bool = False, sound_glyphs: bool = False
    ) -> None:
        """Read the split's crops and glyphs (about 80 MB of memory).

        ``own_emails``: most signers' emails are made of their own name, as people's
        are, instead of any two names; all else is drawn as without it. ``sound_glyphs``:
        glyphs whose label is doubted have others stand in for them.
        """
        self._own_emails = own_emails
        self._names = list(iter_clean_names(root, split))
        self._glyphs = Glyphs(root, split, sound=sound_glyphs)
        self._places: dict[int, list[LabelledCrop]] = defaultdict(list)
        for crop in iter_places(root, split):
            self._places[crop.writer].append(crop)
        self._writers = sorted(self._places)
        if not self._names or not self._writers:
            raise ValueError(f"the {split} split of {root} holds no names or no places")

    def row(self, rng: np.random.Generator, language: str) -> RowInk:
        """A row of one places writer and of name crops alike in stroke."""
        writer = self._writers[int(rng.integers(len(self._writers)))]
        street, street_stamp, pen = self._place(rng, writer)
        weight = float(rng.uniform(0.085, 0.125))
        name, name_stamp = self._name(rng)
        number = str(int(rng.integers(1, 9999 if rng.random() < 0.3 else 999)))
        cities = FR_CITIES if language == "fr" else EN_CITIES
        home = cities[int(rng.integers(len(cities)))]
        postal = invent_postal_code(rng, home.fsas[int(rng.integers(len(home.fsas)))])
        area = home.area_codes[int(rng.integers(len(home.area_codes)))]
        exchange = f"{int(rng.integers(2, 10))}{int(rng.integers(0, 10))}{int(rng.integers(2, 10))}"
        phone = f"{area}-{exchange}-{int(rng.integers(10000)):04d}"
        email = self._email(rng)
        texts = {
            "name": name,
            "address": f"{number} {street}",
            "postal_code": postal,
            "phone": phone,
            "email": email,
            "date": invent_collector(rng, language)[2],
        }
        gap = [CAP_PX * float(rng.uniform(0.4, 0.6))] * 2
        stamps = {
            "name": name_stamp,
            "address": join_stamps([self.spell(number, rng, weight), street_stamp], gap, rng),
            "postal_code": self.spell(_postal_style(postal, rng), rng, weight),
            "phone": self.spell(_phone_style(phone, rng, brackets=False), rng, weight),
            "email": self.spell(email, rng, weight),
            "date": self.spell(texts["date"], rng, weight),
        }
        if rng.random() < 0.5:
            texts["city"], stamps["city"], _ = self._place(rng, writer, longest=14)
            texts["province"] = home.province
            stamps["province"] = self.spell(home.province, rng, weight)
        if self._own_emails:
            # Drawn by a generator of its own: whatever follows is as without it.
            own = copy.deepcopy(rng)
            if own.random() < OWN_EMAIL:
                words = [w for w in fold(name).split() if len(w) > LONGEST_PARTICLE] or [name]
                texts["email"] = _address(words[0], words[-1], own)
                stamps["email"] = self.spell(texts["email"], own, weight)
        return RowInk(stamps, texts, self._signature(rng), pen, float(rng.uniform(2.7, 3.6)))

    def again(self, texts: Mapping[str, str], rng: np.random.Generator, language: str) -> RowInk:
        """The texts in other ink: other crops of the same words, or glyph by glyph."""
        weight = float(rng.uniform(0.085, 0.125))
        stamps = {}
        for key, text in texts.items():
            if not text:
                continue
            shown = text
            if key == "postal_code":
                shown = _postal_style(text, rng)
            elif key == "phone":
                shown = _phone_style(text, rng, brackets=False)
            words = self._words(shown, rng, weight) if key in ("name", "address", "city") else []
            gaps = [CAP_PX * float(rng.uniform(0.5, 0.9)) for _ in words]
            stamps[key] = join_stamps(words, gaps, rng) if words else self.spell(shown, rng, weight)
        pen = PENS_BGR[int(rng.integers(len(PENS_BGR)))]
        cap = float(rng.uniform(2.7, 3.6))
        return RowInk(stamps, dict(texts), self._signature(rng), pen, cap)

    def _words(self, text: str, rng: np.random.Generator, weight: float) -> list[Stamp]:
        """A stamp for each word: a crop of it where there is one, else glyphs."""
        words = []
        for word in text.split():
            crops = [crop for crop in self._names if crop.text.lower() == word.lower()]
            if crops:
                words.append(_name_stamp(crops[int(rng.integers(len(crops)))]))
            else:
                words.append(self.spell(word, rng, weight))
        return words

    def collector(self, rng: np.random.Generator, language: str) -> RowInk:
        """Collector's fields: name crops, a place, an ISO date in glyphs."""
        writer = self._writers[int(rng.integers(len(self._writers)))]
        name, name_stamp = self._name(rng)
        place, place_stamp, pen = self._place(rng, writer)
        date = invent_collector(rng, language)[2]
        texts = {"collector_name": name, "event_location": place, "date_collected": date}
        stamps = {
            "collector_name": name_stamp,
            "event_location": place_stamp,
            "date_collected": self.spell(date, rng, 0.1),
        }
        return RowInk(stamps, texts, scrawl(rng), pen, float(rng.uniform(2.8, 3.6)))

    def word(self, text: str, rng: np.random.Generator) -> Stamp:
        """The word letter by letter."""
        return self.spell(text, rng, 0.1)

    def spell(self, text: str, rng: np.random.Generator, weight: float) -> Stamp:
        """Joined glyphs. ``weight``: stroke width to aim at, as a share of a capital."""
        pieces: list[Stamp] = []
        gaps: list[float] = []
        tight = float(rng.uniform(4, 9))
        for char in text:
            if char == " ":
                if gaps:
                    gaps[-1] += CAP_PX * float(rng.uniform(0.3, 0.5))
                continue
            piece = self._glyph(char, rng, weight)
            pieces.append(piece)
            gaps.append(max(1.0, tight + float(rng.normal(0, 2))))
        return join_stamps(pieces, gaps, rng, wobble=0.8)

    def _glyph(self, char: str, rng: np.random.Generator, weight: float) -> Stamp:
        width = max(2.5, weight * CAP_PX)
        if char in "'’,":
            low = -CAP_PX if char != "," else -6.0
            return draw_strokes([np.array([[3.0, low], [0.0, low + 14.0]])], width, rng)
        if char not in self._glyphs and char not in "-./@":
            plain = unicodedata.normalize("NFD", char)[0]
            char = plain if plain in self._glyphs else "."
        if char == "-":
            y = -CAP_PX * float(rng.uniform(0.36, 0.5))
            dash = np.array([[0, y], [float(rng.uniform(12, 20)), y - 2]])
            return draw_strokes([dash], width, rng)
        if char in "./":
            line = np.array([[0.0, -2.0], [1.5, -1.0]] if char == "." else [[0, 4.0], [18, -50.0]])
            return draw_strokes([line], width * (1.4 if char == "." else 1.0), rng)
        if char == "@":
            return self._at_sign(rng, width)
        # Of a few writers' glyphs, the one whose stroke is nearest to the row's.
        low = char in LOW_LETTERS
        goal = weight / (X_HEIGHT if low else 1.0)
        found = [_glyph_ink(self._glyphs.pick(char, rng)) for _ in range(5)]
        best = min(found, key=lambda ink: abs(_stroke_share(ink) - goal))
        tall = X_HEIGHT if low else 1.28 if char in "gjpqy" else 1.0
        tall *= float(rng.uniform(0.92, 1.06))
        scale = CAP_PX * tall / best.shape[0]
        size = (max(3, round(best.shape[1] * scale)), max(3, round(best.shape[0] * scale)))
        ink = np.clip(cv2.resize(best, size, interpolation=cv2.INTER_CUBIC), 0, 1)
        ink = np.clip((cv2.GaussianBlur(ink, (0, 0), 0.8) - 0.3) * 2.2, 0, 1)
        baseline = size[1] * (0.62 if char in "gjpqy" else 1.0)
        return trim_stamp(Stamp(ink.astype(np.float32), baseline, CAP_PX))

    def _at_sign(self, rng: np.random.Generator, width: float) -> Stamp:
        """A small loop and the ring around it, as one stroke."""
        turns = np.linspace(0, 2 * np.pi * 1.95, 46)
        radius = np.interp(turns, [0, 6.3, 7.5, 12.3], [8, 9, 20, 21]) * rng.uniform(0.9, 1.1)
        centre_y = -CAP_PX * 0.36
        x = radius * np.cos(turns) * float(rng.uniform(0.85, 1.0))
        return draw_strokes(
            [np.stack([x, centre_y - radius * np.sin(turns)], axis=1)], width * 0.85, rng
        )

    def _name(self, rng: np.random.Generator) -> tuple[str, Stamp]:
        """Two name crops whose strokes are about as heavy, first and last."""
        first = self._names[int(rng.integers(len(self._names)))]
        others = [self._names[int(rng.integers(len(self._names)))] for _ in range(6)]
        weight = _darkness(first)
        last = min((o for o in others if o.file != first.file),
                   key=lambda o: abs(_darkness(o) - weight))  # fmt: skip
        stamps = [_name_stamp(first), _name_stamp(last)]
        gaps = [CAP_PX * float(rng.uniform(1.2, 1.7))] * 2
        return f"{first.text} {last.text}", join_stamps(stamps, gaps, rng)

    def _place(
        self, rng: np.random.Generator, writer: int, *, longest: int = 24
    ) -> tuple[str, Stamp, tuple[int, int, int]]:
        """A place or street name of this writer, its stamp and pen colour.

        No longer than ``longest`` letters, or the writer's shortest ones.
        """
        crops = sorted(self._places[writer], key=lambda crop: len(crop.text))
        short = [crop for crop in crops if len(crop.text) <= longest]
        choices = short if len(short) >= FEW_PLACES else crops[:FEW_PLACES]
        for index in rng.permutation(len(choices)):
            stamp = _place_stamp(choices[int(index)])
            if stamp is not None:
                return choices[int(index)].text, stamp, _pen_colour(choices[int(index)])
        raise ValueError(f"writer {writer} has no readable place name")

    def _signature(self, rng: np.random.Generator) -> Stamp:
        """Cursive place ink, leaning and large, or a scrawl."""
        if rng.random() < 0.5:
            return scrawl(rng)
        writer = self._writers[int(rng.integers(len(self._writers)))]
        return self._place(rng, writer, longest=12)[1]

    def _email(self, rng: np.random.Generator) -> str:
        first = self._names[int(rng.integers(len(self._names)))].text
        last = self._names[int(rng.integers(len(self._names)))].text
        return _address(first, last, rng)


def _address(first: str, last: str, rng: np.random.Generator) -> str:
    """An email of somebody of these names."""
    f, n = (_ascii(first) or "a", _ascii(last) or "b")
    ways = (f"{f}.{n}", f"{f[0]}{n}", f"{n}{int(rng.integers(10, 100))}", f"{f}{n[0]}")
    local = ways[int(rng.integers(len(ways)))][:16].strip(".")
    return f"{local}@{EMAIL_DOMAINS[int(rng.integers(len(EMAIL_DOMAINS)))]}"


def _ascii(text: str) -> str:
    return "".join(c for c in text.lower() if c.isascii() and c.isalpha())


def _phone_style(phone: str, rng: np.random.Generator, *, brackets: bool = True) -> str:
    area, exchange, line = phone.split("-")
    ways = [phone, phone, f"{area} {exchange} {line}", f"{area}-{exchange} {line}"]
    if brackets:
        ways += [f"({area}) {exchange}-{line}", f"{area}.{exchange}.{line}"]
    return ways[int(rng.integers(len(ways)))]


def _postal_style(postal: str, rng: np.random.Generator) -> str:
    return postal.replace(" ", "") if rng.random() < 0.25 else postal


def _darkness(crop: LabelledCrop) -> float:
    return float((crop.pixels < 128).mean())


def _coverage(gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Ink 0..1 of a gray crop: its paper is 0, its darkest strokes are 1."""
    paper = float(np.percentile(gray, 85))
    dark = min(float(np.percentile(gray, 1.0)), paper - 20)
    ink = (paper - 6 - gray.astype(np.float32)) / (paper - 6 - dark)
    return np.asarray(np.clip(ink, 0, 1), np.float32)


def _name_stamp(crop: LabelledCrop) -> Stamp:
    """A clean name crop; capitals, so its median piece is a capital high."""
    gray = crop.pixels[..., 0]
    ink = _coverage(gray)
    count, _, stats, _ = cv2.connectedComponentsWithStats((gray < 150).astype(np.uint8))
    tall = [int(s[3]) for s in stats[1:count] if s[3] >= 6]
    cap = float(np.median(tall)) if tall else float(gray.shape[0])
    return _scaled(Stamp(ink, float(gray.shape[0] - 2), cap))


def _place_stamp(crop: LabelledCrop) -> Stamp | None:
    """A place crop without the form's frame lines; None where little is left."""
    gray = cv2.cvtColor(crop.pixels, cv2.COLOR_BGR2GRAY).astype(np.uint8)
    ink = _coverage(gray)
    mask = (ink > 0.3).astype(np.uint8)
    height, width = mask.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for index in range(1, count):
        _, y, w, h, area = (int(v) for v in stats[index])
        edge = y <= 2 or y + h >= height - 2
        line = w > FRAME_LINE_SHARE * width and h <= FRAME_LINE_PX
        if line or (edge and (area < 25 or (h <= 4 and w > 12))):
            near = cv2.dilate((labels == index).astype(np.uint8), np.ones((5, 5), np.uint8))
            ink[near > 0] = 0
    ink[ink < 0.12] = 0
    _drop_specks(ink)
    mass = np.cumsum((ink > 0.3).sum(axis=1, dtype=np.float64))
    if mass[-1] < MIN_PLACE_INK_PX:
        return None
    # The word's height by its ink, so that a speck cannot stretch it.
    top, bottom = (int(np.searchsorted(mass, mass[-1] * q)) for q in (0.004, 0.996))
    ink[: max(0, top - 8)] = 0
    ink[bottom + 6 :] = 0
    if bottom - top < 10:
        return None
    below = any(c in DESCENDERS for c in crop.text)
    span = float(bottom - top)
    cap = span * (0.74 if below else 0.97)
    return _scaled(trim_stamp(Stamp(ink, top + cap, cap)))


def _drop_specks(ink: npt.NDArray[np.float32]) -> None:
    """Wipe small pieces far beside, above or below the word (in place; the ink is ours)."""
    mask = (ink > 0.1).astype(np.uint8)
    if not mask.any():
        return
    top, bottom = _band(mask.sum(axis=1, dtype=np.float64), 0.15)
    left, right = _band(mask.sum(axis=0, dtype=np.float64), 0.03)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for index in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[index])
        gap = max(top - (y + h), y - bottom, left - (x + w), x - right)
        if area < SPECK_AREA_PX and gap > SPECK_GAP_PX:
            near = cv2.dilate((labels == index).astype(np.uint8), np.ones((5, 5), np.uint8))
            ink[near > 0] = 0


def _band(ink_px: npt.NDArray[np.float64], tail: float) -> tuple[int, int]:
    """Where the ink of a profile lies, ``tail`` of it cut off at either end."""
    mass = np.cumsum(ink_px)
    low, high = (int(np.searchsorted(mass, mass[-1] * q)) for q in (tail, 1 - tail))
    return low, high


def _pen_colour(crop: LabelledCrop) -> tuple[int, int, int]:
    """Median colour of the darkest ink; pale pencils are kept readable."""
    gray = cv2.cvtColor(crop.pixels, cv2.COLOR_BGR2GRAY)
    dark = crop.pixels[gray <= np.percentile(gray, 2)]
    if dark.size == 0:
        return PENS_BGR[0]
    b, g, r = (min(PALEST_PEN, int(v)) for v in np.median(dark.reshape(-1, 3), axis=0))
    return b, g, r


def _scaled(stamp: Stamp) -> Stamp:
    """The stamp with capitals ``CAP_PX`` high, like every other."""
    scale = CAP_PX / stamp.cap_px
    height, width = stamp.ink.shape
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    ink = np.clip(cv2.resize(stamp.ink, size, interpolation=method), 0, 1).astype(np.float32)
    return Stamp(ink, stamp.baseline * scale, CAP_PX)


def _glyph_ink(glyph: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    ink: npt.NDArray[np.float32] = ((255 - glyph.astype(np.float32)) / 255).astype(np.float32)
    rows, columns = np.nonzero(ink > 0.25)
    if rows.size == 0:
        return ink
    return ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _stroke_share(ink: npt.NDArray[np.float32]) -> float:
    """Mean stroke width as a share of the glyph's height."""
    return stroke_width(ink) / float(ink.shape[0])


class RelayedScribe:
    """A scribe that leaves all but the rows to another one."""

    def __init__(self, scribe: Scribe) -> None:
        """``scribe``: who writes really."""
        self._scribe = scribe

    def again(self, texts: Mapping[str, str], rng: np.random.Generator, language: str) -> RowInk:
        """The texts in other ink."""
        return self._scribe.again(texts, rng, language)

    def collector(self, rng: np.random.Generator, language: str) -> RowInk:
        """The collector's fields."""
        return self._scribe.collector(rng, language)

    def word(self, text: str, rng: np.random.Generator) -> Stamp:
        """A short word."""
        return self._scribe.word(text, rng)
