"""Limit cycle of blocks under hard gate bounds, its approach, its multipliers"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from gateflow.figures.gated.blocks import Blocks, SimulatedBlocks
from gateflow.figures.gated.symmetric_plane import (
    GATES,
    HEAVIEST,
    STRENGTHS,
    WEIGHTS,
    TwoTaskPlot,
    note,
    wall,
)
from gateflow.figures.plot import HERE, Machine, Plot
from gateflow.figures.style import BLUE, GREEN, GREY, ORANGE, PINK, YELLOW, style
from gateflow.figures.window import Explorer, Follow, Knob, empty
from gateflow.theory.checks import BLOCKS, SIDE, Array
from gateflow.theory.gated.block_cycles import cycle_boundary
from gateflow.theory.gated.limit_cycle import multipliers, slowest_gates
from gateflow.theory.gated.two_tasks import orbit_constant, separatrix
from gateflow.theory.parameters import parameter

# What the maps cover, in units of tau_w: lengths of blocks, and time constants of the gates.
_LENGTHS, _SLOWEST, _FASTEST = (0.02, 5.0), 2e-3, 0.6
_GATE_COLOURS = (GREEN, PINK, YELLOW)
_SLOW = 0.3
_SIZE = (8.6, 5.4)
# Points a side of the map in a window; blocks that are shown while a slider is dragged.
_QUICK, _FEW = 25, 12


def _plane(axes: Axes, followed: Blocks, colours: Any) -> None:
    path, blocks = followed.path, len(followed.states) - 1
    ways = np.stack([path.c, path.w], axis=-1).reshape(blocks, -1, 2)
    axes.add_collection(LineCollection(list(ways), colors=colours, linewidths=0.9))
    if followed.exists:
        for height, line, colour, label in ((followed.cycle.w, "-", BLUE, "limit cycle"),
                                            (followed.cycle.threshold, "--", ORANGE, "threshold")):
            x = np.linspace(-1, 1, 201)
            k = orbit_constant(1.0, height, **followed.constants)
            axes.plot(x, np.sqrt(k + followed.times["tau_c"] / (2 * followed.times["tau_w"]) * x**2), line,
                      color=colour, linewidth=2 if line == "-" else 1.2, label=label, zorder=4)
            axes.plot([-1, 1], [height, height], "o", color=colour, zorder=5, markersize=4, clip_on=False,
                      markerfacecolor=colour if line == "-" else "white")
    x = np.linspace(-1, 1, 3)
    axes.plot(x, np.abs(x) * float(separatrix(**followed.constants)), ":",
              color=GREY,
              label="separatrix")
    axes.set(xlabel=GATES, ylabel=WEIGHTS, xlim=(-1.12, 1.12), ylim=(0, max(1.08, 1.05 * float(path.w.max()))))
    wall(axes)
    if axes.get_legend() is None:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3, columnspacing=1, handlelength=1.5)
    axes.set_title("block after block")


def _staircase(axes: Axes, followed: Blocks, simulation: SimulatedBlocks | None) -> None:
    path, length = followed.path, followed.times["tau_block"]
    axes.plot(path.t / length, followed.contrast(path.c, path.w), color="0.2", linewidth=1, label="contrast")
    for height, line, colour in ((followed.cycle.w, "-", BLUE), (followed.cycle.threshold, "--", ORANGE)):
        if followed.exists:
            axes.axhline(followed.contrast(1.0, height), color=colour, linestyle=line, linewidth=0.9)
    if simulation is not None:
        c, w, _ = simulation.ends[1]
        axes.plot(np.arange(1, len(c) + 1), followed.contrast(c, w), "o", color=ORANGE, markersize=3,
                  markerfacecolor="none", label="simulation")
        note(axes, f"ends of blocks apart by at most {simulation.distances[1]:.1g}")
        axes.legend(loc="center right")
    elif followed.exists:
        axes.text(0.98, 0.2, "flat while gates swing,\nrising while one is held", transform=axes.transAxes, ha="right",
                  fontsize=8, color=GREY)
    axes.set(xlabel="block", ylabel="contrast $I = 2\\tau_w k$", xlim=(0, len(followed.states) - 1))
    axes.set_ylim(0, max(1.08 * float(axes.get_ylim()[1]), 0.1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title("staircase", loc="left")


def _asymmetric(axes: Axes, followed: Blocks) -> None:
    """What there is where no cycle is symmetric: an asymmetric one if gates meet their bound, or why they do not."""
    blocks, gaps = followed.gaps() if followed.last else (np.zeros(0), np.zeros(0))
    seen = np.isfinite(gaps) & (gaps > 1e-13)
    if followed.last is None or seen.sum() < 3:
        shortest = float(followed.cycle.shortest_block)
        rho = float(separatrix(**followed.constants))
        why = (f"the shortest block\nthat learns is {shortest:.3g}" if np.isfinite(shortest) else
               f"gates do not reach\ntheir bound in both tasks:\n$\\rho$ = {rho:.3g} $\\geq$ {slowest_gates():.3g}")
        axes.text(0.5, 0.5, f"no symmetric limit cycle:\n{why}", transform=axes.transAxes, ha="center", va="center",
                  fontsize=9)
        axes.set_axis_off()
        return
    axes.semilogy(blocks[seen], gaps[seen], ".-", color="0.2", linewidth=1)
    rate, end = float(followed.last.approach[0]), np.flatnonzero(seen)[-1]
    axes.semilogy(blocks, gaps[end] * rate ** ((blocks - blocks[end]) / 2), "--", color=BLUE, linewidth=1,
                  label=f"$\\lambda^{{n/2}}$, {rate:.4f}")
    axes.set(xlabel="block", ylabel="$|\\bar{c}_n - \\bar{c}^*(\\bar{w}_n)|$")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="best", borderpad=0)


def _approach(axes: Axes, followed: Blocks, simulation: SimulatedBlocks | None) -> None:
    axes.set_title("approach")
    if not followed.exists:
        _asymmetric(axes, followed)
        return
    blocks = np.arange(len(followed.states))
    gap = np.abs(followed.states[:, 1] - float(followed.cycle.w))
    axes.semilogy(blocks, gap, color="0.2", linewidth=1)
    axes.semilogy(blocks, gap[-1] * followed.rates[0] ** (blocks - blocks[-1]), "--", color=BLUE, linewidth=1,
                  label=f"$\\lambda_1^n$, {followed.rates[0]:.4f}")
    axes.axhline(followed.left, color=GREY, linestyle=":", linewidth=0.9, label="error left, $e^*$")
    if simulation is not None:
        axes.semilogy(blocks[1:], np.abs(simulation.ends[1, 1] - float(followed.cycle.w)), "o", color=ORANGE,
                      markersize=3, markerfacecolor="none", markevery=max(1, len(blocks) // 15))
    axes.set(xlabel="block", ylabel="$|\\bar{w}_n - \\bar{w}^*|$")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="best", borderpad=0)


def _families(axes: Axes, followed: Blocks) -> None:
    """All cycles that meet the bound, where growth begins or ends, and what the blocks do among them."""
    cycles = followed.cycles
    w, c = cycles.w[0], cycles.c[1]
    for part, line, colour, label in ((cycles.attracts, "-", BLUE, "growth ends"),
                                      (~cycles.attracts & np.isfinite(c), "--", ORANGE, "growth begins")):
        if part.any():
            shown = part | np.append(False, part[:-1] & np.isfinite(c[1:]))
            axes.plot(w, np.where(shown, c, np.nan), line, color=colour, linewidth=1.8, label=label)
    axes.plot(*followed.arrivals.T, ".-", color="0.2", linewidth=0.6, markersize=3, label="blocks", zorder=3)
    for strength, colour, fill in ((followed.cycle.w, BLUE, BLUE), (followed.cycle.threshold, ORANGE, "white")):
        axes.plot(strength, 1.0, "o", color=colour, markerfacecolor=fill, markersize=4, zorder=4, clip_on=False)
    axes.axhline(0, color=GREY, linewidth=0.6)
    axes.set(xlabel="$\\bar{w}$ on arrival at the bound", ylabel="$\\bar{c}$ after the next block", ylim=(-1.05, 1.05))
    if axes.get_legend() is None:
        axes.legend(loc="lower right", borderpad=0)
    axes.set_title("cycles")


def _slowness(axes: Axes, followed: Blocks, points: int) -> dict[str, Array]:
    """1 − |λ| of both multipliers against the length of the block, for a few gates."""
    # Much slower gates have no cycle to show.
    here = min(followed.times["tau_c"] / followed.times["tau_w"], _SLOW)
    length = np.geomspace(*_LENGTHS, 6 * points)
    ratios = np.array([here, here / 3, here / 10])
    rates = multipliers(tau_w=1.0, tau_c=ratios[:, None], tau_block=length)
    for ratio, rate, colour in zip(ratios, rates, _GATE_COLOURS, strict=True):
        axes.loglog(length, 1 - rate[:, 0], color=colour, label=f"{ratio:.2g}")
        axes.loglog(length, 1 + rate[:, 1], "--", color=colour)
    axes.set(xlabel="$\\tau_B/\\tau_w$", ylabel="$1 - |\\lambda|$ a block", xlim=(length[0], length[-1]))
    axes.set_ylim(0.2 * np.nanmin(1 - rates[..., 0]), None)
    axes.legend(loc="lower right", title="$\\tau_c/\\tau_w$", title_fontsize=8, handlelength=1)
    axes.set_title("$\\lambda_1$ (line), $\\lambda_2$ (dashed)")
    return {"length": length, "ratios": ratios, "rates": rates}


def _field(figure: Any, axes: Axes, points: int) -> dict[str, Array]:
    """1 − λ₁ over the length of the block and the speed of the gates, on a grid that ends where the cycle does."""
    low, high = _LENGTHS
    fine = np.geomspace(_SLOWEST, _FASTEST, 8 * points)
    boundary = cycle_boundary(_SLOWEST)
    shortest = boundary.shortest_block(tau_c=fine)
    ratio = np.geomspace(_SLOWEST, fine[shortest < high][-1], points)[:, None]
    first = np.maximum(boundary.shortest_block(tau_c=ratio) * (1 + 1e-6), low)
    length = first ** np.linspace(1, 0, points) * high ** np.linspace(0, 1, points)
    rate = multipliers(tau_w=1.0, tau_c=ratio, tau_block=length)[..., 0]
    shown = axes.pcolormesh(length, np.broadcast_to(ratio, length.shape), 1 - rate, norm=LogNorm(5e-4), cmap="viridis",
                            shading="gouraud", rasterized=True)
    edge = np.minimum(shortest, high)
    axes.fill_betweenx(fine, low, edge, facecolor="0.95", edgecolor="0.7", hatch="////", linewidth=0)
    axes.plot(edge, fine, color="black", linewidth=1)
    axes.text(0.05, 0.93, "no symmetric cycle", transform=axes.transAxes, va="top", fontsize=9,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})
    axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(_SLOWEST, _FASTEST),
             xlabel="$\\tau_B/\\tau_w$", ylabel="$\\tau_c/\\tau_w$")
    figure.colorbar(shown, ax=axes, pad=0.02, extend="min")
    axes.set_title("$1 - \\lambda_1$")
    return {"field_length": length, "field_ratio": ratio[:, 0], "field_rate": rate, "shortest_ratio": fine,
            "shortest_length": shortest}


def _draw(figure: Figure | SubFigure, followed: Blocks, points: int, simulation: SimulatedBlocks | None = None) \
        -> tuple[dict[str, Array], Callable[[Blocks], Sequence[Axes]]]:
    """Draw everything into an empty figure; returns what was computed for it, and what moves it to other blocks."""
    grid = figure.add_gridspec(2, 1, height_ratios=(1, 0.9))
    upper, lower = (figure.add_subfigure(grid[row]) for row in range(2))
    left, right, far = upper.subplots(1, 3, width_ratios=(1, 1.15, 1))
    times = followed.times
    approach, slowness, still = lower.subplots(1, 3, width_ratios=(1, 1, 1.25))

    def draw(now: Blocks, runs: SimulatedBlocks | None = None) -> None:
        _plane(left, now, mpl.colormaps["viridis"](np.linspace(0.95, 0.15, len(now.states) - 1)))
        _staircase(right, now, runs)
        _families(far, now)

    draw(followed, simulation)
    _approach(approach, followed, simulation)
    computed = _slowness(slowness, followed, points) | _field(lower, still, points)
    still.plot(times["tau_block"] / times["tau_w"], times["tau_c"] / times["tau_w"], "*",
               color="white", markeredgecolor="black", markersize=9)

    def follow(now: Blocks) -> Sequence[Axes]:
        for axes in (left, right, far):
            empty(axes)
        draw(now)
        # Where the network stands on the map, and the other panels, follow when the slider rests.
        return left, right, far

    return computed, follow


@dataclass(frozen=True)
class Cycle(TwoTaskPlot):
    """Block after block: the limit cycle of gates and weights, how it is approached, and its multipliers."""

    example: ClassVar[str] = "--tau-c 0.1 --simulate"
    cost: ClassVar[str] = "2 s, with --simulate 10 s"
    works: ClassVar[bool] = True

    start: float | None = parameter(None, "specialisation w̄ before the first block; none: just above the threshold",
                                    HEAVIEST)
    blocks: int = parameter(40, "blocks that are followed", BLOCKS)
    points: int = parameter(60, "points a side of the map", SIDE)

    def plot(self, machine: Machine = HERE) -> Plot:
        """Draw the limit cycle, its approach and its multipliers. Raises InputError."""
        followed = Blocks.of(self.times, self.start, self.blocks)
        simulation = SimulatedBlocks.of(followed, machine) if self.simulate else None
        with style():
            figure = Figure(figsize=_SIZE, layout="constrained")
            computed, _ = _draw(figure, followed, self.points, simulation)
        path = followed.path
        data = {"block_states": followed.states, "t": path.t, "task": path.task, "c": path.c, "w": path.w,
                "d": path.d, "contrast": followed.contrast(path.c, path.w), **computed}
        if simulation is not None:
            data |= {"simulated_ends": simulation.ends, "strengths": np.array(STRENGTHS)}
        parameters = self.parameters() | {"start": float(followed.states[0, 1])}
        return Plot(self.name(), figure, data, parameters, followed.results(),
                    simulation.rows(followed) if simulation else ())

    def explorer(self) -> Explorer:
        """Sliders for all time constants."""
        def followed(values: Mapping[str, float], most: int = self.blocks) -> Blocks:
            return Blocks.of(dict(values), None, min(most, self.blocks))

        def draw(figure: SubFigure, values: Mapping[str, float]) -> Follow:
            _, follow = _draw(figure, followed(values), min(self.points, _QUICK))
            return lambda values: follow(followed(values, _FEW))

        knobs = (Knob("tau_c", "$\\tau_c$", 2e-3, 0.6, self.tau_c), Knob("tau_w", "$\\tau_w$", 0.1, 10, self.tau_w),
                 Knob("tau_block", "$\\tau_B$", 0.02, 5, self.tau_block))
        return Explorer("gateflow phase cycle", _SIZE, knobs, draw)


PLOT = Cycle
