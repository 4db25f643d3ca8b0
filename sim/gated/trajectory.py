"""What a run leaves behind, and how it is recorded and kept in a file."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from gateflow import __version__
from gateflow.sim.gated import measures
from gateflow.sim.gated.curriculum import Curriculum, block_index
from gateflow.sim.storage import npz_bytes, npz_content, read_file, write_files
from gateflow.theory.arguments import unchecked
from gateflow.theory.checks import Array, InputError, array
from gateflow.theory.gated.flow import error, task_loss
from gateflow.theory.gated.invariants import contrast, gram_matrix
from gateflow.theory.gated.model import GatedModel, GateRegulariser
from gateflow.theory.gated.reduction import task_coordinates

# Full weights are kept only until they are measured; this many numbers of them at a time.
_BUFFER = 2**19


@dataclass(frozen=True, repr=False)
class Trajectory:
    """An ensemble of S runs on one curriculum, recorded at T times.

    t (T,); task (T,): index of the active teacher; loss (S, T): task loss without the regulariser, before the step;
    c (S, T, P): gates; a (S, T, P, M): coordinates of the paths along the teachers (least norm); gram (S, T, P, P):
    ⟨W^p, W^q⟩; similarity (S, T, M, P): alignment of teachers and paths; total_alignment (S, T); time_at_bound
    (S, T, P): how long each gate has been at or below 0 so far, 0 where the regulariser knows no bound; a held gate
    of the flow stays at 0, one of descent chatters about it and is there only part of the time.
    At the end of each block: W_block (S, blocks, P, d_out, d_in), c_block (S, blocks, P), loss_block (S, blocks).
    W_star (M, d_out, d_in), model and curriculum (durations written out) are what was run; settings says how.
    """

    model: GatedModel
    curriculum: Curriculum
    settings: Mapping[str, Any]
    W_star: Array
    t: Array
    task: NDArray[np.int64]
    loss: Array
    c: Array
    a: Array
    gram: Array
    similarity: Array
    total_alignment: Array
    time_at_bound: Array
    W_block: Array
    c_block: Array
    loss_block: Array

    def __repr__(self) -> str:
        """Sizes, loss and alignment at the end on one line."""
        members, times = self.loss.shape
        return (f"Trajectory({self.settings.get('method')}: {members} members, {len(self.curriculum.tasks)} blocks, "
                f"{times} times, final loss {self.loss_block[:, -1].mean():.3g}, "
                f"total alignment {self.total_alignment[:, -1].mean():.3g}; {self.model!r})")

    def contrast(self) -> Array:
        """Contrast I_pq of every two paths over time, (S, T, P, P); see ``gateflow.theory.gated.contrast``."""
        return contrast(self.model, self.gram, self.c)

    def pair_contrast(self) -> Array:
        """Contrast of every two different paths, each pair once, (S, T, pairs)."""
        first, second = np.triu_indices(self.model.n_paths, 1)
        return self.contrast()[..., first, second]

    def specialisation(self) -> Array:
        """Matched minus unmatched alignment over time, (S, T)."""
        return measures.specialisation(self.similarity)

    def adaptation_time(self, threshold: float = 0.1) -> Array:
        """Time from each switch until the loss falls below threshold, (S, blocks); NaN where it never does."""
        return measures.adaptation_time(self.t, self.loss, self.curriculum.bounds(), self.loss_block, threshold)

    def to_bytes(self) -> bytes:
        """The trajectory as an .npz file: its arrays, and ``header``, JSON with everything else."""
        header = {
            "gateflow": __version__, "python": platform.python_version(), "numpy": np.__version__,
            "scipy": scipy.__version__, "model": asdict(self.model), "curriculum": asdict(self.curriculum),
            "settings": dict(self.settings),
        }
        # All digits of numbers that nothing repeats: packing them takes ten times as long and saves a fifth.
        return npz_bytes({name: getattr(self, name) for name in _ARRAYS}, header, packed=False)

    def save(self, path: str | Path) -> None:
        """Write everything to one .npz file, whole or not at all. Raises InputError where that is refused."""
        write_files({Path(path): self.to_bytes()})

    @classmethod
    def load(cls, path: str | Path) -> "Trajectory":
        """Read a file that ``save`` wrote. Raises InputError if it cannot be read or is something else."""
        content = read_file(path)
        try:
            header, arrays = npz_content(content)
            regulariser = GateRegulariser(**_restored(header["model"].pop("regulariser")))
            model = GatedModel(regulariser=regulariser, **header["model"])
            return cls(model, Curriculum(**header["curriculum"]), header["settings"],
                       **{name: arrays[name] for name in _ARRAYS})
        except (KeyError, TypeError, ValueError, AttributeError) as failure:
            raise InputError(f"cannot read {path}: not a trajectory") from failure


_ARRAYS = tuple(entry.name for entry in fields(Trajectory) if entry.name not in ("model", "curriculum", "settings"))


def _restored(costs: dict[str, Any]) -> dict[str, Any]:
    return {key: np.inf if value == "inf" else value for key, value in costs.items()}


def join(parts: Sequence[Trajectory]) -> Trajectory:
    """Put ensembles that differ only in their members together, member after member."""
    first = parts[0]
    streams = [stream for part in parts for stream in part.settings.get("rng", ())]
    changes: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts])
                               for name in _ARRAYS if name not in ("W_star", "t", "task")}
    if streams:
        changes["settings"] = {**first.settings, "rng": streams}
    return replace(first, **changes)


@dataclass(frozen=True)
class Setup:
    """A checked run: the model and curriculum, teachers, initial state (S, P, …) and inputs."""

    model: GatedModel
    curriculum: Curriculum
    W_star: Array
    W0: Array
    c0: Array

    @classmethod
    def checked(cls, model: GatedModel, W_star: Any, curriculum: Curriculum, W0: Any, c0: Any) -> "Setup":
        """Check shapes and values. Raises InputError."""
        if not isinstance(model, GatedModel):
            raise InputError(f"model must be a GatedModel, got {type(model).__name__}")
        if not isinstance(curriculum, Curriculum):
            raise InputError(f"curriculum must be a Curriculum, got {type(curriculum).__name__}")
        teachers = array("W_star", W_star, (model.n_tasks, model.d_out, model.d_in))
        weights = array("W0", W0, ("S", model.n_paths, model.d_out, model.d_in))
        gates = array("c0", c0, (len(weights), model.n_paths))
        if model.regulariser.hard and gates.min() < 0:
            raise InputError(f"c0 must be at least 0 where nonneg_strength is infinite, got {gates.min():g}")
        return cls(model, curriculum.resolve(model), teachers, weights, gates)


class Recording:
    """Room for S runs at T times, filled piece by piece from full weights."""

    def __init__(self, setup: Setup, t: Array, covariance: Array | None) -> None:
        """Make room for the times t (T,)."""
        self._setup, self._covariance, self.t = setup, covariance, t
        n_members, n_paths = setup.c0.shape
        n_tasks, blocks = setup.model.n_tasks, len(setup.curriculum.tasks)
        self.block = block_index(t, setup.curriculum.bounds())
        self.task = np.array(setup.curriculum.tasks, dtype=np.int64)[self.block]
        # What is never filled stays NaN: nothing that was not computed passes as data.
        self.c = np.full((n_members, len(t), n_paths), np.nan)
        self.a = np.full((*self.c.shape, n_tasks), np.nan)
        self.gram = np.full((*self.c.shape, n_paths), np.nan)
        self.similarity = np.full((n_members, len(t), n_tasks, n_paths), np.nan)
        self.loss = np.full((n_members, len(t)), np.nan)
        self.time_at_bound = np.full(self.c.shape, np.nan)
        self.W_block = np.full((n_members, blocks, *setup.W0.shape[1:]), np.nan)
        self.c_block = np.full((n_members, blocks, n_paths), np.nan)

    def room(self, n_members: int) -> int:
        """How many times of n_members full weights may wait to be measured together."""
        return max(1, _BUFFER // (n_members * int(self._setup.W0[0].size)))

    def store(self, members: slice, times: slice, W: Array, c: Array, time_at_bound: Array) -> None:
        """Measure weights W (members, times, P, d_out, d_in); keep gates c and time_at_bound (members, times, P)."""
        teachers = self._setup.W_star
        self.time_at_bound[members, times] = time_at_bound
        self.c[members, times] = c
        with np.errstate(all="ignore"):
            self.a[members, times] = unchecked(task_coordinates)(W, teachers)
            self.gram[members, times] = unchecked(gram_matrix)(W)
            self.similarity[members, times] = unchecked(measures.similarity)(W, teachers)
            self.loss[members, times] = self._loss(W, c, self.task[times])

    def _loss(self, W: Array, c: Array, tasks: NDArray[np.int64]) -> Array:
        return unchecked(task_loss)(unchecked(error)(W, c, self._setup.W_star[tasks]), self._covariance)

    def finish(self, settings: Mapping[str, Any]) -> Trajectory:
        """Return the complete trajectory."""
        tasks = np.array(self._setup.curriculum.tasks, dtype=np.int64)
        return Trajectory(
            self._setup.model, self._setup.curriculum, settings, self._setup.W_star, self.t, self.task, self.loss,
            self.c, self.a, self.gram, self.similarity, measures.total_alignment(self.similarity),
            self.time_at_bound, self.W_block, self.c_block, self._loss(self.W_block, self.c_block, tasks))
