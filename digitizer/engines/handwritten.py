"""The handwriting recogniser: PP-OCRv6 in onnxruntime.

Which network reads is chosen in ``recognisers``; each maps a
line, 48 px high, to one probability vector over its classes every 8 px (class
0 is the CTC blank, the last one the space, the others are listed in the file's
metadata). Nearly all of the 18,710 stock classes are Chinese; petitions need
about 150. Each of the network's classes that is a form of a Latin character
(full width, an accent nobody writes here) is added to that character's column,
the rest is dropped and the row renormalised: on real ink the dropped share is
0.1 to 0.3 %, and the unbound reading of joined digits and letters gets about 1
point more exact lines.

Lines run one by one: on a CPU this net is no faster in batches (measured
18.5 ms alone, 19.7 ms in a batch of 16, both 320 px wide), and padding lines
to a common width changes their logits. So a reading depends on its own pixels
and on nothing else. It fails on ink that is not in one line, and knows no
curly writing it was not shown; see ``benchmarks/handwriting.py``.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from digitizer.engines.graylevels import percentiles
from digitizer.recognisers import SECOND, chosen_recogniser, find_model
from digitizer.records import Pixels

LogProbs = npt.NDArray[np.float32]

# Height the network was trained on, and input px for each output step.
INPUT_HEIGHT_PX = 48
STEP_PX = 8

# White added around a trimmed line, as shares of its height. Places and
# phones read best with 0.2 to 0.3 above and below (phones 73 % exact without,
# 87 % at 0.2), codes do not care; sideways anything from 0.25 up is alike.
PAD_ABOVE = 0.2
PAD_SIDE = 0.35

# A line wider than this is squeezed: 160 steps hold over 60 characters.
MAX_WIDTH_PX = 1280
MIN_WIDTH_PX = 32

# Columns of the cut lattice after the blank. Upper and lower case, digits and
# ASCII signs, the accents of French, and those of neighbours' names.
ALPHABET = (
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
    "abcdefghijklmnopqrstuvwxyz{|}~°«»"
    "ÀÂÄÆÇÈÉÊËÎÏÔÖŒÙÛÜŸàâäæçèéêëîïôöœùûüÿ"
    "ÁÃÅÍÑÓÕØÚßáãåíñóõøúýčćłńšśžő"
)

# Signs that stand for an ASCII one in what the network may answer.
_LOOKALIKES = {
    "’": "'", "‘": "'", "´": "'", "“": '"', "”": '"', "〃": '"', "–": "-", "—": "-", "―": "-",
    "一": "-", "−": "-", "‐": "-", "•": ".", "·": ".", "。": ".", "、": ",", "【": "[", "】": "]",
    "©": "@", "®": "@", "×": "x", "∅": "0", "口": "0", "丨": "1", "｜": "|", "乙": "Z", "丁": "T",
    "工": "I", "了": "7", "上": "L",
}  # fmt: skip

# Metadata of a file whose lines are squeezed to this share of their width.
SQUEEZE_KEY = "squeeze"


class Recogniser:
    """The loaded network, with its output cut to ``ALPHABET``."""

    def __init__(
        self, session: onnxruntime.InferenceSession, charset: Sequence[str], *, squeeze: float = 1.0
    ) -> None:
        """Take an open session and the network's characters (without blank and space).

        ``squeeze``: share of its width that a prepared line is squeezed to.
        """
        self._session = session
        self._squeeze = squeeze
        classes = ["", *charset, " "]
        column = {c: k + 1 for k, c in enumerate(ALPHABET)}
        chosen, targets = [0], [0]
        for index, text in enumerate(classes[1:], start=1):
            folded = fold_to_alphabet(text)
            if folded is not None:
                chosen.append(index)
                targets.append(column[folded])
        self._chosen = np.array(chosen)
        self._sum = np.zeros((len(chosen), len(ALPHABET) + 1), np.float32)
        self._sum[np.arange(len(chosen)), targets] = 1.0

    def logits(self, lines: Sequence[Pixels]) -> list[LogProbs]:
        """Log-probabilities of each line: (steps, 1 + len(ALPHABET)), column 0 blank.

        ``lines``: gray, dark on white, trimmed to their ink, of any size from
        1 x 1 up. The answer for a line does not depend on the others.
        """
        prepared = map(prepare_line, lines)
        return [self.logits_of_prepared(squeeze_line(line, self._squeeze)) for line in prepared]

    def logits_of_prepared(self, prepared: Pixels) -> LogProbs:
        """As ``logits``, of a line as ``prepare_line`` makes it."""
        scaled = (prepared.astype(np.float32) / 255.0 - 0.5) / 0.5
        tensor = np.ascontiguousarray(np.broadcast_to(scaled, (1, 3, *scaled.shape)))
        probabilities = self._session.run(None, {"x": tensor})[0][0]
        cut = probabilities[:, self._chosen] @ self._sum
        cut = np.maximum(cut, np.float32(1e-9))
        return np.asarray(np.log(cut / cut.sum(axis=1, keepdims=True)), dtype=np.float32)


def prepare_line(line: Pixels) -> Pixels:
    """Pad, stretch the contrast and scale a trimmed line to the network's height.

    Returns (48, W) uint8, W a multiple of ``STEP_PX`` and at least
    ``MIN_WIDTH_PX``.
    """
    low, high = percentiles(line, (1, 90)).tolist()
    high = max(high, low + 30.0)
    levels = (np.arange(256, dtype=np.float32) - low) * (255.0 / (high - low))
    gray = cv2.LUT(line, np.clip(levels, 0, 255).astype(np.uint8))
    height = gray.shape[0]
    above, side = max(1, round(height * PAD_ABOVE)), max(1, round(height * PAD_SIDE))
    gray = _pad(gray, above, above, side, side)
    scale = INPUT_HEIGHT_PX / gray.shape[0]
    width = min(max(round(gray.shape[1] * scale), MIN_WIDTH_PX), MAX_WIDTH_PX)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(gray, (width, INPUT_HEIGHT_PX), interpolation=method)
    return _pad(resized.astype(np.uint8), 0, 0, 0, -width % STEP_PX)


def squeeze_line(prepared: Pixels, share: float) -> Pixels:
    """A prepared line made narrower: (48, W) uint8, W a multiple of ``STEP_PX``."""
    if share >= 1.0:
        return prepared
    steps = max(MIN_WIDTH_PX // STEP_PX, round(share * prepared.shape[1] / STEP_PX))
    size = (steps * STEP_PX, prepared.shape[0])
    narrow: Pixels = cv2.resize(prepared, size, interpolation=cv2.INTER_AREA)
    return narrow


def _pad(gray: Pixels, top: int, bottom: int, left: int, right: int) -> Pixels:
    return np.pad(gray, ((top, bottom), (left, right)), constant_values=255)


def fold_to_alphabet(text: str) -> str | None:
    """The character of ``ALPHABET`` that a class of the network stands for."""
    for form in (text, _LOOKALIKES.get(text, text), unicodedata.normalize("NFKC", text)):
        if len(form) == 1 and form in ALPHABET:
            return form
    base = unicodedata.normalize("NFKD", text)[:1]
    is_latin = base.isascii() and base.isalpha() and "LATIN" in unicodedata.name(text[:1], "")
    return base if is_latin else None


def load_recogniser() -> Recogniser:
    """Load the chosen recogniser once in a process, with one thread."""
    return _load(find_model())


def load_second() -> Recogniser | None:
    """Load the recogniser of second readings; None where the chosen one has none."""
    second = SECOND.get(chosen_recogniser())
    return _load(find_model(second)) if second is not None else None


@cache
def _load(path: Path) -> Recogniser:
    options = onnxruntime.SessionOptions()
    # Processes share the cores; threads of one session would fight for them.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    told = session.get_modelmeta().custom_metadata_map
    squeeze = float(told.get(SQUEEZE_KEY, "1"))
    return Recogniser(session, told["character"].split("\n"), squeeze=squeeze)
