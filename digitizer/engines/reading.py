"""From a stretch of lattice to a ``Reading``: decoding, formatting, evidence.

``Lattice`` is the recogniser's answer for a line, or several joined, with
what the unbound reading makes of it; slices of it are lattices again, so an
address cell can be cut into street, city and code without running the
network twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from digitizer.engines import decode, grammars, lexicon, people, phones
from digitizer.engines.emails import NAMES_WEIGHT
from digitizer.engines.handwritten import ALPHABET, LogProbs
from digitizer.engines.localparts import favour_names, named_share
from digitizer.engines.streetnumbers import favour_streets
from digitizer.engines.streettypes import favour_types
from digitizer.recognisers import engine_name
from digitizer.records import Candidate, FieldKind, Reading

# Texts kept of a reading.
ALTERNATIVES = 5

# Natural logs are cut here, so that one impossible step does not drown all.
_FLOOR = -30.0

# Gain of a reading whose words are all in the list of places, in natural logs.
# 0.6 to 3 read the same names right on the calibrate split (1 % more than 0).
LISTED_BONUS = 1.0
# Prefixes kept while a name is decoded and texts of it that are weighed: "HOCQVARD" may come
# tenth. Twice as many prefixes as of other free text take 0.6 ms more and mend 3 names of 573.
NAME_BEAMS = 32
NAME_TEXTS = 40

# Natural logs by which a listed alternative may be less likely and still cast doubt:
# of sure names with one within 5, 10 of 21 were wrong, of those with none 21 of 529.
_RIVAL = 10.0

# Kinds that may hold a street.
_WITH_STREETS = {FieldKind.ADDRESS, FieldKind.TEXT, FieldKind.CITY}

_SPACE = ALPHABET.index(" ") + 1


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Log-probabilities (steps, columns) and the unbound best reading of them.

    ``steps``: at which step each character of ``text`` stands.
    ``ink_height_px``: height of the ink it came from. ``decoded``: what was
    decoded of it already, by kind: one that is tried as a phone is read as one next.
    """

    log_probs: LogProbs
    text: str
    steps: npt.NDArray[np.int64]
    ink_height_px: int
    decoded: dict[FieldKind, tuple[decode.Decoded, ...]] = field(default_factory=dict, repr=False)

    def part(self, start: int, end: int) -> "Lattice":
        """The characters ``start`` to ``end`` of the unbound reading, alone.

        Cuts fall midway between a character and its neighbour.
        """
        if start <= 0 and end >= len(self.text):
            return self
        last = self.log_probs.shape[0]
        left = 0 if start <= 0 else int(self.steps[start - 1] + self.steps[start] + 1) // 2
        right = (
            last if end >= len(self.text) else int(self.steps[end - 1] + self.steps[end] + 1) // 2
        )
        return make_lattice(self.log_probs[left:right], self.ink_height_px)


def make_lattice(log_probs: LogProbs, ink_height_px: int) -> Lattice:
    """Wrap a recogniser's answer."""
    columns, steps = decode.greedy_path(log_probs)
    return Lattice(log_probs, "".join(ALPHABET[c - 1] for c in columns), steps, ink_height_px)


def join_lattices(parts: Sequence[Lattice], *, space: bool = True) -> Lattice:
    """Lattices one after another, a sure space (or blank) between."""
    if len(parts) == 1:
        return parts[0]
    between = np.full((1, len(ALPHABET) + 1), np.log(1e-9), np.float32)
    between[0, _SPACE if space else 0] = 0.0
    stack: list[LogProbs] = []
    for part in parts:
        stack.extend((part.log_probs, between))
    return make_lattice(np.concatenate(stack[:-1]), min(p.ink_height_px for p in parts))


def decode_kind(lattice: Lattice, kind: FieldKind) -> tuple[decode.Decoded, ...]:
    """The best texts of a lattice under the grammar of a kind, as written out."""
    if kind not in lattice.decoded:
        lattice.decoded[kind] = _decode_kind(lattice, kind)
    return lattice.decoded[kind]


