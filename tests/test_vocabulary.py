"""Public functions keep to the vocabulary that the README lists."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import gateflow.sim
import gateflow.theory

ROOT = Path(__file__).resolve().parent.parent
TABLE = re.findall(r"^\| `([^`|]+)` \| ([^|]+) \|([^|]*)\| `([^`]+)` \|$", (ROOT / "README.md").read_text("utf-8"),
                   re.MULTILINE)
# Other spellings of what the table names; what each stands for.
SYNONYMS = {"tau_weights": "tau_w", "tau_gates": "tau_c", "tau_B": "tau_block", "n_seeds": "seeds",
            "n_contexts": "n_tasks", "noise_std": "sigma", "std": "sigma", "n_steps": "steps",
            "teachers": "W_star", "rngs": "streams", "generators": "streams", "cov": "covariance",
            "colour_map": "cmap", "K": "n_tasks", "N": "n_tasks", "M": "n_tasks", "P": "n_paths"}
MODULES = sorted(module.name for floor in (gateflow.theory, gateflow.sim)
                 for module in pkgutil.walk_packages(floor.__path__, f"{floor.__name__}.")
                 if "._" not in module.name)
OPTIONAL = {"gateflow.sim.sweep.cluster": "distributed", "gateflow.sim.training.extra": "jax"}


def public(name):
    """Functions and methods that a module defines for others, by qualified name."""
    if name in OPTIONAL and importlib.util.find_spec(OPTIONAL[name]) is None:
        return
    module = importlib.import_module(name)
    for thing in vars(module).values():
        if getattr(thing, "__module__", None) != name or getattr(thing, "__name__", "_").startswith("_"):
            continue
        if inspect.isfunction(thing):
            yield thing
        elif inspect.isclass(thing):
            for method in vars(thing).values():
                function = getattr(method, "__func__", method)
                if inspect.isfunction(function) and not function.__name__.startswith("_"):
                    yield function


@pytest.mark.parametrize("name", MODULES)
def test_time_constants_are_given_by_name(name):
    positional = [f"{function.__qualname__}({parameter.name})" for function in public(name)
                  for parameter in inspect.signature(function).parameters.values()
                  if parameter.name.startswith("tau_") and parameter.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert positional == []


@pytest.mark.parametrize("name", MODULES)
def test_a_quantity_has_one_name(name):
    wrong = [f"{function.__qualname__}({parameter}), which is {SYNONYMS[parameter]}" for function in public(name)
             for parameter in inspect.signature(function).parameters if parameter in SYNONYMS]
    assert wrong == []


def test_the_table_is_there():
    assert len(TABLE) >= 20


@pytest.mark.parametrize(("symbol", "word", "unit", "where"), TABLE)
def test_names_are_defined_where_the_table_says(symbol, word, unit, where):
    module, _, name = where.rpartition(".")
    assert hasattr(importlib.import_module(f"gateflow.{module}"), name)
