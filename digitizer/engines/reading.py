"""From a stretch of lattice to a ``Reading``: decoding, formatting, evidence.

``Lattice`` is the recogniser's answer for a line, or several joined, with
what the unbound reading makes of it; slices of it are lattices again, so an
address cell can be cut into street, city and code without running the
network twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digitizer.engines import decode, grammars
from digitizer.engines.handwritten import ALPHABET, ENGINE, LogProbs
from digitizer.records import Candidate, FieldKind, Reading

# Texts kept of a reading.
ALTERNATIVES = 5

# Natural logs are cut here, so that one impossible step does not drown all.
_FLOOR = -30.0

_SPACE = ALPHABET.index(" ") + 1


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Log-probabilities (steps, columns) and the unbound best reading of them.

    ``steps``: at which step each character of ``text`` stands.
    ``ink_height_px``: height of the ink it came from.
    """

    log_probs: LogProbs
    text: str
    steps: npt.NDArray[np.int64]
    ink_height_px: int

    def part(self, start: int, end: int) -> "Lattice":
        """The characters ``start`` to ``end`` of the unbound reading, alone.

        Cuts fall midway between a character and its neighbour.
        """
        last = self.log_probs.shape[0]
        left = 0 if start <= 0 else int(self.steps[start - 1] + self.steps[start] + 1) // 2
        right = (
            last
            if end >= len(self.text)
            else int(self.steps[end - 1] + self.steps[end] + 1) // 2
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
    found = decode.decode(lattice.log_probs, _GRAMMARS[kind](), keep=ALTERNATIVES)
    style = _STYLES.get(kind, _collapse)
    texts: dict[str, decode.Decoded] = {}
    for item in found:
        text = style(item.text)
        texts.setdefault(text, decode.Decoded(text, item.log_prob, item.share))
    return tuple(texts.values())


def free_log_prob(lattice: Lattice) -> float:
    """Natural log of the probability of the unbound best path."""
    return float(lattice.log_probs.max(axis=1).sum()) if lattice.log_probs.size else 0.0


def bind_cost(lattice: Lattice, kind: FieldKind) -> float:
    """How much log-probability is lost by binding a lattice to a grammar, >= 0 or so."""
    found = decode_kind(lattice, kind)
    return free_log_prob(lattice) - found[0].log_prob if found else -_FLOOR * 2


def read_lattice(lattice: Lattice, field: str, kind: FieldKind) -> Reading:
    """Read a lattice as a field of a kind."""
    found = decode_kind(lattice, kind)
    greedy = _collapse(lattice.text)
    if not found or not found[0].text:
        return unread(field, kind, greedy)
    best = found[0]
    evidence = _evidence(lattice, found, greedy, kind)
    raw = best.share * float(np.exp(min(0.0, evidence["log_prob_mean"])))
    return Reading(
        field=field,
        kind=kind,
        text=best.text,
        raw_confidence=min(1.0, max(0.0, raw)),
        engine=ENGINE,
        greedy=greedy,
        alternatives=tuple(Candidate(item.text, item.share) for item in found),
        evidence=tuple(sorted(evidence.items())),
    )


def unread(field: str, kind: FieldKind, greedy: str = "") -> Reading:
    """Ink that gave no text."""
    return Reading(field, kind, "", 0.0, ENGINE, greedy)


def _evidence(
    lattice: Lattice, found: Sequence[decode.Decoded], greedy: str, kind: FieldKind
) -> dict[str, float]:
    best = found[0]
    length = max(1, len(best.text))
    peaks = lattice.log_probs.max(axis=1)
    inked = peaks[lattice.log_probs.argmax(axis=1) != 0]
    runner_up = found[1].log_prob if len(found) > 1 else best.log_prob + _FLOOR
    same = _bare(best.text) == _bare(greedy)
    return {
        "log_prob_mean": max(_FLOOR, best.log_prob / length),
        "log_prob": max(2 * _FLOOR, best.log_prob),
        "peak_min": float(inked.min()) if inked.size else _FLOOR,
        "peak_mean": float(inked.mean()) if inked.size else _FLOOR,
        "margin": min(-_FLOOR, best.log_prob - runner_up),
        "share": best.share,
        "bind_cost": free_log_prob(lattice) - best.log_prob,
        "greedy_agrees": float(same),
        "length": float(length),
        "steps_per_char": lattice.log_probs.shape[0] / length,
        "ink_height_px": float(lattice.ink_height_px),
    }


def _bare(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum() or c == "@")


def _collapse(text: str) -> str:
    return " ".join(text.split())


def _postal_code(text: str) -> str:
    return f"{text[:3]} {text[3:]}"


def _phone(text: str) -> str:
    digits = text[-10:] if len(text) >= 10 else text  # noqa: PLR2004 - NANP length
    return "-".join(p for p in (digits[:-7], digits[-7:-4], digits[-4:]) if p)


_STYLES: Mapping[FieldKind, Callable[[str], str]] = {
    FieldKind.POSTAL_CODE: _postal_code,
    FieldKind.PHONE: _phone,
}

_GRAMMARS: Mapping[FieldKind, Callable[[], decode.Automaton]] = {
    FieldKind.POSTAL_CODE: grammars.postal_code,
    FieldKind.PHONE: grammars.phone,
    FieldKind.EMAIL: grammars.email,
    FieldKind.DATE: grammars.date,
    FieldKind.NAME: grammars.name,
    FieldKind.ADDRESS: grammars.place,
    FieldKind.CITY: grammars.place,
    FieldKind.PROVINCE: grammars.place,
    FieldKind.TEXT: grammars.place,
}
