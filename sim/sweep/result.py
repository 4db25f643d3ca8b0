"""What a sweep gives: arrays over the grid, with what failed masked and named."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare.rows import half_widths
from gateflow.sim.storage import npz_bytes, npz_content, read_file, write_files
from gateflow.sim.sweep.evaluation import Chunk, Masked, joined
from gateflow.sim.sweep.grid import Sweep, grid_words, locate
from gateflow.theory.checks import SEED, InputError, Range, choice

_CONFIDENCE = Range(0, 1, open_low=True, open_high=True)


@dataclass(frozen=True)
class Failure:
    """A run that gave no result: its number, parameters, seed (None without seeds), and what went wrong."""

    run: int
    parameters: Mapping[str, Any]
    seed: int | None
    error: str

    def __str__(self) -> str:
        """The failure in one line."""
        where = [f"{name} = {value}" for name, value in self.parameters.items()]
        return f"{', '.join(where if self.seed is None else [*where, f'seed {self.seed}'])}: {self.error}"


@dataclass(frozen=True, eq=False, repr=False)
class SweepResult:
    """Results of a sweep.

    axes: values (n_i,) of each parameter, in the order of the grid.
    seeds: how many (0: none).
    values: masked arrays (n_1, …, n_k, seeds, ...) by name, without the axis of seeds if seeds = 0.
    failures: runs that gave no result, all masked.
    about: name, function, fixed, seed and versions of the sweep, as plain values.
    """

    axes: Mapping[str, NDArray[Any]]
    seeds: int
    values: Mapping[str, Masked]
    failures: tuple[Failure, ...]
    about: Mapping[str, Any]

    def __repr__(self) -> str:
        """Name, size, values, and how many runs failed."""
        shapes = {name: values.shape[len(self.axes) + bool(self.seeds):] for name, values in self.values.items()}
        values = ", ".join(name + (f" {shape}" if shape else "") for name, shape in shapes.items()) or "no values"
        return (f"<SweepResult {self.about.get('name')}: {values} over {grid_words(self.axes, self.seeds)}, "
                f"{len(self.failures)} of {self.runs} runs failed>")

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return tuple(len(values) for values in self.axes.values())

    @property
    def runs(self) -> int:
        """Cells times seeds."""
        return int(np.prod(self.shape)) * max(self.seeds, 1)

    def mean(self, name: str) -> Masked:
        """Mean over seeds (n_1, …, n_k, ...); failed and masked ones are left out. Raises InputError without seeds."""
        return np.ma.asarray(self._over_seeds(name).mean(axis=len(self.axes)))

    def interval(self, name: str, confidence: float = 0.95) -> Masked:
        """Half width of the confidence interval of the mean, as ``mean``; masked where fewer than two seeds count."""
        _CONFIDENCE.check("confidence", confidence)
        return half_widths(self._over_seeds(name), confidence, axis=len(self.axes))

    def report(self, most: int = 5) -> list[str]:
        """How many runs failed and the first of them, a line each; nothing if none did."""
        SEED.check("most", most)
        if not self.failures:
            return []
        lines = [f"{len(self.failures)} of {self.runs} runs failed and are left out:", *map(str, self.failures[:most])]
        return lines + [f"and {len(self.failures) - most} more"] * (len(self.failures) > most)

    def to_xarray(self) -> Any:
        """The values as an xarray.Dataset over the axes and ``seed``; NaN under a mask. Needs the extra ``xarray``."""
        try:
            import xarray
        except ImportError:
            raise InputError("to_xarray needs the package xarray: pip install 'gateflow[xarray]'") from None
        grid = [*self.axes, *["seed"] * bool(self.seeds)]
        data = {name: ([*grid, *(f"{name}_{i}" for i in range(values.ndim - len(grid)))], _with_nan(values))
                for name, values in self.values.items()}
        coordinates = dict(self.axes) | ({"seed": np.arange(self.seeds)} if self.seeds else {})
        return xarray.Dataset(data, coordinates, {"sweep": json.dumps(self.about, ensure_ascii=False)})

    def to_bytes(self) -> bytes:
        """The result as an .npz file: arrays ``axes/…``, ``values/…``, ``masks/…``; ``header``, JSON with the rest."""
        header = {"about": self.about, "axes": list(self.axes), "seeds": self.seeds, "values": list(self.values),
                  "failures": [[failure.run, failure.error] for failure in self.failures]}
        arrays = {f"axes/{name}": values for name, values in self.axes.items()} | split(self.values)
        return npz_bytes(arrays, header)

    def save(self, path: str | Path) -> None:
        """Write everything to one .npz file, whole or not at all. Raises InputError where that is refused."""
        write_files({Path(path): self.to_bytes()})

    @classmethod
    def load(cls, path: str | Path) -> "SweepResult":
        """Read a file that ``save`` wrote, or the one in a finished sweep's folder. Raises InputError."""
        try:
            path = Path(path) / "result.npz" if Path(path).is_dir() else Path(path)
            return cls.from_bytes(read_file(path))
        except InputError:
            raise
        except (TypeError, ValueError) as failure:
            raise InputError(f"cannot read {path}: not the result of a sweep") from failure

    @classmethod
    def from_bytes(cls, content: bytes) -> "SweepResult":
        """Read what ``to_bytes`` gave; ValueError if it is something else."""
        header, arrays = npz_content(content)
        try:
            axes, seeds = {name: arrays[f"axes/{name}"] for name in header["axes"]}, header["seeds"]
            failures = tuple(Failure(run, *locate(axes, seeds, run), error) for run, error in header["failures"])
            return cls(axes, seeds, together(header["values"], arrays), failures, header["about"])
        except (AttributeError, KeyError, TypeError, IndexError) as failure:
            raise ValueError("not the result of a sweep") from failure

    def _over_seeds(self, name: str) -> Masked:
        choice("name", name, tuple(self.values))
        if not self.seeds:
            raise InputError("seeds must be at least 1 for statistics over seeds, got 0")
        return self.values[name]


