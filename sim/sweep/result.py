"""What a sweep gives: arrays over the grid, with what failed masked and named."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.storage import plain, write_files
from gateflow.sim.sweep.evaluation import Chunk, Signature, agreed, blank
from gateflow.sim.sweep.grid import Sweep, locate
from gateflow.theory.checks import InputError, choice


@dataclass(frozen=True)
class Failure:
    """A row that gave no result: its number, parameters, seed (None without seeds), and what went wrong."""

    row: int
    parameters: Mapping[str, Any]
    seed: int | None
    error: str

    def __str__(self) -> str:
        """The failure in one line."""
        where = [f"{name} = {value}" for name, value in self.parameters.items()]
        return f"{', '.join(where if self.seed is None else [*where, f'seed {self.seed}'])}: {self.error}"


@dataclass(frozen=True, eq=False)
class SweepResult:
    """Results of a sweep.

    axes: values (n_i,) of each parameter, in the order of the grid; seeds: how many (0: none); values: masked arrays
    (n_1, …, n_k, seeds, ...) by name, without the axis of seeds if seeds = 0; failures: rows that gave no result, all
    masked; about: name, function, fixed, seed and versions of the sweep, as plain values.
    """

    axes: Mapping[str, NDArray[Any]]
    seeds: int
    values: Mapping[str, np.ma.MaskedArray[Any, Any]]
    failures: tuple[Failure, ...]
    about: Mapping[str, Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return tuple(len(values) for values in self.axes.values())

    @property
    def rows(self) -> int:
        """Cells times seeds."""
        return int(np.prod(self.shape)) * max(self.seeds, 1)

    def mean(self, name: str) -> np.ma.MaskedArray[Any, Any]:
        """Mean over seeds (n_1, …, n_k, ...); failed and masked ones are left out. Raises InputError without seeds."""
        return np.ma.asarray(self._over_seeds(name).mean(axis=len(self.axes)))

    def interval(self, name: str, confidence: float = 0.95) -> np.ma.MaskedArray[Any, Any]:
        """Half width of the confidence interval of the mean, as ``mean``; masked where fewer than two seeds count."""
        # Imported here: scipy.stats takes longer to load than the rest of a worker.
        from gateflow.sim.compare.rows import half_widths

        return half_widths(self._over_seeds(name), confidence, axis=len(self.axes))

    def report(self, most: int = 5) -> list[str]:
        """How many rows failed and the first of them, a line each; nothing if none did."""
        if not self.failures:
            return []
        lines = [f"{len(self.failures)} of {self.rows} runs failed and are left out:", *map(str, self.failures[:most])]
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
                  "failures": [[failure.row, failure.error] for failure in self.failures]}
        arrays: dict[str, Any] = {f"axes/{name}": values for name, values in self.axes.items()}
        for name, values in self.values.items():
            arrays |= {f"values/{name}": values.data, f"masks/{name}": np.ma.getmaskarray(values)}
        return npz_bytes(header, arrays)

    def save(self, path: str | Path) -> None:
        """Write everything to one .npz file, whole or not at all. Raises InputError where that is refused."""
        write_files({Path(path): self.to_bytes()})

    @classmethod
    def load(cls, path: str | Path) -> "SweepResult":
        """Read a file that ``save`` wrote, or the one in a finished sweep's folder. Raises InputError."""
        path = Path(path) / "result.npz" if Path(path).is_dir() else Path(path)
        try:
            return cls.from_bytes(path.read_bytes())
        except OSError as failure:
            raise InputError(f"cannot read {path}: {failure.strerror or failure}") from failure
        except ValueError as failure:
            raise InputError(f"cannot read {path}: not the result of a sweep") from failure

    @classmethod
    def from_bytes(cls, content: bytes) -> "SweepResult":
        """Read what ``to_bytes`` gave; ValueError if it is something else."""
        header, arrays = npz_content(content)
        try:
            values = {name: np.ma.MaskedArray(arrays[f"values/{name}"], arrays[f"masks/{name}"])
                      for name in header["values"]}
            axes, seeds = {name: arrays[f"axes/{name}"] for name in header["axes"]}, header["seeds"]
            failures = tuple(Failure(row, *locate(axes, seeds, row), error) for row, error in header["failures"])
            return cls(axes, seeds, values, failures, header["about"])
        except (KeyError, TypeError) as failure:
            raise ValueError("not the result of a sweep") from failure

    def _over_seeds(self, name: str) -> np.ma.MaskedArray[Any, Any]:
        choice("name", name, tuple(self.values))
        if not self.seeds:
            raise InputError("seeds must be at least 1 for statistics over seeds, got 0")
        return self.values[name]


def assemble(sweep: Sweep, chunks: Iterable[Chunk]) -> SweepResult:
    """Put all chunks of a sweep, in order, into one result. Raises InputError if they do not agree with each other."""
    parts = list(chunks)
    signature: Signature = {}
    for part in parts:
        signature = agreed(sweep, signature, part.signature())
    grid = (*sweep.shape, *[sweep.seeds] * bool(sweep.seeds))
    values, failures = {}, []
    for name, (dtype, shape) in signature.items():
        data, mask = blank((sweep.rows, *shape), dtype), np.ones((sweep.rows, *shape), dtype=bool)
        for rows, part in zip(sweep.chunks(), parts, strict=True):
            if part.values:
                data[rows.start:rows.stop], mask[rows.start:rows.stop] = part.values[name], part.masks[name]
        values[name] = np.ma.MaskedArray(data.reshape(*grid, *shape), mask.reshape(*grid, *shape))
    for rows, part in zip(sweep.chunks(), parts, strict=True):
        failures += [Failure(rows[place], *locate(sweep.axes, sweep.seeds, rows[place]), error)
                     for place, error in part.errors.items()]
    # Neither axes, which are arrays beside it, nor chunks, which leave no trace in what is row by row.
    about = {key: value for key, value in sweep.identity().items() if key not in ("axes", "seeds", "chunk")}
    return SweepResult(dict(sweep.axes), sweep.seeds, values, tuple(failures), about)


def npz_bytes(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """An .npz file with a JSON header; equal content gives equal bytes (NumPy writes no time)."""
    stream = io.BytesIO()
    text = json.dumps(plain(header), ensure_ascii=False, allow_nan=False)
    np.savez(stream, allow_pickle=False, header=np.array(text), **arrays)
    return stream.getvalue()


def npz_content(content: bytes) -> tuple[Any, dict[str, NDArray[Any]]]:
    """Header and arrays of such a file; ValueError if it is none."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return json.loads(str(file["header"])), {name: file[name] for name in file.files if name != "header"}
    except (AttributeError, KeyError, TypeError, ValueError, EOFError, OSError, zipfile.BadZipFile,
            NotImplementedError) as failure:
        raise ValueError("not a file of a sweep") from failure


def digest(*parts: bytes) -> str:
    """SHA-256 of all parts, one after another."""
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _with_nan(values: np.ma.MaskedArray[Any, Any]) -> NDArray[Any]:
    """The numbers, as floats with NaN where whole numbers or truths are masked; floats have NaN there already."""
    mask = np.ma.getmaskarray(values)
    return np.where(mask, np.nan, values.data) if mask.any() and values.dtype.kind in "bi" else values.data
