"""Phase plots: classes of parameters that draw a figure from theory, with simulation laid over where it is asked for.

A phase plot is a file ``figures/ROOM/phase/NAME.py`` whose first line is its title, with a class named by ``PLOT``; its
fields are the options of ``gateflow phase NAME``. From Python: ``Portrait(tau_c=0.1).plot()``.

    @dataclass(frozen=True)
    class Portrait(PhasePlot):
        tau_c: float = parameter(0.1, "time constant of the gates", POSITIVE, unit="time")

        def plot(self, machine: Machine = HERE) -> Plot: ...

    PLOT = Portrait
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.film import Film
from gateflow.figures.window import Explorer
from gateflow.sim.compare.rows import Row
from gateflow.sim.compare.table import row_table
from gateflow.sim.processes import Progress, run_jobs, silent
from gateflow.sim.sweep.grid import Function, Sweep
from gateflow.sim.sweep.result import SweepResult
from gateflow.sim.sweep.run import Execution, run_sweep
from gateflow.theory.checks import CELLS, MEMBERS, SEED, SIDE, Range
from gateflow.theory.parameters import Parameters, parameter


@dataclass(frozen=True)
class Machine:
    """Who does the work behind a plot; results do not depend on it.

    workers: processes; folder: where sweeps keep what is done, None for nowhere; cluster: address of a Dask scheduler;
    progress: shows how far items are; provenance: what a sweep's folder shall say of its origin.
    """

    workers: int = 1
    folder: Path | None = None
    cluster: str | None = None
    progress: Progress = silent
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def sweep(self, sweep: Sweep) -> SweepResult:
        """Run a sweep, or go on with it, in a folder of its own."""
        place = None if self.folder is None else self.folder / "sweeps" / sweep.folder_name()
        return run_sweep(sweep, place, Execution(self.workers, self.cluster, progress=self.progress,
                                                 provenance=self.provenance))

    def jobs(self, jobs: Sequence[tuple[Callable[..., Any], tuple[Any, ...]]]) -> list[Any]:
        """Results of jobs, each a function of a module and its arguments, in their order."""
        return run_jobs(jobs, self.workers, self.progress)


HERE = Machine()


@dataclass(frozen=True)
class PhasePlot(Parameters):
    """Base of all phase plots."""

    # Options of a command that shows it, and about how long it takes without and with them.
    example: ClassVar[str] = ""
    cost: ClassVar[str] = "some seconds"
    # Whether it runs jobs or sweeps, on a cluster too; has a film.
    works: ClassVar[bool] = False
    sweeps: ClassVar[bool] = False
    animated: ClassVar[bool] = False

    @classmethod
    def name(cls) -> str:
        """The name of its file, as commands spell it."""
        return cls.__module__.rpartition(".")[2].replace("_", "-")

    @classmethod
    def title(cls) -> str:
        """What it shows: the first line of its file."""
        return (sys.modules[cls.__module__].__doc__ or cls.name()).splitlines()[0].rstrip(".")

    def plot(self, machine: Machine = HERE) -> "Plot":
        """Draw it. Raises InputError."""
        raise NotImplementedError(f"{type(self).__name__} has no plot")

    def explorer(self) -> Explorer:
        """What a window with sliders shows, of plots that have them."""
        raise NotImplementedError(f"{type(self).__name__} has no sliders")


@dataclass(frozen=True)
class SimulatedPlot(PhasePlot):
    """A phase plot over which simulation can be laid."""

    works: ClassVar[bool] = True

    simulate: bool = parameter(False, "lay simulation over it")
    seeds: int = parameter(10, "members of the ensemble", MEMBERS)
    seed: int = parameter(0, "where all randomness comes from", SEED)


@dataclass(frozen=True)
class FieldPlot(SimulatedPlot):
    """A field over two parameters, with simulated cells laid over it by a sweep."""

    sweeps: ClassVar[bool] = True

    points: int = parameter(120, "points a side of the field", Range(1, SIDE.high, whole=True))
    cells: int = parameter(5, "simulated cells a side", CELLS)

    def swept(self, machine: Machine, function: Function, axes: Mapping[str, Any],
              fixed: Mapping[str, Any]) -> SweepResult:
        """Simulated cells: a function of a sweep over axes, with every seed."""
        return machine.sweep(Sweep(self.name(), axes, function, fixed, seeds=self.seeds, seed=self.seed))


@dataclass(frozen=True, eq=False)
class Plot:
    """A plot that was drawn.

    name: of the plot; figure: what is drawn; data: arrays behind it, by name; parameters, results: plain values by
    name; rows: theory against simulation; animation: makes a film, where there is one.
    """

    name: str
    figure: Figure = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)
    parameters: Mapping[str, Any]
    results: Mapping[str, Any]
    rows: Sequence[Row] = field(default=(), repr=False)
    animation: Callable[[], Film] | None = field(default=None, repr=False)

    @property
    def holds(self) -> bool | None:
        """Whether simulation is where theory puts it, None where none was asked for."""
        return all(row.holds is not False for row in self.rows) if self.rows else None

    def summary(self, width: int | None = None) -> str:
        """Results and rows, as text for a terminal."""
        return "\n\n".join([_listed(self.results), *([row_table(self.rows, width)] if self.rows else [])])

    def to_dict(self) -> dict[str, Any]:
        """Everything but figure and arrays, as plain values."""
        return {"plot": self.name, "parameters": dict(self.parameters), "results": dict(self.results),
                "rows": [asdict(row) for row in self.rows], "holds": self.holds}

    def _repr_html_(self) -> str:
        """The figure, for notebooks."""
        import base64

        from gateflow.figures.style import figure_bytes

        return f'<img src="data:image/png;base64,{base64.b64encode(figure_bytes(self.figure, "png")).decode()}">'


def finite(value: Any) -> float | None:
    """The number, or None where it is not finite: JSON knows neither NaN nor infinity."""
    return float(value) if np.isfinite(value) else None


def _listed(results: Mapping[str, Any]) -> str:
    longest = max((len(name) for name in results), default=0)
    return "\n".join(f"{name.replace('_', ' '):{longest}}  {_shown(value)}" for name, value in results.items())


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    return "–" if value is None else str(value)
