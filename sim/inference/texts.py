"""Texts of named sources, split by document, as numbers: prose that is kept here, and what Python and NumPy ship.

Prose: ``prose/NAME.txt.gz``, documents apart by a form feed; ``prose/README.md`` says where it is from. What others
ship differs a little between their versions. Of a document at most 8,000 characters are taken, of a source as many
documents as make 160,000.
"""

import gzip
import re
import sysconfig
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gateflow.theory.checks import Array, InputError

# The line's end, and all that ASCII prints; other characters are left out.
ALPHABET = "\n" + "".join(map(chr, range(32, 127)))
_LONGEST, _LARGEST, _SHORTEST = 8000, 160_000, 1000
_MODULES = ("argparse", "ast", "calendar", "configparser", "csv", "dataclasses", "difflib", "enum", "fractions",
            "functools", "gzip", "heapq", "inspect", "ipaddress", "mailbox", "optparse", "pickle", "platform",
            "pprint", "random", "shutil", "statistics", "tarfile", "tempfile", "textwrap", "threading", "traceback")

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """Where texts come from. documents: gives them; licence: under which they may be used."""

    documents: Callable[[], Iterable[str]]
    licence: str


def _prose(name: str) -> Iterable[str]:
    path = Path(__file__).with_name("prose") / f"{name}.txt.gz"
    return gzip.decompress(path.read_bytes()).decode("ascii").split("\n\f\n")


def _python() -> Iterable[str]:
    folder = Path(sysconfig.get_path("stdlib"))
    return (_inner((folder / f"{name}.py").read_text(encoding="utf-8")) for name in _MODULES)


def _headers() -> Iterable[str]:
    folder = Path(np.get_include()) / "numpy"
    return (_inner(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.h")))


def _manual() -> Iterable[str]:
    topics: dict[str, str] = import_module("pydoc_data.topics").topics
    return (topics[name] for name in sorted(topics))


def _inner(text: str) -> str:
    """What follows the first quarter of a file, which tells of licences and imports."""
    return text[len(text) // 4:]


SOURCES = {
    "scripture": Source(partial(_prose, "scripture"), "public domain"),
    "novel": Source(partial(_prose, "novel"), "public domain"),
    "addresses": Source(partial(_prose, "addresses"), "public domain"),
    "python": Source(_python, "PSF licence"),
    "headers": Source(_headers, "BSD licence of NumPy"),
    "manual": Source(_manual, "PSF licence"),
}


def encoded(text: str) -> Codes:
    """Places in ALPHABET (n,); runs of spaces are one space, of line ends one line end."""
    plain = re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", text))
    places = np.full(128, -1)
    places[[ord(letter) for letter in ALPHABET]] = np.arange(len(ALPHABET))
    codes = places[np.frombuffer(plain.encode("ascii", "ignore"), np.uint8)]
    return codes[codes >= 0]


def decoded(codes: Codes) -> str:
    """The text of places in ALPHABET (n,)."""
    return "".join(ALPHABET[code] for code in codes)


@cache
def documents(name: str) -> tuple[Codes, ...]:
    """The documents of a source, of SOURCES. Raises InputError where what ships them does not."""
    try:
        long = [codes[:_LONGEST] for codes in map(encoded, SOURCES[name].documents()) if len(codes) >= _SHORTEST]
    except (OSError, ImportError, ValueError) as failure:
        raise InputError(f"cannot read the texts of {name}: {failure}") from None
    before = np.cumsum([0, *map(len, long[:-1])])
    return tuple(codes for codes, start in zip(long, before, strict=True) if start < _LARGEST)


def split(name: str, rng: Generator) -> tuple[Sequence[Codes], Sequence[Codes], Sequence[Codes]]:
    """Documents of a source to train on, to choose with (a tenth) and to test on (a quarter). Raises InputError."""
    whole = documents(name)
    order = [whole[k] for k in rng.permutation(len(whole))]
    choose, test = max(1, len(order) // 10), max(1, len(order) // 4)
    return order[choose + test:], order[:choose], order[choose:choose + test]


def windows(texts: Sequence[Codes], n: int, length: int, rng: Generator) -> Codes:
    """Pieces (n, length) of documents, each place where one can begin as likely as any other."""
    places = np.array([len(text) - length + 1 for text in texts])
    chosen = rng.choice(len(texts), size=n, p=places / places.sum())
    starts = rng.integers(places[chosen])
    return np.stack([texts[k][start:start + length] for k, start in zip(chosen, starts, strict=True)])


def corpus(texts: Sequence[Sequence[Codes]]) -> Array:
    """Texts of sources as one array (K, n), documents one after another, from the beginning again where short."""
    joined = [np.concatenate(each) for each in texts]
    return np.stack([np.resize(each, max(map(len, joined))) for each in joined]).astype(np.float64)
