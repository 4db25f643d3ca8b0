"""Options that several commands share."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import joblib
import numpy as np

from gateflow.figures.film import KINDS
from gateflow.theory.checks import InputError


def add_output(parser: argparse.ArgumentParser) -> None:
    """Where files go, and how much is said; the command's own parser says that json is False by default."""
    parser.add_argument("--out", type=Path, default=Path("gateflow-out"), metavar="DIR",
                        help="where files go (gateflow-out)")
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS,
                        help="print one JSON object instead of a table")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def add_workers(parser: argparse.ArgumentParser) -> None:
    """How many processes work."""
    parser.add_argument("--workers", type=int, default=joblib.cpu_count(), metavar="N",
                        help="processes; results do not depend on it (one a core)")


def add_ensemble(parser: argparse.ArgumentParser) -> None:
    """How large an ensemble is, where its randomness comes from, and how many processes work."""
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="members of the ensemble (10)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="where all randomness comes from (0)")
    add_workers(parser)


def add_animation(parser: argparse.ArgumentParser) -> None:
    """What kind of film to write, for plots that have one."""
    parser.add_argument("--animate", choices=KINDS, help="write the animation too; mp4 needs the program ffmpeg")


def add_interaction(parser: argparse.ArgumentParser) -> None:
    """Whether to open a window, for plots that have sliders."""
    parser.add_argument("--interactive", action="store_true",
                        help="open a window with sliders instead of writing files")


def numbers(text: str, name: str, least: int, most: int) -> tuple[float, ...]:
    """Numbers separated by commas; argparse shows what is wrong with them."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) > most > least:
        name += f", at most {most}"
    if not least <= len(values) <= most or not np.isfinite(values).all():
        raise argparse.ArgumentTypeError(f"must be {name}, got {text!r}")
    return values


def check_different(name: str, values: Sequence[float]) -> None:
    """Numbers of which each has a part of a figure of its own. Raises InputError for one that is there twice."""
    for value in values:
        if values.count(value) > 1:
            raise InputError(f"{name} must be different numbers, got {value:g} {values.count(value)} times")


def whole(name: str, values: Sequence[float]) -> tuple[int, ...]:
    """The values as whole numbers. Raises InputError."""
    for value in values:
        if value != int(value):
            raise InputError(f"{name} must be whole numbers, got {value:g}")
    return tuple(map(int, values))


def add_fields(group: argparse._ArgumentGroup, fields: Mapping[str, tuple[type, str]], defaults: type) -> None:
    """Add an option for each field of a dataclass: its type, what it means, and its default."""
    for name, (kind, meaning) in fields.items():
        default = getattr(defaults, name)
        group.add_argument(f"--{name.replace('_', '-')}", type=kind, default=default,
                           metavar="N" if kind is int else "X", help=f"{meaning} ({default:g})")
