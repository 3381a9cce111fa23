"""Fine-tune a recogniser on the names that an office confirmed, and judge it.

Called by ``digitizer learn --recogniser``; needs the extra ``training``. Ink is
cut anew from the scans, where they still lie, by the pipeline's own stages:
name cells, with what people confirmed stands there. Nothing leaves the
machine. Only the last layers are trained, for
a few passes, and the network is held to its old answers on every judged
line of the workspace (addresses, codes, phones too), so that it forgets nothing it is not
shown. Then its weights are moved half way back (see ``mix_networks``).

Sheets that ``learning`` holds back judge it: it is refused where it reads
fewer of their names exactly, where the truth is less probable under it, or
where it changes too many readings of other kinds of field. Some hundred names
are needed; a dozen hands teach a network little else.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor
from torch.nn import functional

from digitizer.counting.judged import JudgedField
from digitizer.counting.learning import is_held_back
from digitizer.engines.decode import score_text
from digitizer.engines.handwritten import ALPHABET, load_recogniser, prepare_line
from digitizer.engines.reading import make_lattice, read_lattice
from digitizer.errors import ScanError
from digitizer.forms.forms import load_forms
from digitizer.ids import sheet_id
from digitizer.pipeline import register_image
from digitizer.recognisers import RECOGNISER_VARIABLE, find_model
from digitizer.records import NO_EDIT, Failure, FieldKind, PageEdit, Pixels
from digitizer.scans import list_pages, load_page
from digitizer.segment import cut_cells
from digitizer.states import INK_KINDS
from digitizer.store import Store
from digitizer.workspace.stored import Source
from training.quantise import quantise
from training.recogniser_net import (
    RecogniserNet,
    mix_networks,
    read_network,
    trainable,
    write_network,
)

# Confirmed names to learn from, and held back to judge, at least.
MIN_LINES = 120
MIN_HELD_LINES = 30

# A crop whose unbound reading differs by more than this share of its text holds
# something else as well: a neighbour's ink, two lines run together.
MOST_DIFFERENT = 0.5

PASSES = 6
BATCH_LINES = 8
STEP = 2e-4
# Weight of staying with the old answers beside learning new ones.
ANCHOR = 0.5
LARGEST_GRADIENT = 5.0

# Share of the way from the old weights to the trained ones.
SHARE = 0.5

# Share of readings of other kinds that may change.
MOST_CHANGED = 0.03

# Wider lines cost as much as three and are few.
MAX_WIDTH_PX = 640

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class OfficeLine:
    """A line of an office's ink; ``text`` empty where nobody confirmed what it says."""

    pixels: Pixels
    text: str
    sheet_id: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the trained recogniser did on held-back sheets beside the old one.

    ``right`` of ``held`` names read exactly, mean log-probability of their
    truth, before and after; ``changed`` of ``others`` readings of other kinds.
    """

    lines: int
    held: int
    right: tuple[int, int] = (0, 0)
    likely: tuple[float, float] = (0.0, 0.0)
    changed: int = 0
    others: int = 0

    @property
    def kept(self) -> bool:
        """Whether it is good enough to be used."""
        enough = self.lines >= MIN_LINES and self.held >= MIN_HELD_LINES
        better = self.right[1] >= self.right[0] and self.likely[1] > self.likely[0]
        return enough and better and self.changed <= MOST_CHANGED * max(1, self.others)

    def as_text(self) -> str:
        """The verdict for people."""
        start = f"recogniser: {self.lines} confirmed names, {self.held} held back"
        if self.lines < MIN_LINES or self.held < MIN_HELD_LINES:
            return f"{start}: too few (needs {MIN_LINES} and {MIN_HELD_LINES})"
        return (
            f"{start}: {'kept' if self.kept else 'refused: worse on held-back sheets'}; "
            f"right {self.right[0]} -> {self.right[1]}, log-probability of the truth "
            f"{self.likely[0]:.2f} -> {self.likely[1]:.2f}, "
            f"{self.changed} of {self.others} other readings changed"
        )


def office_lines(store: Store, judged: Sequence[JudgedField]) -> Iterator[OfficeLine]:
    """Lines of judged fields that stand alone in their cell, cut from the scans.

    Pages whose file is gone or changed, or whose form is not installed, give none.
    """
    wanted: dict[str, dict[tuple[int, str], JudgedField]] = {}
    for one in judged:
        wanted.setdefault(one.sheet_id, {})[one.row, one.field] = one
    edits = store.edits_in_force()
    for source in store.sources():
        name = sheet_id(source.sha256, source.page)
        here = wanted.pop(name, None)
        if here is not None and source.path:
            edit = edits[name].edit if name in edits else NO_EDIT
            yield from _lines_of_page(source, edit, here)


def _lines_of_page(
    source: Source, edit: PageEdit, here: Mapping[tuple[int, str], JudgedField]
) -> Iterator[OfficeLine]:
    pages = list_pages(source.path, source.source_file)
    if isinstance(pages, Failure) or pages[0].sha256 != source.sha256:
        return
    try:
        image = load_page(pages[source.page - 1])
    except ScanError:
        return
    registered, _ = register_image(image, load_forms(()), edit=edit)
    if registered.form is None:
        return
    for crop in cut_cells(registered):
        texts = [spec for spec in crop.fields if spec.kind not in INK_KINDS]
        one = here.get((crop.row or 0, texts[0].name)) if len(texts) == 1 else None
        if one is None or len(crop.lines) != 1:
            continue
        text = one.truth if one.kind is FieldKind.NAME else ""
        if all(c in ALPHABET for c in text):
            yield OfficeLine(crop.lines[0].pixels, text, one.sheet_id)


def finetune(lines: Sequence[OfficeLine], target: Path, *, seed: int = 1) -> Verdict:
    """Train on an office's lines; write ``target`` (.onnx) if the verdict keeps it.

    Same lines, same machine and same seed: same weights.
    """
    named = [named for line in lines if line.text and (named := _as_written(line)) is not None]
    learn = [line for line in named if not is_held_back(line.sheet_id)]
    held = [line for line in named if is_held_back(line.sheet_id)]
    others = [line for line in lines if not line.text]
    if len(learn) < MIN_LINES or len(held) < MIN_HELD_LINES:
        return Verdict(len(learn), len(held))
    start = trainable()
    network = train(learn, others, start, seed)
    whole, new = target.with_suffix(".whole.onnx"), target.with_suffix(".new.onnx")
    new.parent.mkdir(parents=True, exist_ok=True)
    write_network(network, start, whole, {"lines": str(len(learn))})
    # As quick as what ships: the lines that it learnt tell the ranges.
    quantise(whole, new, [(FieldKind.NAME, line.pixels, line.text) for line in learn])
    whole.unlink()
    verdict = _judge(find_model(), new, len(learn), held, others)
    if verdict.kept:
        new.replace(target)
    else:
        new.unlink()
    return verdict


def train(
    learn: Sequence[OfficeLine], others: Sequence[OfficeLine], old: Path, seed: int
) -> RecogniserNet:
    """The old network after a few passes over the lines, moved half way back."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    teacher, student = read_network(old).eval(), read_network(old)
    for parameter in student.parameters():
        parameter.requires_grad_(False)
    trained = [*student.head.parameters(), *student.mixers.parameters()]
    for parameter in trained:
        parameter.requires_grad_(True)
    optimiser = torch.optim.AdamW(trained, lr=STEP)
    prepared = [(p, line.text) for line in (*learn, *others) if (p := _prepared(line)) is not None]
    for _ in range(PASSES):
        for batch in _batches(prepared, rng):
            pictures = _pictures([picture for picture, _ in batch])
            answers = student(pictures)
            with torch.no_grad():
                before = teacher(pictures)
            loss = ANCHOR * (before.exp() * (before - answers)).sum(2).mean()
            loss = loss + _spelling_loss(answers, [text for _, text in batch])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, LARGEST_GRADIENT)
            optimiser.step()
    return mix_networks(teacher, student, SHARE)