def _decode_kind(lattice: Lattice, kind: FieldKind) -> tuple[decode.Decoded, ...]:
    words = _WORDS.get(kind)
    keep = ALTERNATIVES if words is None else 2 * ALTERNATIVES
    if kind is FieldKind.EMAIL:
        sources = ((grammars.plain_email(), 1.0), (grammars.email(), NAMES_WEIGHT))
        found = decode.decode_mixture(lattice.log_probs, sources, keep=decode.MIXED_TEXTS)
        found = favour_names(found, lexicon.name_words())
    elif kind is FieldKind.NAME:
        automaton = _GRAMMARS[kind]()
        found = decode.decode(lattice.log_probs, automaton, beams=NAME_BEAMS, keep=NAME_TEXTS)
    else:
        found = decode.decode(lattice.log_probs, _GRAMMARS[kind](), keep=keep)
        if kind is FieldKind.PHONE and phones.has_notes(lattice.text):
            noted = decode.decode(lattice.log_probs, grammars.noted_phone(), keep=keep)
            found = phones.likelier(found, noted, keep)
    if words is not None:
        found = _favour_listed(found, words(), kind)
    if kind in _WITH_STREETS:
        found = favour_types(lattice.log_probs, found)
    if kind is FieldKind.ADDRESS:
        found = favour_streets(lattice.log_probs, found, grammars.measured_channel())
    style = _STYLES.get(kind, _collapse)
    texts: dict[str, decode.Decoded] = {}
    for item in found:
        text = style(item.text)
        texts.setdefault(text, decode.Decoded(text, item.log_prob, item.share))
    return tuple(texts.values())[:ALTERNATIVES]


def listed_gain(text: str, words: frozenset[str], kind: FieldKind) -> float:
    """What a text of a kind gains by its listed words, in natural logs."""
    if kind is FieldKind.NAME:
        return people.likeliness(text, words)
    return LISTED_BONUS * lexicon.listed_share(text, words) + people.known_gain(text, words)


def _favour_listed(
    found: Sequence[decode.Decoded], words: frozenset[str], kind: FieldKind
) -> tuple[decode.Decoded, ...]:
    """Rank again with a gain for listed words."""
    gains = [listed_gain(item.text, words, kind) for item in found]
    weights = [item.share * float(np.exp(gain)) for item, gain in zip(found, gains, strict=True)]
    total = sum(weights) or 1.0
    again = [
        decode.Decoded(item.text, item.log_prob, weight / total)
        for item, weight in zip(found, weights, strict=True)
    ]
    return tuple(sorted(again, key=lambda item: -item.share))


def free_log_prob(lattice: Lattice) -> float:
    """Natural log of the probability of the unbound best path."""
    return float(lattice.log_probs.max(axis=1).sum()) if lattice.log_probs.size else 0.0


def bind_cost(lattice: Lattice, kind: FieldKind) -> float:
    """How much log-probability is lost by binding a lattice to a grammar, >= 0 or so."""
    found = decode_kind(lattice, kind)
    return free_log_prob(lattice) - found[0].log_prob if found else -_FLOOR * 2


def read_lattice(lattice: Lattice, field: str, kind: FieldKind) -> Reading:
    """Read a lattice as a field of a kind; a kind that is never read as text says nothing."""
    if kind not in _GRAMMARS and kind is not FieldKind.EMAIL:
        return unread(field, kind)
    found = decode_kind(lattice, kind)
    greedy = _collapse(lattice.text)
    bound = bool(found)
    if not found:
        # The grammar holds nothing of it: as written, for a person to see.
        found = decode_kind(lattice, FieldKind.TEXT)
    if not found or not found[0].text:
        return unread(field, kind, greedy)
    best = found[0]
    evidence = evidence_of(lattice, found, greedy, kind)
    evidence["bound"] = float(bound)
    raw = best.share * float(np.exp(min(0.0, evidence["log_prob_mean"]))) if bound else 0.0
    return Reading(
        field=field,
        kind=kind,
        text=best.text,
        raw_confidence=min(1.0, max(0.0, raw)),
        engine=engine_name(),
        greedy=greedy,
        alternatives=tuple(Candidate(item.text, item.share) for item in found),
        evidence=tuple(sorted(evidence.items())),
    )


