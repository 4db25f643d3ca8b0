"""Animations as bytes: GIF by Pillow, MP4 by ffmpeg."""

import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from gateflow.figures.style import style
from gateflow.theory.checks import InputError, choice

KINDS = ("gif", "mp4")
# Points an inch of the figure.
_DOTS = 100
# A video's width and height must be even; without the others ffmpeg writes its version and random numbers into it.
_VIDEO = ["-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2", "-vcodec", "libx264", "-fflags", "+bitexact", "-flags:v",
          "+bitexact", "-map_metadata", "-1", "-pix_fmt", "yuv420p", "-threads", "1"]
# Frames of which the colours are those of all of a GIF.
_SHOWN = 6
_PLAIN = Image.Dither.NONE


@dataclass(frozen=True)
class Film:
    """An animation.

    figure: drawn once; draw: changes it into frame i, and says what the scene is; moving: all that draw changes within
    a scene; frames: how many; rate: frames a second.
    """

    figure: Figure
    draw: Callable[[int], Any]
    moving: Sequence[Artist]
    frames: int
    rate: int = 20


def check_kind(kind: str) -> None:
    """Raise InputError unless films of this kind can be made here."""
    choice("animate", kind, KINDS)
    if kind == "mp4" and shutil.which("ffmpeg") is None:
        raise InputError("animate must be gif where the program ffmpeg is not found, got 'mp4'")


def _all(items: Iterable[Any], _: int) -> Iterable[Any]:
    return items


def _drawn(film: Film, numbers: Iterable[int]) -> Iterator[Image.Image]:
    """The frames. What lies below all that moves is drawn once a scene."""
    film.figure.set_dpi(_DOTS)
    canvas: Any = FigureCanvasAgg(film.figure)
    above, scene, behind = [], None, None
    for axes in {artist.axes: None for artist in film.moving if artist.axes is not None}:
        lowest = min(artist.zorder for artist in film.moving if artist.axes is axes)
        over = [artist for artist in axes.get_children() if artist.zorder >= lowest and artist is not axes.patch]
        above.append((axes, sorted(over, key=lambda artist: artist.zorder)))
        for artist in over:
            artist.set_animated(True)
    for number in numbers:
        now = film.draw(number)
        if behind is None or now != scene:
            canvas.draw()
            scene, behind = now, canvas.copy_from_bbox(film.figure.bbox)
        canvas.restore_region(behind)
        for axes, artists in above:
            for artist in artists:
                axes.draw_artist(artist)
        yield Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB")


def film_bytes(film: Film, kind: str, progress: Callable[[Iterable[Any], int], Iterable[Any]] = _all) -> bytes:
    """The film as a "gif" or "mp4" file; equal films give equal bytes. progress: shows how far it is.

    Raises InputError where there is no ffmpeg.
    """
    check_kind(kind)
    with style():
        return (_gif if kind == "gif" else _video)(film, progress(range(film.frames), film.frames))


def _gif(film: Film, numbers: Iterable[int]) -> bytes:
    """All frames in the colours that some of them need together."""
    some = np.linspace(0, film.frames - 1, _SHOWN).round().astype(int).tolist()
    sample = Image.fromarray(np.concatenate([np.asarray(frame) for frame in _drawn(film, some)]))
    colours = sample.quantize(method=Image.Quantize.MAXCOVERAGE)
    frames, content = (frame.quantize(palette=colours, dither=_PLAIN) for frame in _drawn(film, numbers)), io.BytesIO()
    next(frames).save(content, "gif", save_all=True, append_images=frames, duration=1000 // film.rate, loop=0)
    return content.getvalue()


def _video(film: Film, numbers: Iterable[int]) -> bytes:
    width, height = (round(inches * _DOTS) for inches in film.figure.get_size_inches())
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-framerate", str(film.rate), "-i", "-"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        writer = subprocess.Popen(["ffmpeg", "-loglevel", "error", *raw, *_VIDEO, str(path)], stdin=subprocess.PIPE)
        with writer, cast(IO[bytes], writer.stdin) as pipe:
            for frame in _drawn(film, numbers):
                pipe.write(frame.tobytes())
        return path.read_bytes()
