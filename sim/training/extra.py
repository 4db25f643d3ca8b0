"""What the extra "networks" installs, loaded on first use: without it everything but trained networks works."""

import os
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from gateflow.sim.storage import cache_folder, can_keep
from gateflow.theory.checks import InputError

EXTRA = "pip install '.[networks]' in a copy of the repository"


class Later:
    """A module that is imported when something of it is first used. Raises InputError where it is not installed."""

    def __init__(self, name: str, what: str = "trained networks") -> None:
        """name: of the module; what: who needs it, for the error."""
        self._name, self._what = name, what

    def __getattr__(self, name: str) -> Any:
        """An attribute of the module."""
        return getattr(self.load(), name)

    def load(self) -> Any:
        """The module. Raises InputError."""
        try:
            if self._name.startswith("jax"):
                _prepare()
            return import_module(self._name)
        except ImportError as failure:
            missing = failure.name or self._name
            raise InputError(f"{self._what} need {missing.partition('.')[0]}: {EXTRA}") from None


_prepared = False


def _prepare() -> None:
    """Import JAX with one thread for each process, quiet, and with what it compiles kept in the user's cache folder."""
    global _prepared
    if _prepared:
        return
    # Small networks do not gain by threads, and the cores have processes already; read when JAX starts.
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    loaded = import_module("jax")
    if can_keep(folder := cache_folder() / "compiled", "what is compiled"):
        loaded.config.update("jax_compilation_cache_dir", str(folder))
    loaded.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
    loaded.config.update("jax_raise_persistent_cache_errors", False)
    _prepared = True


jax, jnp, optax = Later("jax"), Later("jax.numpy"), Later("optax")


@cache
def compiled(function: Callable[..., Any], *fixed: str) -> Any:
    """The function, compiled once for all calls alike; fixed: arguments that are no arrays."""
    return jax.jit(function, static_argnames=fixed)


def check_installed(packages: Iterable[str]) -> None:
    """Raise InputError, one line that says what to install, unless all packages are there; none is imported."""
    for name in packages:
        if find_spec(name) is None:
            raise InputError(f"trained networks need {name}: {EXTRA}")