def unread(field: str, kind: FieldKind, greedy: str = "") -> Reading:
    """Ink that gave no text."""
    return Reading(field, kind, "", 0.0, engine_name(), greedy)


def with_evidence(reading: Reading, more: Mapping[str, float]) -> Reading:
    """A reading with more numbers for calibration; those it had of the same names give way."""
    return replace(reading, evidence=tuple(sorted((dict(reading.evidence) | dict(more)).items())))


def evidence_of_other(
    reading: Reading, place: int, ranked: Sequence[Candidate]
) -> dict[str, float]:
    """Evidence of a reading whose alternative at ``place`` is taken for its text instead.

    ``ranked``: the alternatives as they are believed now. What was measured of the text in
    front holds for no other: neither that the unbound reading is the same, nor that
    another network confirms it, nor what it cost to bind. Told as far as that is known
    without the ink, and only what the reading has evidence of.
    """
    seen = dict(reading.evidence)
    first, other = reading.alternatives[0], reading.alternatives[place]
    less = float(np.log(max(first.confidence, 1e-13) / max(other.confidence, 1e-13)))
    length = float(max(1, len(other.text)))
    log_prob = seen.get("log_prob", 0.0) - less
    listed, rival = _listed(
        [decode.Decoded(c.text, 0.0, c.confidence) for c in ranked], reading.kind
    )
    found = {
        "log_prob": max(2 * _FLOOR, log_prob),
        "log_prob_mean": max(_FLOOR, log_prob / length),
        "bind_cost": seen.get("bind_cost", 0.0) + less,
        "greedy_agrees": float(_is_as_written(other.text, reading.greedy, reading.kind)),
        "length": length,
        "listed": listed,
        "rival": rival,
        # Whom it confirmed it contradicts now; where it read something else it still may.
        "second": -abs(seen.get("second", 0.0)),
    }
    return {name: value for name, value in found.items() if name in seen}


def compare_readings(reading: Reading, other: Reading | None) -> float:
    """How far another network's reading of the same ink confirms one, in natural logs.

    Positive where it reads the same: how much likelier to it than its next best
    text. Negative where it reads something else: how much likelier that is to it.
    """
    if other is None or not other.text:
        return _FLOOR
    seen = dict(other.evidence)
    if _bare(other.text) == _bare(reading.text):
        return min(-_FLOOR, max(0.0, seen.get("margin", 0.0)))
    own = [c.confidence for c in other.alternatives if _bare(c.text) == _bare(reading.text)]
    best = other.alternatives[0].confidence
    return max(_FLOOR, -float(np.log(best / own[0]))) if own and own[0] > 0.0 else _FLOOR


def evidence_of(
    lattice: Lattice, found: Sequence[decode.Decoded], greedy: str, kind: FieldKind
) -> dict[str, float]:
    """Named numbers of a decoded lattice, for calibration; ``found`` is not empty."""
    best = found[0]
    length = max(1, len(best.text))
    peaks = lattice.log_probs.max(axis=1)
    inked = peaks[lattice.log_probs.argmax(axis=1) != 0]
    # The runner-up after the list's gain, in the same natural logs.
    margin = np.log(best.share / max(found[1].share, 1e-13)) if len(found) > 1 else -_FLOOR
    same = _is_as_written(best.text, greedy, kind)
    listed, rival = _listed(found, kind)
    return {
        "log_prob_mean": max(_FLOOR, best.log_prob / length),
        "log_prob": max(2 * _FLOOR, best.log_prob),
        "peak_min": float(inked.min()) if inked.size else _FLOOR,
        "peak_mean": float(inked.mean()) if inked.size else _FLOOR,
        "margin": float(min(-_FLOOR, margin)),
        "share": best.share,
        "bind_cost": free_log_prob(lattice) - best.log_prob + _prior_of(best.text, greedy, kind),
        "greedy_agrees": float(same),
        "length": float(length),
        "steps_per_char": lattice.log_probs.shape[0] / length,
        "ink_height_px": float(lattice.ink_height_px),
        "listed": listed,
        "rival": rival,
    }


