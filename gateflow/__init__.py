"""gateflow: theory and simulation of the dynamics of learning.

    from gateflow.gated import flexible, descend, integrate, Curriculum
    gateflow.compare("gated", seeds=5)       # theory against simulation, as a table
    gateflow.phase("portrait", tau_c=0.1)    # a phase plot, with its figure
    gateflow.figure("nta-2", quick=True)     # a figure of a paper, recomputed
    gateflow.load("gateflow-out/cycle.json") # what the command line wrote

Rooms for users: ``gateflow.gated``, ``gateflow.network``, ``gateflow.inference``, ``gateflow.disentangle``,
``gateflow.plane``, ``gateflow.sweep`` and ``gateflow.derivations``; each is loaded when it is first used.
"""

import os.path
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Installed, the three floors are inside this folder; in a copy of the repository they stand beside it.
_HERE = os.path.dirname(os.path.abspath(__file__))
if not os.path.isdir(os.path.join(_HERE, "theory")):
    __path__.append(os.path.dirname(_HERE))

if TYPE_CHECKING:
    from gateflow.figures.figure import figure
    from gateflow.figures.phase import phase
    from gateflow.sim.compare.comparison import compare
    from gateflow.sim.load import load

_ROOMS = ("gated", "network", "inference", "disentangle", "plane", "sweep", "derivations")
_FUNCTIONS = {"compare": "gateflow.sim.compare.comparison", "figure": "gateflow.figures.figure",
              "phase": "gateflow.figures.phase", "load": "gateflow.sim.load"}

__all__ = ["compare", "figure", "load", "phase", *_ROOMS]


def __getattr__(name: str) -> Any:
    """Load a room or a function when it is first asked for."""
    if name in _ROOMS:
        return import_module(f"gateflow.{name}")
    if name in _FUNCTIONS:
        return getattr(import_module(_FUNCTIONS[name]), name)
    raise AttributeError(f"module 'gateflow' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Names that are there, loaded or not."""
    return sorted([*globals(), *__all__])
