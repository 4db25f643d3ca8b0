"""Diagrams over a parameter, curves over two, basins and maps, drawn on axes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from gateflow.figures.portrait import CYCLES, math_name
from gateflow.figures.style import BLUE, COLOURS, GREY, ORANGE, PINK, YELLOW
from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, InputError, Range
from gateflow.theory.plane.basins import Basins
from gateflow.theory.plane.box import region_ends
from gateflow.theory.plane.continuation import Branch, SpecialPoint
from gateflow.theory.plane.diagram import Diagram
from gateflow.theory.plane.maps import Cycle, SmoothMap

_POINTS: dict[str, dict[str, Any]] = {
    "fold": {"marker": "<", "color": ORANGE}, "hopf": {"marker": "o", "color": BLUE},
    "branch point": {"marker": "D", "color": PINK},
    "flip": {"marker": "^", "color": YELLOW}, "neimark-sacker": {"marker": "o", "color": BLUE},
    "cusp": {"marker": "*", "color": ORANGE}, "bogdanov-takens": {"marker": "s", "color": "black"},
    "bautin": {"marker": "P", "color": BLUE}}
_CURVES = {"fold": ORANGE, "hopf": BLUE, "flip": YELLOW, "neimark-sacker": PINK}
_NAMES = {"hopf": "Hopf point", "neimark-sacker": "Neimark–Sacker point", "bogdanov-takens": "Bogdanov–Takens point",
          "flip": "period doubling", "bautin": "Bautin point"}
_BASINS = ("#DCE9F5", "#FBE5D6", "#DDF1E4", "#F7E1EF", "#FFF3CF", "#E3E3F3")


def words_of(kind: str) -> str:
    """A kind of special point in words."""
    before, _, bare = kind.rpartition(" ")
    return f"{before} {_NAMES[bare]}".strip() if bare in _NAMES else kind


@takes()
def draw_diagram(axes: Axes, diagram: Diagram, name: str, component: int = 0) -> list[Artist]:
    """Draw a coordinate of what rests and the ends of what cycles over the parameter; handles for a legend come back.

    Lines are full where it attracts and dashed where it does not.
    """
    Range(0, (len(diagram.orbits[0][0]) if diagram.orbits else 2) - 1, whole=True).check("component", component)
    handles: dict[str, Artist] = {}
    colours = {period: COLOURS[(k + 1) % len(COLOURS)] for k, period in enumerate(sorted(set(diagram.periods) - {1}))}
    for k, branch in enumerate(diagram.branches):
        period = diagram.periods[k] if diagram.periods else 1
        coordinates = diagram.orbits[k][:, component] if diagram.orbits else branch.states[None, :, component]
        colour = colours.get(period, "black")
        looks: dict[bool, dict[str, Any]] = {stable: {"color": colour, "linestyle": line, "linewidth": 1.3}
                                             for stable, line in ((True, "-"), (False, "--"))}
        _parts(axes, branch.p, coordinates.T, branch.stable, looks, 2)
        for stable in np.unique(branch.stable)[::-1]:
            word = ("rests" if not diagram.periods else f"period {period}") + ("" if stable else ", unstable")
            handles.setdefault(word, Line2D([], [], **looks[stable], label=word))
    for cycle in diagram.cycles:
        for ends in (cycle.low, cycle.high):
            _parts(axes, cycle.p, ends[:, component], cycle.stable, CYCLES, 1.9)
        for stable in np.unique(cycle.stable)[::-1]:
            word = f"{'stable' if stable else 'unstable'} cycle (ends)"
            handles.setdefault(word, Line2D([], [], **CYCLES[stable], label=word))
    points = [*diagram.special, *(point for cycle in diagram.cycles for point in cycle.special)]
    for point in points:
        _mark(axes, point.p, point.state[component], point.name, handles)
    axes.set(xlim=diagram.bounds, xlabel=f"${math_name(diagram.parameter)}$", ylabel=f"${math_name(name)}$")
    return list(handles.values())


def _parts(axes: Axes, p: Array, values: Array, stable: Any, looks: Mapping[bool, dict[str, Any]],
           zorder: float) -> None:
    """Draw values (N,) or (N, K) over p, stable stretches and others; each goes on to its neighbour."""
    for kind, part in ((True, stable), (False, ~stable)):
        shown = (part | np.append(False, part[:-1])).reshape(-1, *[1] * (values.ndim - 1))
        axes.plot(p, np.where(shown, values, np.nan), **looks[kind], zorder=zorder)


def _mark(axes: Axes, x: float, y: float, kind: str, handles: dict[str, Artist]) -> None:
    look: dict[str, Any] = {"markersize": 6.0, "linestyle": "none", "marker": "x", "color": "black"}
    look |= _POINTS.get(kind if kind in _POINTS else kind.rpartition(" ")[2], {})
    look |= {"markerfacecolor": "white"} if kind.startswith("subcritical") else {}
    look |= {"color": GREY} if kind.startswith("degenerate") else {}
    axes.plot(x, y, **look, zorder=4)
    handles.setdefault(kind, Line2D([], [], **look, label=words_of(kind)))


@takes()
def draw_periods(axes: Axes, diagram: Diagram) -> None:
    """Draw the periods of all cycles over the parameter. Raises InputError where there is none."""
    if not diagram.cycles:
        raise InputError("diagram must have limit cycles, got none")
    for cycle in diagram.cycles:
        _parts(axes, cycle.p, cycle.period, cycle.stable, CYCLES, 2)
    periods = np.concatenate([cycle.period for cycle in diagram.cycles])
    axes.set(xlim=diagram.bounds, xlabel=f"${math_name(diagram.parameter)}$", ylabel="period",
             yscale="log" if periods.max() > 20 * periods.min() else "linear")


@takes()
def draw_curves(axes: Axes, curves: Sequence[tuple[str, Branch]], names: tuple[str, str],
                bounds: tuple[tuple[float, float], tuple[float, float]]) -> list[Artist]:
    """Draw curves of special points over two parameters; handles for a legend come back."""
    handles: dict[str, Artist] = {}
    for kind, curve in curves:
        look: dict[str, Any] = {"color": _CURVES.get(kind, "black"), "linewidth": 1.6}
        axes.plot(curve.p, np.asarray(curve.second), **look)
        handles.setdefault(kind, Line2D([], [], **look, label=f"{words_of(kind).removesuffix(' point')} curve"))
        for point in curve.special:
            _mark(axes, point.p, point.second, point.kind, handles)
    axes.set(xlim=bounds[0], ylim=bounds[1], xlabel=f"${math_name(names[0])}$", ylabel=f"${math_name(names[1])}$")
    return list(handles.values())


@takes()
def draw_basins(axes: Axes, basins: Basins) -> None:
    """Shade basins, one pale colour for each attractor; what goes far away or is undecided stays white."""
    colours = ListedColormap([_BASINS[k % len(_BASINS)] for k in range(max(len(basins.attractors), 1))])
    which = np.ma.masked_less(basins.which, 0)
    axes.pcolormesh(basins.x, basins.y, which, cmap=colours, vmin=-0.5, vmax=max(len(basins.attractors), 1) - 0.5,
                    shading="nearest", rasterized=True, zorder=0.5)


@takes()
def draw_map(axes: Axes, smooth: SmoothMap, region: Sequence[tuple[float, float]], cycles: Sequence[Cycle],
             orbits: Sequence[NDArray[np.floating]]) -> list[Artist]:
    """Draw orbits (K, n) of a map, infinite where they are lost, and its cycles.

    In one dimension on its graph, in two as points of the plane. Raises InputError.
    """
    region_ends(region, smooth.names)
    if any(np.ndim(orbit) != 2 or np.shape(orbit)[1] != smooth.dimension for orbit in orbits):
        shapes = ", ".join(str(np.shape(orbit)) for orbit in orbits)
        raise InputError(f"orbits must have shape (K, {smooth.dimension}), got {shapes}")
    if smooth.dimension == 1:
        x = np.linspace(*region[0], 800)
        axes.plot(x, smooth.image(x[None])[0], color="black")
        axes.plot(x, x, color=GREY, linewidth=0.8)
        places = [(point[0], point[0], cycle) for cycle in cycles for point in cycle.points]
    else:
        places = [(point[0], point[1], cycle) for cycle in cycles for point in cycle.points]
    draw_orbits(axes, orbits)
    handles: dict[str, Artist] = {}
    for first, second, cycle in places:
        period = len(cycle.points)
        colour = "black" if period == 1 else COLOURS[int(np.log2(period)) % len(COLOURS)]
        look: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": 6, "color": colour,
                                "markerfacecolor": colour if cycle.stable else "white"}
        axes.plot(first, second, **look, zorder=3)
        word = cycle.kind.replace("cycle", f"{period}-cycle")
        handles.setdefault(word, Line2D([], [], **look, label=word))
    name = math_name(smooth.names[0])
    axes.set(xlim=region[0], ylim=region[-1], xlabel=f"${name}$",
             ylabel=f"${math_name(smooth.names[1])}$" if smooth.dimension > 1 else f"image of ${name}$")
    return list(handles.values())


def draw_orbits(axes: Axes, orbits: Sequence[NDArray[np.floating]], colour: str = COLOURS[3]) -> None:
    """Draw orbits (K, n) of a map: as a cobweb in one dimension, as points in two."""
    for orbit in orbits:
        if orbit.shape[1] == 1:
            x = np.repeat(orbit[:, 0], 2)
            axes.plot(x[:-1], np.append(x[0], x[2:]), color=colour, linewidth=0.5)
        else:
            axes.plot(*orbit.T, ".", color=colour, markersize=1.2)


def special_line(point: SpecialPoint, parameter: str, names: Sequence[str]) -> str:
    """A special point in a line."""
    where = ", ".join(f"{name} = {value:.6g}" for name, value in zip(names, point.state, strict=False))
    return f"{words_of(point.name)} at {parameter} = {point.p:.9g}, {where}"