def _is_as_written(text: str, greedy: str, kind: FieldKind) -> bool:
    """Whether a text is what the unbound reading says."""
    seen = phones.without_notes(greedy) if kind is FieldKind.PHONE else greedy
    return _bare(text) == _bare(seen)


def _prior_of(text: str, greedy: str, kind: FieldKind) -> float:
    """Natural log of what the grammar has against a text of its own accord: that is no misfit."""
    if kind is not FieldKind.PHONE:
        return 0.0
    written = [c for c in phones.without_notes(greedy) if c.isdigit()]
    leads = len(written) == grammars.AREA_DIGITS + grammars.LOCAL_DIGITS + 1 and written[0] == "1"
    return grammars.phone_prior(text, leading_one=leads)


def _listed(found: Sequence[decode.Decoded], kind: FieldKind) -> tuple[float, float]:
    """Share of the best text that is listed, and how near a better listed one comes.

    That is 1 for an alternative as likely as the best text and less, by ``_RIVAL``
    natural logs, for others: DALID, where DAVID is next, is more often wrong than a
    name that no listed one is near to.
    """
    share = _listed_share(kind)
    own = share(found[0].text)
    rivals = [
        1.0 - float(np.log(found[0].share / max(item.share, 1e-13))) / _RIVAL
        for item in found[1:ALTERNATIVES]
        if share(item.text) > own
    ]
    return own, max(0.0, max(rivals, default=0.0))


def _listed_share(kind: FieldKind) -> Callable[[str], float]:
    """How far a text of a kind is made of listed words; kinds without a list have none.

    Of names: how common the rarest word is. LUCIC is a name, too, but hardly anybody's.
    """
    if kind is FieldKind.EMAIL:
        names = lexicon.name_words()
        return lambda text: named_share(text, names)
    words = _WORDS[kind]() if kind in _WORDS else frozenset()
    if kind is FieldKind.NAME:
        return lambda text: people.commonness(text, words)
    return lambda text: lexicon.listed_share(text, words)


def _bare(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum() or c == "@")


def _collapse(text: str) -> str:
    return " ".join(text.split())


def _name(text: str) -> str:
    """A name in which a bar that stands for a capital is an I: lan Brown is Ian Brown.

    Only where other words of the name have capitals and the word is listed so.
    """
    words = _collapse(text).split(" ")
    if not any(word[:1].isupper() for word in words):
        return " ".join(words)
    return " ".join(
        "I" + word[1:]
        if word[:1] == "l"
        and word[1:].islower()
        and lexicon.fold("I" + word[1:]) in lexicon.name_words()
        else word
        for word in words
    )


def _postal_code(text: str) -> str:
    return f"{text[:3]} {text[3:]}"


def _phone(text: str) -> str:
    digits = text[-10:] if len(text) >= 10 else text
    return "-".join(p for p in (digits[:-7], digits[-7:-4], digits[-4:]) if p)


_STYLES: Mapping[FieldKind, Callable[[str], str]] = {
    FieldKind.POSTAL_CODE: _postal_code,
    FieldKind.PHONE: _phone,
    FieldKind.NAME: _name,
}

_WORDS: Mapping[FieldKind, Callable[[], frozenset[str]]] = {
    FieldKind.NAME: lexicon.name_words,
    FieldKind.CITY: lexicon.place_words,
    FieldKind.ADDRESS: lexicon.place_words,
    FieldKind.TEXT: lexicon.place_words,
}

_GRAMMARS: Mapping[FieldKind, Callable[[], decode.Automaton]] = {
    FieldKind.POSTAL_CODE: grammars.postal_code,
    FieldKind.PHONE: grammars.phone,
    FieldKind.EMAIL: grammars.email,
    FieldKind.DATE: grammars.date,
    FieldKind.BIRTH_DATE: grammars.birth_date,
    FieldKind.NAME: grammars.name,
    FieldKind.ADDRESS: grammars.place,
    FieldKind.CITY: grammars.place,
    FieldKind.PROVINCE: grammars.place,
    FieldKind.TEXT: grammars.words_and_codes,
    # Ink that is none of a choice's values, or unlike a code's patterns, as it is written.
    FieldKind.CHOICE: grammars.words_and_codes,
    FieldKind.CODE: grammars.words_and_codes,
}
