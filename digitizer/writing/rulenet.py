"""Strokes told from the ruling they meet, pixel by pixel, by a small network.

A strip of the page along the ruling's exact middle is shown to it, 12 px to both sides:
how dark the page is, and how dark the ruling usually is at that distance from its middle.
It answers for each place how likely a stroke is there. Five layers of convolutions,
trained by ``training/fit_rulenet.py`` on drawn rulings of all kinds across real writing
whose strokes are known. It knows no more of a ruling than its strip: one that is darker
than the pen, or thicker than 2 mm, is left to the rules of ``ink``.
"""

import functools
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from digitizer.errors import DependencyError
from digitizer.records import Pixels

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

MODEL_FILE = Path(__file__).parents[1] / "models" / "rulenet.onnx"
# Rows of the strip on either side of the middle, px.
REACH_PX = 12
# The ruling's usual darkness is this quantile over so many columns: below the middle,
# since writing lies on some of them.
USUAL_QUANTILE, USUAL_PX, STEP_PX = 0.4, 192, 48
# ... of which every third tells enough.
EVERY = 3
# Darkness is told in shares of the page's print, up to this many.
MOST_DARK = 2.0


def sample_strip(dark: Pixels, columns: Ints, centers: Floats, reach: int = REACH_PX) -> Floats:
    """Darkness (2 * reach + 1, N) at whole distances from the exact middle, between pixels."""
    x = np.broadcast_to(columns.astype(np.float32), (2 * reach + 1, len(columns)))
    y = centers[None, :] + np.arange(-reach, reach + 1, dtype=np.float32)[:, None]
    # remap takes no more than 32767 columns at a time; a page has far fewer.
    strip = cv2.remap(
        dark, np.ascontiguousarray(x), y.astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(strip, dtype=np.float32)


def usual_look(strip: Floats) -> Floats:
    """How dark the ruling usually is near by, at each place of its strip."""
    count = strip.shape[1]
    looks = []
    for knot in range(0, count + STEP_PX, STEP_PX):
        near = strip[:, max(0, knot - USUAL_PX // 2) : knot + USUAL_PX // 2 : EVERY]
        place = int(USUAL_QUANTILE * (near.shape[1] - 1))
        looks.append(np.partition(near, place, axis=1)[:, place])
    at = np.arange(count, dtype=np.float32) / STEP_PX
    x, y = np.meshgrid(at, np.arange(strip.shape[0], dtype=np.float32))
    between = cv2.remap(np.column_stack(looks), x, y, cv2.INTER_LINEAR)
    return np.asarray(between, dtype=np.float32)


def as_input(strip: Floats, print_darkness: float) -> Floats:
    """What the network is shown of a strip: (2, D, N)."""
    both = np.stack([strip, usual_look(strip)]) / max(print_darkness, 1.0)
    return np.minimum(both, MOST_DARK).astype(np.float32)


def stroke_likelihood(shown: Floats) -> Floats:
    """How likely a stroke is at each place of a strip (D, N), 0..1.

    The mean of what is said of the strip and of its mirror image, upside down.
    """
    session = _network()
    name = session.get_inputs()[0].name
    (upright,) = session.run(None, {name: np.ascontiguousarray(shown[None])})
    (turned,) = session.run(None, {name: np.ascontiguousarray(shown[None, :, ::-1])})
    logits = (upright[0, 0] + turned[0, 0, ::-1]) / 2
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)


@functools.cache
def _network() -> onnxruntime.InferenceSession:
    if not MODEL_FILE.is_file():
        raise DependencyError(f"models/{MODEL_FILE.name} is missing: install digitizer anew")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(MODEL_FILE), options, providers=["CPUExecutionProvider"]
    )
