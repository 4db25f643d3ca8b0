import io
import shutil
import subprocess

import pytest
from matplotlib.figure import Figure
from PIL import Image

from gateflow.figures.film import Film, check_kind, film_bytes
from gateflow.theory.checks import InputError


def counting():
    figure = Figure(figsize=(1, 1))
    line, = figure.subplots(subplot_kw={"xlim": (-1, 3), "ylim": (-1, 3)}).plot([], [], "o")
    return Film(figure, lambda i: line.set_data([i], [i]), [line], 3, rate=10)


def test_a_gif_has_all_frames_at_its_rate_and_equal_bytes():
    first, second = (film_bytes(counting(), "gif") for _ in range(2))
    assert first == second
    image = Image.open(io.BytesIO(first))
    assert (image.n_frames, image.size, image.info["duration"]) == (3, (100, 100), 100)


def test_without_ffmpeg_there_is_no_video(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(InputError, match="animate must be gif where the program ffmpeg is not found, got 'mp4'"):
        check_kind("mp4")


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the program ffmpeg is not here")
def test_a_video_has_all_frames_and_equal_bytes(tmp_path):
    first, second = (film_bytes(counting(), "mp4") for _ in range(2))
    assert first == second
    (tmp_path / "film.mp4").write_bytes(first)
    said = subprocess.run(["ffmpeg", "-i", str(tmp_path / "film.mp4"), "-f", "null", "-"], capture_output=True,
                          text=True, check=True).stderr
    assert "frame=    3" in said
