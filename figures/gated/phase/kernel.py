"""Speed of adaptation over the weights, by gates and by weights"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from gateflow.figures.field import shaded
from gateflow.figures.gated.speed_plane import draw_speeds, weight_plane
from gateflow.figures.gated.symmetric_plane import GATES, WEIGHTS, TwoTaskPlot, finite_or_none, wall
from gateflow.figures.plot import HERE, Machine, Plot
from gateflow.figures.style import GREEN, ORANGE, SKY, caption, style
from gateflow.figures.window import Explorer, Knob
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.experiments.kernel_speeds import STEPS, MeasuredSpeeds, plane_speeds
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.symmetric import TEACHERS
from gateflow.sim.gated.teachers import initial_gates, initial_weights
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.theory.checks import BLOCKS, CELLS, SCALE, SEED, SIDE, Array, Range
from gateflow.theory.gated.kernel import weight_share
from gateflow.theory.gated.limit_cycle import limit_cycle
from gateflow.theory.gated.model import GatedModel, GateRegulariser
from gateflow.theory.gated.two_tasks import orbit_constant, separatrix
from gateflow.theory.parameters import parameter

# Points a side while sliders move.
_QUICK = 60
# Costs on the gates of the network whose way is drawn: those of the default setting, for teachers of norm 1.
_COSTS, _INIT = GateRegulariser(1, norm_strength=20 / 11, nonneg_strength=2 / 11), 0.01
_PATH_COLOURS = (ORANGE, SKY)
_SIZE = (7.2, 6.2)


def _way(times: dict[str, float], blocks: int, seed: int) -> Trajectory:
    """A network that learns both tasks in turn from small weights, in the default setting but for its times."""
    model = GatedModel(2, 1, 2, 2, **times, regulariser=_COSTS)
    W0 = initial_weights(1, 2, 1, 2, np.random.default_rng(np.random.SeedSequence(seed)), _INIT)
    return integrate(model, TEACHERS, Curriculum.cyclic(2, blocks), W0=W0, c0=initial_gates(1, 2))


def _drawn_way(axes: Axes, run: Trajectory) -> None:
    """Both paths, that of task 1 first and the other one mirrored, so that both end at the right lower corner."""
    a = run.a[0] if run.a[0, -1, 0, 0] >= run.a[0, -1, 1, 0] else run.a[0, :, ::-1]
    for path, (colour, label) in enumerate(zip(_PATH_COLOURS, ("path 1", "path 2, mirrored"), strict=True)):
        axes.plot(a[:, path, path], a[:, path, 1 - path], color="white", linewidth=2.2, zorder=3)
        axes.plot(a[:, path, path], a[:, path, 1 - path], color=colour, linewidth=1.1, zorder=3.1, label=label)
    axes.plot(0, 0, "o", color="white", markeredgecolor="black", markersize=4.5, zorder=4)


def _share_of_states(figure: Any, axes: Axes, times: dict[str, float]) -> None:
    """Share of the weights over the plane of gates and weights, with the orbits of the flow."""
    tau_c, tau_w = times["tau_c"], times["tau_w"]
    c, w = np.meshgrid(np.linspace(-1, 1, 201), np.linspace(0, 1.15, 201))
    shown = shaded(axes, c[0], w[:, 0], weight_share(c, w, tau_w=tau_w, tau_c=tau_c), cmap="RdBu_r", vmin=0, vmax=1)
    k, square = orbit_constant(c, w, tau_w=tau_w, tau_c=tau_c), float(separatrix(tau_w=tau_w, tau_c=tau_c)) ** 2
    axes.contour(c, w, k, levels=np.arange(0.1, 1.3, 0.1) ** 2, colors="0.35", linewidths=0.5)
    axes.contour(c, w, k, levels=[0], colors="black", linewidths=1.1, linestyles="dotted")
    axes.contour(c, w, k, levels=[square], colors="black", linewidths=1.8)
    cycle = limit_cycle(tau_w=tau_w, tau_c=tau_c, tau_block=times["tau_block"]).w
    if np.isfinite(cycle):
        axes.contour(c, w, k, levels=[float(orbit_constant(1.0, cycle, tau_w=tau_w, tau_c=tau_c))], colors=GREEN,
                     linewidths=1.8)
        axes.text(0, float(cycle) + 0.03, "limit cycle", color="white", ha="center", fontsize=8)
    # Words beyond the axes would be given room, and take it from them.
    if square < 1:
        axes.text(0, np.sqrt(square) + 0.07, "½, all along one orbit", ha="center", fontsize=8)
    axes.set(xlim=(-1.1, 1.1), ylim=(0, 1.15), xlabel=GATES, ylabel=WEIGHTS)
    wall(axes)
    axes.set_title("share of weights, any state")
    figure.colorbar(shown, ax=axes, pad=0.02)


def _draw(figure: Figure | SubFigure, times: dict[str, float], c_bar: float, points: int, run: Trajectory,
          measured: MeasuredSpeeds | None = None) -> dict[str, Array]:
    """Draw everything into an empty figure; returns what was computed for it."""
    axes = figure.subplots(2, 2)
    side, fields = draw_speeds(figure, axes[0], times, c_bar, points, measured)
    for here in axes[0]:
        _drawn_way(here, run)
    total = fields[0] + fields[1]
    with np.errstate(invalid="ignore"):
        share = fields[1] / total
    shown = shaded(axes[1, 0], side, side, share, cmap="RdBu_r", vmin=0, vmax=1)
    axes[1, 0].contour(side, side, share, levels=[0.5], colors="black", linewidths=1.8)
    weight_plane(axes[1, 0], "share of weights")
    _drawn_way(axes[1, 0], run)
    axes[1, 0].legend(loc="upper right", labelcolor="black", frameon=True, framealpha=0.85, edgecolor="none")
    figure.colorbar(shown, ax=axes[1, 0], pad=0.02)
    _share_of_states(figure, axes[1, 1], times)
    return {"side": side, "by_gates": fields[0], "by_weights": fields[1], "share": share}


@dataclass(frozen=True)
class Kernel(TwoTaskPlot):
    """How fast the network adapts, by gates and by weights, over the plane of its weights (NTA, figure A8)."""

    example: ClassVar[str] = "--gates 0.5 --simulate"
    cost: ClassVar[str] = "3 s"

    tau_c: float = parameter(0.05, "time constant of the gates, for teachers of norm 1", SCALE, unit="time")
    simulate: bool = parameter(False, "lay speeds over it that a step of descent measures")
    gates: float = parameter(1.0, "gates c̄ at which speeds over the weights are drawn; 1 has learned the other task",
                             Range(-1, 1))
    blocks: int = parameter(30, "blocks of the way that is drawn", BLOCKS)
    seed: int = parameter(0, "initial weights of that way", SEED)
    points: int = parameter(150, "points a side of the fields", SIDE)
    runs: int = parameter(7, "simulated points a side", Range(2, CELLS.high, whole=True))

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw the speed of adaptation."""
        run = _way(self.times, self.blocks, self.seed)
        measured = MeasuredSpeeds.of(self.times, self.gates, self.runs) if self.simulate else None
        with style():
            figure = Figure(figsize=_SIZE, layout="constrained")
            data = _draw(figure, self.times, self.gates, self.points, run, measured)
            words = ("Speed: how fast the loss falls, just after a switch to the other task. Dotted: where paths share "
                     "both tasks between them. Lines: two paths that learn in turn from small weights (white dot); "
                     "star: specialised.")
            if measured is not None:
                words += (f" Circles: a step of descent, apart from theory by at most {100 * measured.distance(0):.1g} "
                          f"% of the largest speed (gates) and {100 * measured.distance(1):.1g} % (weights).")
            caption(figure, words)
        data |= {"t": run.t, "a": run.a[0], "gates": run.c[0]}
        if measured is not None:
            data |= {"run_where": measured.where, "run_seen": measured.fall, "run_predicted": measured.predicted,
                     "steps": np.array(STEPS) * min(self.tau_c, self.tau_w)}
        return Plot(self.name(), figure, data, self.parameters(), self._results(run),
                    tuple(measured.rows()) if measured else ())

    def _results(self, run: Trajectory) -> dict[str, Any]:
        rho = float(separatrix(**self.constants))
        start, end = (plane_speeds(np.array(own), np.array(other), self.gates, **self.constants)
                      for own, other in ((0.5, 0.5), (1.0, 0.0)))
        with np.errstate(invalid="ignore"):
            shares = end[1] / sum(end), start[1] / sum(start)
        return finite_or_none({
            "speed_by_gates_specialised": end[0], "speed_by_weights_specialised": end[1],
            "share_of_weights_specialised": shares[0], "speed_by_gates_unspecialised": start[0],
            "speed_by_weights_unspecialised": start[1], "share_of_weights_unspecialised": shares[1],
            "orbit_constant_of_equal_shares": rho**2, "w_of_equal_shares_at_the_bounds": np.sqrt(2) * rho,
            "total_alignment_of_the_way_at_its_end": run.total_alignment[0, -1]})

    def explorer(self) -> Explorer:
        """Sliders for all time constants."""
        def draw(figure: SubFigure, values: Mapping[str, float]) -> None:
            _draw(figure, dict(values), self.gates, min(self.points, _QUICK),
                  _way(dict(values), self.blocks, self.seed))

        knobs = (Knob("tau_c", "$\\tau_c$", 5e-3, 1, self.tau_c), Knob("tau_w", "$\\tau_w$", 0.1, 10, self.tau_w),
                 Knob("tau_block", "$\\tau_B$", 0.05, 5, self.tau_block))
        return Explorer("gateflow phase kernel", _SIZE, knobs, draw)


PLOT = Kernel
