"""``gateflow sweep``: an experiment over one of its parameters, theory as lines and simulation as points."""

import argparse
import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from gateflow.figures.options import add_figure_files, add_output, add_parameters, add_workers, given, names_of, workers
from gateflow.sim.compare import catalogue
from gateflow.theory.checks import InputError

# Quantities that a figure shows at most, and how many side by side.
_MOST, _COLUMNS = 12, 4
_EPILOG = """example:
  gateflow sweep inference tracking --over hazard 0.01 0.03 0.1
It takes as long as the experiment at every value; killed, it goes on where it was."""


def parser(words: Sequence[str], make: Any) -> argparse.ArgumentParser:
    """The parser of the command, with the options of the experiment that words name."""
    names = [word for word in words if not word.startswith("-")]
    known = catalogue.experiment_files()
    found = next((catalogue.experiment(room, name) for room, name in pairwise(names)
                  if name in known.get(room, {})), None)
    made: argparse.ArgumentParser = make("sweep", description="An experiment over one of its parameters.",
                                         epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    names_of(made.add_argument("room", help=", ".join(known)), known)
    names_of(made.add_argument("experiment", help="one that gateflow list shows"),
             known.get(names[0] if names else "", {}))
    made.add_argument("--over", nargs="+", required=True, metavar=("NAME", "VALUE"),
                      help="parameter, and the values that it takes")
    add_output(made)
    add_figure_files(made)
    add_workers(made)
    made.add_argument("--cluster", metavar="tcp://HOST:PORT",
                      help="Dask scheduler whose workers do it instead (needs the extra cluster)")
    if found is not None:
        add_parameters(made, [found], f"parameters of {found.name()}")
    return made


def _values(words: Sequence[str]) -> list[float]:
    texts = [part for word in words for part in word.split(",") if part]
    try:
        values: list[float] = [int(text) if text.lstrip("+-").isdigit() else float(text) for text in texts]
    except ValueError:
        raise InputError(f"over must give numbers behind the name, got {' '.join(words)}") from None
    if len(set(values)) < max(2, len(values)):
        raise InputError(f"over must give at least two different values, got {' '.join(map(str, values))}")
    return values


def run(arguments: argparse.Namespace, words: Sequence[str], progress: Any) -> int:
    """Do what the options ask for; returns the exit code. Raises InputError."""
    from gateflow.figures.output import provenance, write_result
    from gateflow.figures.style import FigureFiles
    from gateflow.sim.compare.kept import unfinished
    from gateflow.sim.compare.over import curves, experiments_over, run_over
    from gateflow.sim.storage import check_folder, npz_bytes, plain
    from gateflow.sim.sweep.run import Execution

    kind = catalogue.experiment(arguments.room, arguments.experiment)
    name, values = arguments.over[0].replace("-", "_"), _values(arguments.over[1:])
    experiments = experiments_over(arguments.room, arguments.experiment, name, values, given(arguments, [kind]))
    stem = f"sweep-{arguments.room}-{arguments.experiment}-{name.replace('_', '-')}"
    check_folder(arguments.out)
    how = Execution(workers(arguments), arguments.cluster, progress=progress("simulating", "run"))
    with unfinished(arguments.out / "unfinished" / stem) as keep:
        outcomes = run_over(experiments, how, keep)
    found = curves(values, outcomes)
    contents = FigureFiles(arguments.format, arguments.dpi, arguments.width, not arguments.no_caption).of(
        draw(name, values, found), stem)
    columns = {field: [getattr(curve, field) for curve in found]
               for field in ("theory", "simulation", "low", "high", "error", "tolerance", "holds")}
    contents[f"{stem}.npz"] = npz_bytes({name: values, **columns})
    rows = [{"quantity": curve.quantity, **{field: _listed(columns[field][k]) for field in columns}}
            for k, curve in enumerate(found)]
    failures = [f"{name} = {value:g} failed: {' '.join(f'{type(outcome).__name__}: {outcome}'.split())}"
                for value, outcome in zip(values, outcomes, strict=True) if isinstance(outcome, Exception)]
    facts = {"room": arguments.room, "experiment": arguments.experiment, "over": name, "values": values,
             "parameters": {**given(arguments, [kind]), "over": name, "values": values}, "rows": rows,
             "failures": failures}
    paths = write_result(arguments.out, stem, facts, contents, provenance(words))
    if arguments.json:
        print(json.dumps(plain({**facts, "files": paths}), ensure_ascii=False))
    else:
        print(_table(name, values, found), *failures, *paths, sep="\n")
    return 1 if any((curve.holds == 0).any() for curve in found) else 0


def _listed(values: Any) -> list[Any]:
    return [None if value != value else value for value in values.tolist()]


def _table(name: str, values: Sequence[float], found: Sequence[Any]) -> str:
    """How many quantities hold at each value, and which do not."""
    lines = []
    for k, value in enumerate(values):
        judged = [curve for curve in found if curve.holds[k] >= 0]
        failing = [curve.quantity for curve in judged if curve.holds[k] == 0]
        verdict = f"{len(judged) - len(failing)} of {len(judged)} hold" if judged else "nothing is claimed"
        lines.append(f"{name} = {value:g}: {verdict}"
                     + "".join(f"\n  NO: {quantity}" for quantity in failing))
    return "\n".join(lines)


def draw(name: str, values: Sequence[float], found: Sequence[Any]) -> Any:
    """A small picture for each quantity that theory and simulation both tell, the first dozen of them."""
    import numpy as np
    from matplotlib.figure import Figure

    from gateflow.figures.style import BLUE, ORANGE, caption, marks, style, wrapped

    shown = [curve for curve in found if np.isfinite(curve.simulation).sum() > 1][:_MOST] or list(found[:_MOST])
    columns = min(_COLUMNS, len(shown))
    lines = -(-len(shown) // columns)
    x, order = np.array(values, dtype=float), np.argsort(values)
    with style():
        figure = Figure(figsize=(2.75 * columns, 2.3 * lines + 0.3), layout="constrained")
        for place, (axes, curve) in enumerate(zip(np.ravel(figure.subplots(lines, columns, squeeze=False)), shown,
                                                  strict=False)):
            axes.plot(x[order], curve.theory[order], color=BLUE, label="theory")
            marks(axes, x, curve.simulation, np.nan_to_num((curve.high - curve.low) / 2), ORANGE, label="simulation")
            if (x > 0).all() and x.max() > 8 * x.min():
                axes.set_xscale("log")
            axes.set_title(wrapped(curve.quantity, 2.5, 7.5), fontsize=7.5, fontweight="normal")
            axes.set_xlabel(name.replace("_", " "))
            if place == 0:
                axes.legend()
        for axes in figure.axes[len(shown):]:
            axes.remove()
        caption(figure, "Lines: theory; points: simulation with the 95 % interval of its mean."
                + (f" The first {_MOST} of {len(found)} quantities." if len(found) > _MOST else ""))
    return figure
