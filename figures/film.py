"""Animations as bytes: GIF by Pillow, MP4 by ffmpeg."""

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib import animation
from matplotlib.figure import Figure

from gateflow.figures.style import style
from gateflow.theory.checks import InputError, choice

KINDS = ("gif", "mp4")
# Width and height of a video must be even numbers of points; this many a inch of the figure.
_DOTS = 100


@dataclass(frozen=True)
class Film:
    """An animation. figure: drawn once; draw: changes it into frame i; frames: how many; rate: frames a second."""

    figure: Figure
    draw: Callable[[int], Any]
    frames: int
    rate: int = 20


def check_kind(kind: str) -> None:
    """Raise InputError unless films of this kind can be made here."""
    choice("animate", kind, KINDS)
    if kind == "mp4" and not animation.FFMpegWriter.isAvailable():
        raise InputError("animate must be gif where the program ffmpeg is not found, got 'mp4'")


def _writer(kind: str, rate: int) -> animation.AbstractMovieWriter:
    if kind == "gif":
        return animation.PillowWriter(fps=rate)
    # Without these ffmpeg writes its version and its random numbers into the file.
    exact = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1", "-pix_fmt", "yuv420p", "-threads",
             "1"]
    return animation.FFMpegWriter(fps=rate, codec="libx264", extra_args=exact)


def _all(items: Iterable[Any], _: int) -> Iterable[Any]:
    return items


def film_bytes(film: Film, kind: str, progress: Callable[[Iterable[Any], int], Iterable[Any]] = _all) -> bytes:
    """The film as a "gif" or "mp4" file; equal films give equal bytes. progress: shows how far it is.

    Raises InputError where there is no ffmpeg.
    """
    check_kind(kind)
    with style(), tempfile.TemporaryDirectory() as folder:
        path, writer = Path(folder) / f"film.{kind}", _writer(kind, film.rate)
        with writer.saving(film.figure, str(path), _DOTS):
            for number in progress(range(film.frames), film.frames):
                film.draw(number)
                writer.grab_frame()
        return path.read_bytes()