def _spelling_loss(answers: Tensor, texts: Sequence[str]) -> Tensor:
    """CTC loss a sign of the lines whose text is known; 0 without any."""
    known = [row for row, text in enumerate(texts) if text]
    if not known:
        return answers.sum() * 0.0
    targets = torch.tensor([1 + ALPHABET.index(c) for row in known for c in texts[row]])
    lengths = torch.tensor([len(texts[row]) for row in known])
    chosen = answers[known].transpose(0, 1)
    steps = torch.full((len(known),), chosen.shape[0])
    by_line = functional.ctc_loss(
        chosen, targets, steps, lengths, reduction="none", zero_infinity=True
    )
    # One hopeless line (a wrong picture) must not steer the batch.
    return (by_line / lengths).clamp(max=6.0).mean()


def _batches(
    prepared: Sequence[tuple[Picture, str]], rng: np.random.Generator
) -> Iterator[list[tuple[Picture, str]]]:
    """Lines of like width together, in another order every time."""
    ranked = sorted(prepared, key=lambda item: item[0].shape[1])
    starts = range(0, len(ranked), BATCH_LINES)
    for start in rng.permutation(list(starts)):
        yield ranked[int(start) : int(start) + BATCH_LINES]


def _prepared(line: OfficeLine) -> Picture | None:
    """The line as the network takes it; None where it is too wide, or too short for its text."""
    picture = prepare_line(line.pixels)
    least = len(line.text) + sum(a == b for a, b in pairwise(line.text))
    steps = picture.shape[1] // 8
    return picture if picture.shape[1] <= MAX_WIDTH_PX and steps >= least else None