def assemble(sweep: Sweep, chunks: Iterable[Chunk]) -> SweepResult:
    """Put all chunks of a sweep, in order, into one result. Raises InputError if they do not agree with each other."""
    whole = joined(sweep, chunks)
    grid = (*sweep.shape, *[sweep.seeds] * bool(sweep.seeds))
    values = {name: array.reshape(*grid, *array.shape[1:]) for name, array in whole.values.items()}
    failures = tuple(Failure(run, *locate(sweep.axes, sweep.seeds, run), error) for run, error in whole.errors.items())
    # Neither axes, which are arrays beside it, nor chunks, which leave no trace in what is run by run.
    about = {key: value for key, value in sweep.identity().items() if key not in ("axes", "seeds", "chunk")}
    return SweepResult(dict(sweep.axes), sweep.seeds, values, failures, about)


def split(values: Mapping[str, Masked]) -> dict[str, NDArray[Any]]:
    """Masked arrays as ordinary ones, ``values/NAME`` and ``masks/NAME``."""
    return {f"{part}/{name}": array for name, each in values.items()
            for part, array in (("values", each.data), ("masks", np.ma.getmaskarray(each)))}


def together(names: Iterable[str], arrays: Mapping[str, NDArray[Any]]) -> dict[str, Masked]:
    """The named arrays that ``split`` took apart."""
    return {name: np.ma.MaskedArray(arrays[f"values/{name}"], arrays[f"masks/{name}"]) for name in names}


def _with_nan(values: Masked) -> NDArray[Any]:
    """The numbers, as floats with NaN where whole numbers or truths are masked; floats have NaN there already."""
    mask = np.ma.getmaskarray(values)
    return np.where(mask, np.nan, values.data) if mask.any() and values.dtype.kind in "bi" else values.data
