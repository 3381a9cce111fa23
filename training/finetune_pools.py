"""Lines for fine-tuning, drawn in pools by processes of their own and cut into batches.

Without torch, so that a process that only draws is soon there.
"""

import itertools
import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.engines.handwritten import MIN_WIDTH_PX, STEP_PX, prepare_line
from training.finetune_lines import Sources, draw_line

# Lines drawn together, sorted by width and cut into batches of about so many
# columns: little of a batch is padding.
POOL_LINES = 384
BATCH_COLUMNS = 4096

# Pools that stand ready for each process that draws them.
POOLS_AHEAD = 2

# Lines of a pool for so many columns of a batch: a dozen batches.
LINES_SHARE = 24

# Batches' widths are whole times this.
WIDTH_PX = 32

# Wider lines are left out: few, and each costs as much as three.
MAX_WIDTH_PX = 640

# Lines are squeezed sideways to between these shares of their width: time is
# proportional to width, and how much of it reading can do without is chosen later.
SQUEEZES = (0.7, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Padded pictures (n, 48, w) uint8, and the texts and kinds of the lines."""

    pictures: npt.NDArray[np.uint8]
    texts: Sequence[str]
    kinds: Sequence[str]


class Pools:
    """Pool after pool without end, in order, drawn by ``workers`` processes (0: by this one).

    The processes start at once; each gets the sources, 100 MB or so.
    """

    def __init__(
        self, sources: Sources, seed: int, columns: int, *, first: int = 0, workers: int = 0
    ) -> None:
        """Start the processes on the pools from number ``first``."""
        self._next = ((sources, seed, pool, columns) for pool in itertools.count(first))
        self._waiting: deque[Future[list[Batch]]] = deque()
        self._executor = None
        if workers:
            # Copies of a process whose libraries run threads can stand still for ever.
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(workers, context, _start_drawing, (sources,))
            for _ in range(POOLS_AHEAD * workers):
                self._ask()

    def __iter__(self) -> Iterator[list[Batch]]:
        """The pools themselves."""
        return self

    def __next__(self) -> list[Batch]:
        """The batches of the next pool."""
        if self._executor is None:
            return pool_batches(*next(self._next))
        self._ask()
        return self._waiting.popleft().result()

    def close(self) -> None:
        """End the processes; what they have drawn and nobody took is lost."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)

    def _ask(self) -> None:
        assert self._executor is not None
        _, seed, pool, columns = next(self._next)
        self._waiting.append(self._executor.submit(_draw_pool, seed, pool, columns))


_drawing: Sources | None = None


def _start_drawing(sources: Sources) -> None:
    global _drawing
    _drawing = sources
    cv2.setNumThreads(1)


def _draw_pool(seed: int, pool: int, columns: int) -> list[Batch]:
    assert _drawing is not None
    return pool_batches(_drawing, seed, pool, columns)


def pool_batches(sources: Sources, seed: int, pool: int, columns: int) -> list[Batch]:
    """The batches of one pool of lines; the same for the same seed, number and columns."""
    rng = np.random.default_rng((seed, pool))
    drawn: list[tuple[str, npt.NDArray[np.uint8], str]] = []
    for _ in range(max(POOL_LINES, columns // LINES_SHARE)):
        kind, line = draw_line(sources, rng)
        if min(line.pixels.shape) < 2 or not line.text:
            continue
        prepared = squeeze(prepare_line(line.pixels), float(rng.uniform(*SQUEEZES)), line.text)
        if prepared.shape[1] <= MAX_WIDTH_PX:
            drawn.append((kind, prepared, line.text))
    drawn.sort(key=lambda item: item[1].shape[1])
    groups: list[list[tuple[str, npt.NDArray[np.uint8], str]]] = [[]]
    for item in drawn:
        if (len(groups[-1]) + 1) * item[1].shape[1] > columns:
            groups.append([])
        groups[-1].append(item)
    return [_batch(groups[int(index)]) for index in rng.permutation(len(groups))]


def echoed(pool: Sequence[Batch], times: int, seed: int, number: int) -> Iterator[Batch]:
    """The batches of a pool ``times`` times: after the first in other orders, moved and paler."""
    yield from pool
    rng = np.random.default_rng((seed, number, times))
    for _ in range(times - 1):
        for index in rng.permutation(len(pool)):
            batch = pool[int(index)]
            depth = rng.uniform(0.75, 1.0, (len(batch.texts), 1, 1)).astype(np.float32)
            moved = np.roll(batch.pictures, int(rng.integers(-1, 2)), axis=1)
            paler = 255.0 - (255.0 - moved) * depth
            yield Batch(paler.astype(np.uint8), batch.texts, batch.kinds)


def squeeze(prepared: npt.NDArray[np.uint8], share: float, text: str) -> npt.NDArray[np.uint8]:
    """The line made narrower, but with steps enough for every sign of ``text``."""
    twins = sum(a == b for a, b in pairwise(text))
    least = STEP_PX * (1.2 * len(text) + twins + 1)
    width = max(share * prepared.shape[1], min(least, prepared.shape[1]))
    whole = max(MIN_WIDTH_PX, round(width / STEP_PX) * STEP_PX)
    narrow: npt.NDArray[np.uint8] = cv2.resize(
        prepared, (whole, prepared.shape[0]), interpolation=cv2.INTER_AREA
    )
    return narrow


def _batch(items: Sequence[tuple[str, npt.NDArray[np.uint8], str]]) -> Batch:
    widest = max(pixels.shape[1] for _, pixels, _ in items)
    # Few widths: a GPU plans anew for each.
    width = -(-widest // WIDTH_PX) * WIDTH_PX if len(items) > 1 else widest
    pictures = np.full((len(items), 48, width), 255, np.uint8)
    for row, (_, pixels, _) in enumerate(items):
        pictures[row, :, : pixels.shape[1]] = pixels
    return Batch(pictures, [text for _, _, text in items], [kind for kind, _, _ in items])