def _pictures(pictures: Sequence[Picture]) -> Tensor:
    width = max(picture.shape[1] for picture in pictures)
    padded = np.ones((len(pictures), 1, 48, width), np.float32)
    for row, picture in enumerate(pictures):
        padded[row, 0, :, : picture.shape[1]] = picture / 127.5 - 1.0
    return torch.from_numpy(padded).expand(-1, 3, -1, -1).contiguous()


def _as_written(line: OfficeLine) -> OfficeLine | None:
    """The line with its text in the ink's case; None where the picture holds other ink too."""
    (answer,) = load_recogniser().logits([line.pixels])
    seen = make_lattice(answer, 1).text
    if Levenshtein.normalized_distance(seen.casefold(), line.text.casefold()) > MOST_DIFFERENT:
        return None
    text = line.text.upper() if seen.isupper() else line.text
    return replace(line, text=text) if all(c in ALPHABET for c in text) else line


def _judge(
    old: Path, new: Path, taught: int, held: Sequence[OfficeLine], others: Sequence[OfficeLine]
) -> Verdict:
    kept_variable = os.environ.get(RECOGNISER_VARIABLE)
    found: list[tuple[int, float, list[str]]] = []
    try:
        for file in (old, new):
            os.environ[RECOGNISER_VARIABLE] = str(file)
            found.append(_look(held, others))
    finally:
        _restore({RECOGNISER_VARIABLE: kept_variable})
    before, after = found
    changed = sum(a != b for a, b in zip(before[2], after[2], strict=True))
    return Verdict(
        taught,
        len(held),
        (before[0], after[0]),
        (before[1] / len(held), after[1] / len(held)),
        changed,
        len(others),
    )


def _restore(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _look(held: Sequence[OfficeLine], others: Sequence[OfficeLine]) -> tuple[int, float, list[str]]:
    """Names right, summed log-probability of their truth, and what other lines say."""
    recogniser = load_recogniser()
    right, likely = 0, 0.0
    for line in held:
        (answer,) = recogniser.logits([line.pixels])
        reading = read_lattice(make_lattice(answer, line.pixels.shape[0]), "name", FieldKind.NAME)
        right += reading.text.casefold() == line.text.casefold()
        score = score_text(answer, [1 + ALPHABET.index(c) for c in line.text])
        likely += max(-50.0, score)
    texts = [
        make_lattice(answer, 1).text for answer in recogniser.logits([o.pixels for o in others])
    ]
    return right, likely, texts
