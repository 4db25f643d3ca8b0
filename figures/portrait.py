"""Phase portraits: a system of gateflow.plane drawn on axes.

    shown = portrait(system, box, starts=[(-1, 1)], cycles=True)
    with style():
        figure = Figure(layout="constrained")
        axes = figure.subplots()
        arrows = draw_portrait(axes, shown)
        figure.colorbar(arrows, ax=axes, label="speed")
        add_legend(figure, legend_handles(shown))

To lay a second portrait over the first, draw its parts one by one, fainter or in another colour.
Filled marks attract, open ones repel, half-filled ones are saddles, grey ones undecided by the linearisation.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import FigureBase
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.quiver import Quiver

from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, InputError
from gateflow.theory.plane.box import Box, Walls
from gateflow.theory.plane.collocation import LimitCycle
from gateflow.theory.plane.fixed_points import FixedPoint, FixedPoints
from gateflow.theory.plane.manifolds import Manifold
from gateflow.theory.plane.nullclines import Nullclines
from gateflow.theory.plane.portrait import Portrait
from gateflow.theory.plane.system import PlanarSystem
from gateflow.theory.plane.trajectories import Trajectory

NULLCLINES: tuple[dict[str, Any], dict[str, Any]] = ({"color": "#D55E00", "linestyle": (0, (5, 1.5)), "linewidth": 1.4},
                                                     {"color": "#0072B2", "linestyle": (0, (1.5, 1)), "linewidth": 1.6})
SEPARATRIX: dict[str, dict[str, Any]] = {"stable": {"color": "0.0", "linewidth": 1.6},
                                         "unstable": {"color": "0.35", "linewidth": 0.9}}
TRAJECTORY: dict[str, Any] = {"color": "#CC79A7", "linewidth": 1.7}
ORBIT: dict[str, Any] = {"color": "0.72", "linewidth": 0.6}
CYCLES: dict[bool, dict[str, Any]] = {True: {"color": "#009E73", "linewidth": 2.6},
                                      False: {"color": "#009E73", "linewidth": 2.0, "linestyle": (0, (2.5, 1.2))}}
WALL: dict[str, Any] = {"facecolor": "0.95", "edgecolor": "0.7", "hatch": "////", "linewidth": 0}
_ATTRACTING: dict[str, Any] = {"color": "0.0", "linewidth": 3.0}
_REPELLING: dict[str, Any] = {"color": "0.0", "linewidth": 3.0, "linestyle": (0, (0.4, 1))}
_MARKS = {"node": "o", "degenerate node": "h", "star": "*", "focus": "D", "centre": "$\\odot$", "saddle": "s",
          "non-hyperbolic": "v", "kink": "X"}
_GREEK = {"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu",
          "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta",
          "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"}
# Slow arrows are light and fast ones dark; the palest end of the map would vanish in print.
_SPEED = ListedColormap(colormaps["viridis_r"](np.linspace(0.12, 1, 256)), "speed")
# Speeds below this fraction of the fastest arrow share a colour.
_SLOWEST = 1e-3
# Arrow heads on a path: one for so much of its length in units of the box.
_HEAD = 0.45


@takes()
def draw_portrait(axes: Axes, shown: Portrait, *, orbits: Callable[[Array, Array], Array] | None = None,
                  levels: int | Sequence[float] = 12, arrows: int = 22) -> Quiver:
    """Draw a portrait on axes, whose limits become its box; the arrows come back, for a colour bar.

    orbits: a conserved quantity of arrows x, y, drawn at levels (how many, or which). arrows: how many along x. Draw
    inside ``gateflow.figures.style.style``.
    """
    axes.set(xlim=shown.box.x, ylim=shown.box.y)
    reachable = shown.walls.inside(shown.box)
    field = draw_field(axes, shown.system, reachable, arrows=arrows)
    if orbits is not None:
        draw_orbits(axes, orbits, reachable, levels=levels)
    draw_walls(axes, shown.walls, shown.box)
    draw_nullclines(axes, shown.nullclines)
    draw_manifolds(axes, shown.manifolds, shown.box)
    draw_trajectories(axes, shown.trajectories, shown.box)
    draw_cycles(axes, shown.cycles, shown.box)
    draw_fixed_points(axes, shown.fixed)
    return field


def draw_field(axes: Axes, system: PlanarSystem, box: Box, *, arrows: int = 22) -> Quiver:
    """Draw the direction of the flow as arrows of one length, coloured by speed on a logarithmic scale.

    Speed is in units of the axes as they are: width and height of the box count as 1. Where the flow is not defined or
    vanishes there is no arrow.
    """
    counts = arrows, max(2, round(arrows * axes.bbox.height / axes.bbox.width))
    x, y = np.meshgrid(*((np.arange(n) + 0.5) / n * (side[1] - side[0]) + side[0]
                         for n, side in zip(counts, (box.x, box.y), strict=True)))
    velocity = system.velocity(x, y)
    speed = np.hypot(*(velocity / box.size[:, None, None]))
    moving = np.isfinite(speed) & (speed > 0)
    fastest = float(speed[moving].max()) if moving.any() else 1.0
    slowest = min(max(float(speed[moving].min()) if moving.any() else 1.0, _SLOWEST * fastest), 0.5 * fastest)
    u, v = velocity[:, moving] / np.hypot(*velocity[:, moving])
    return axes.quiver(x[moving], y[moving], u, v, speed[moving].clip(slowest, fastest), angles="xy", pivot="mid",
                       cmap=_SPEED, norm=LogNorm(slowest, fastest), scale=1.5 * arrows, scale_units="width",
                       width=0.0028, headwidth=4.2, headlength=4.5, headaxislength=4, zorder=1)


def draw_orbits(axes: Axes, conserved: Callable[[Array, Array], Array], box: Box, *,
                levels: int | Sequence[float] = 12) -> None:
    """Draw level lines of a function of arrays x, y over a box."""
    x, y = np.meshgrid(np.linspace(*box.x, 301), np.linspace(*box.y, 301))
    with np.errstate(all="ignore"):
        values = np.ma.masked_invalid(conserved(x, y))
    axes.contour(x, y, values, levels=levels, colors=ORBIT["color"], linewidths=ORBIT["linewidth"],
                 linestyles="solid", zorder=1.5)


def draw_walls(axes: Axes, walls: Walls, box: Box) -> None:
    """Hatch what lies beyond the walls, and draw them."""
    for low, high, (left, right), span, line in (
            (*walls.x, box.x, axes.axvspan, axes.axvline), (*walls.y, box.y, axes.axhspan, axes.axhline)):
        for wall, outside, here in ((low, (left, low), left <= low), (high, (high, right), high <= right)):
            if here:
                span(*outside, **WALL, zorder=1.8)
                line(wall, color="0.4", linewidth=1.0, zorder=1.9)


def draw_nullclines(axes: Axes, lines: Nullclines, *, alpha: float = 1.0) -> None:
    """Draw both nullclines."""
    for branches, look in zip((lines.x, lines.y), NULLCLINES, strict=True):
        for branch in branches:
            # Not clipped: a branch along an edge shows its full width.
            axes.plot(*branch.T, **look, alpha=alpha, zorder=2.55, clip_on=False)


def draw_manifolds(axes: Axes, halves: Sequence[Manifold], box: Box, *, alpha: float = 1.0) -> None:
    """Draw separatrices, with an arrow head on each in the direction of the flow."""
    for half in halves:
        look = SEPARATRIX[half.kind]
        axes.plot(*half.points.T, **look, alpha=alpha, zorder=2.56)
        along = half.points if half.kind == "unstable" else half.points[::-1]
        _heads(axes, along, box, look["color"], 2.56, alpha, most=1)


@takes()
def draw_trajectories(axes: Axes, paths: Sequence[Trajectory], box: Box, *, colour: str = TRAJECTORY["color"],
                      alpha: float = 1.0) -> None:
    """Draw trajectories from a dot where they begin, with arrow heads."""
    for path in paths:
        # Not clipped where it need not be: a path along an edge shows its full width.
        axes.plot(*path.points.T, **{**TRAJECTORY, "color": colour}, alpha=alpha, zorder=2.6,
                  clip_on=not box.contains(path.points).all())
        axes.plot(*path.points[0], "o", color=colour, alpha=alpha, markersize=4, zorder=2.6, clip_on=False)
        _heads(axes, path.points if path.t[-1] >= 0 else path.points[::-1], box, colour, 2.6, alpha, most=4)


def draw_cycles(axes: Axes, cycles: Sequence[LimitCycle], box: Box) -> None:
    """Draw limit cycles, dashed where they repel."""
    for cycle in cycles:
        look = CYCLES[cycle.stable]
        axes.plot(*cycle.points.T, **look, zorder=2.65)
        _heads(axes, cycle.points, box, look["color"], 2.65, 1.0, most=3)


def _heads(axes: Axes, points: Array, box: Box, colour: str, zorder: float, alpha: float, most: int) -> None:
    """Arrow heads along a polyline (N, 2), evenly spaced in units of the box."""
    steps = np.linalg.norm(np.diff(points, axis=0) / box.size, axis=1)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    if length[-1] < 0.05:
        return
    count = int(np.clip(length[-1] / _HEAD, 1, most))
    reach = min(float(length[-1]), count * _HEAD) if count > 1 else float(length[-1])
    for at in (np.arange(count) + 0.5) / count * reach:
        # A head spans a small fixed distance, so that a chord's length does not show.
        tail, tip = (np.array([np.interp(s, length, part) for part in points.T]) for s in (at - 0.005, at + 0.005))
        if not box.contains(np.array([tail, tip])).all():
            continue
        axes.annotate("", (tip[0], tip[1]), (tail[0], tail[1]), zorder=zorder, annotation_clip=True,
                      arrowprops={"arrowstyle": "-|>", "color": colour, "alpha": alpha, "mutation_scale": 14,
                                  "linewidth": 0, "shrinkA": 0, "shrinkB": 0})


def _mark(point: FixedPoint) -> dict[str, Any]:
    """How a fixed point is drawn."""
    fill = {"stable": "0.0", "unstable": "1.0", "undecided": "0.6"}[point.stability]
    look = {"marker": _MARKS[point.kind], "markersize": 9 if point.kind in ("star", "centre") else 6.5,
            "markeredgecolor": "0.0", "markeredgewidth": 1.0, "markerfacecolor": fill, "linestyle": "none"}
    if point.kind == "saddle":
        look |= {"fillstyle": "left", "markerfacecolor": "0.0", "markerfacecoloralt": "1.0"}
    if point.kind == "centre":
        look |= {"markerfacecolor": "0.0", "markeredgewidth": 0.3}
    return look


def draw_fixed_points(axes: Axes, fixed: FixedPoints, *, alpha: float = 1.0) -> None:
    """Draw fixed points as marks by kind and stability, curves of them as thick lines, dotted where they repel."""
    for curve in fixed.curves:
        attracts = curve.rate <= 0
        for look, part in ((_ATTRACTING, attracts), (_REPELLING, ~attracts)):
            x, y = np.where(part, curve.points.T, np.nan)
            axes.plot(x, y, **look, alpha=alpha, solid_capstyle="butt", zorder=2.57, clip_on=False)
    for point in fixed.points:
        axes.plot(point.x, point.y, **_mark(point), alpha=alpha, zorder=3, clip_on=False)


@takes()
def math_name(name: str) -> str:
    """A name in mathematical text, for figures and LaTeX: x_1 has a subscript, tau is a Greek letter, % is itself."""
    parts = name.split("_")
    if not all(parts) or not re.fullmatch(r"[^\W\d_]\w*", name):
        plain = re.sub(r"([%$#&_{}])", r"\\\1", name.replace("\\", "")).replace("^", r"\hat{}").replace(" ", r"\ ")
        return f"\\mathrm{{{plain}}}"
    words = [f"\\{part}" if part in _GREEK else part if len(part) == 1 or part.isdigit() else f"\\mathrm{{{part}}}"
             for part in parts]
    text = words.pop()
    while words:
        text = f"{words.pop()}_{{{text}}}"
    return text


@takes()
def legend_handles(*shown: Portrait, names: tuple[str, str] = ("x", "y"), orbits: str | None = None) -> list[Artist]:
    """What the lines and marks of some portraits mean, each once. names: of the variables, in mathematical text."""
    if len(names) != 2:
        raise InputError(f"names must be two words, got {names!r}")
    handles: list[Artist] = []
    for component, (name, look) in enumerate(zip(names, NULLCLINES, strict=True)):
        if any((one.nullclines.x, one.nullclines.y)[component] for one in shown):
            handles.append(Line2D([], [], **look, label=f"$\\dot{{{name}}} = 0$"))
    curves = [curve for one in shown for curve in one.fixed.curves]
    for label, look, here in (("fixed points", _ATTRACTING, any((curve.rate <= 0).any() for curve in curves)),
                              ("repelling fixed points", _REPELLING, any((curve.rate > 0).any() for curve in curves))):
        if here:
            handles.append(Line2D([], [], **look, label=label))
    named = {point.name: point for one in shown for point in one.fixed.points}
    handles += [Line2D([], [], **_mark(named[name]), label=name) for name in sorted(named)]
    kinds = {half.kind for one in shown for half in one.manifolds}
    handles += [Line2D([], [], **look, label=label) for kind, label, look in (
        ("stable", "separatrix", SEPARATRIX["stable"]), ("unstable", "unstable manifold", SEPARATRIX["unstable"]))
        if kind in kinds]
    handles += cycle_handles([cycle for one in shown for cycle in one.cycles])
    if any(one.trajectories for one in shown):
        handles.append(Line2D([], [], **TRAJECTORY, marker="o", markersize=4, label="trajectory"))
    if orbits is not None:
        handles.append(Line2D([], [], **ORBIT, label=orbits))
    if any(np.isfinite([*one.walls.x, *one.walls.y]).any() for one in shown):
        handles.append(Patch(**WALL, label="beyond the walls"))
    return handles


def cycle_handles(cycles: Sequence[LimitCycle]) -> list[Artist]:
    """What the lines of limit cycles mean."""
    there = {cycle.stable for cycle in cycles}
    return [Line2D([], [], **CYCLES[stable], label=f"{'stable' if stable else 'unstable'} limit cycle")
            for stable in (True, False) if stable in there]


@takes()
def add_legend(figure: FigureBase, handles: list[Artist], *, columns: int = 5) -> None:
    """Put a legend under a figure with constrained layout."""
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, handlelength=2.2, columnspacing=1.4)
