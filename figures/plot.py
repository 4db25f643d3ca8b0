"""What a plot of ``gateflow phase`` hands over: a figure, the numbers behind it, and what else can be made of it."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.film import Film
from gateflow.figures.style import figure_bytes, style
from gateflow.figures.table import row_table
from gateflow.figures.window import Explorer
from gateflow.sim.comparison import Row
from gateflow.sim.storage import json_bytes, plain

# Shows how far items are along; takes the items and how many they are.
Progress = Callable[[Iterable[Any], int], Iterable[Any]]


@dataclass(frozen=True)
class Plot:
    """A plot. figure: what is drawn; data: the arrays behind it, by name; facts: parameters and numbers, plain values.

    summary: text for the terminal; holds: whether simulation is where theory puts it, None where none was asked for.
    animation, interactive: make a film, or what sliders change, where the plot has them.
    """

    figure: Figure
    data: Mapping[str, Any]
    facts: Mapping[str, Any]
    summary: str
    holds: bool | None = None
    animation: Callable[[], Film] | None = None
    interactive: Callable[[], Explorer] | None = None

    @classmethod
    def of(cls, figure: Figure, data: Mapping[str, Any], parameters: Mapping[str, Any], results: Mapping[str, Any],
           rows: Sequence[Row] = (), **more: Any) -> "Plot":
        """A plot whose facts are parameters, results (plain values by name) and rows of theory against simulation."""
        facts = {"parameters": dict(parameters), "results": dict(results), "rows": [asdict(row) for row in rows]}
        holds = all(row.holds is not False for row in rows) if rows else None
        parts = [_listed(results), *([row_table(rows)] if rows else [])]
        return cls(figure, data, facts, "\n\n".join(parts), holds, **more)

    def files(self, name: str, provenance: Mapping[str, Any]) -> dict[str, bytes]:
        """What to write, by file name: figure as PNG and PDF, data, and a JSON sidecar. Equal plots, equal bytes."""
        with style():
            contents = {f"{name}.{kind}": figure_bytes(self.figure, kind) for kind in ("png", "pdf")}
        contents[f"{name}.npz"] = npz_bytes(self.data)
        sidecar = {"plot": name, **self.facts, "holds": self.holds, "files": [*contents, f"{name}.json"],
                   "provenance": dict(provenance)}
        contents[f"{name}.json"] = json_bytes(plain(sidecar))
        return contents


def npz_bytes(arrays: Mapping[str, Any]) -> bytes:
    """Arrays by name as an .npz file; equal arrays give equal bytes."""
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **{name: np.asarray(value) for name, value in arrays.items()})
    return stream.getvalue()


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
