"""What the laboratories of the derivations about networks show: matrices of any size as the smallest that say it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp

from gateflow.figures.derivations.laboratory import Laboratory, Simulated, members, sampled
from gateflow.sim.network import samples
from gateflow.theory.proofs.assumptions import Variable


def _single(names: dict[str, tuple[str, str]], low: float = -1,
            high: float = 1) -> dict[str, tuple[sp.Symbol, Variable]]:
    """For each matrix of one entry that entry, with its declaration."""
    made = {}
    for matrix, (name, meaning) in names.items():
        symbol = sp.Symbol(name, real=True)
        domain = "nonnegative" if low == 0 else ""
        made[matrix] = symbol, Variable(symbol, meaning, low, high, domain=domain)
    return made


def _laboratory(axis: str, entries: dict[str, tuple[sp.Symbol, Variable]], start: dict[str, float],
                note: str, simulate: Callable[[], Sequence[Simulated]] | None = None) -> Laboratory:
    return Laboratory(axis, start, put={matrix: sp.Matrix([[symbol]]) for matrix, (symbol, _) in entries.items()},
                      variables=tuple(variable for _, variable in entries.values()), simulate=simulate, note=note)


_UNIT = "For one hidden unit with one weight on either side."
_PAIR = {"A": ("a", "weight on one side"), "B": ("b", "weight on the other"), "R": ("r", "slope of the cost in a"),
         "S": ("u", "slope of the cost in b")}


def _drifts() -> Sequence[Simulated]:
    a, at, dt = np.array([0.2, 0.4, 0.6, 0.8, 1.0]), {"b": 0.5, "r": 0.6, "u": 0.2}, 1e-6
    found = samples.law_changes(a, b=at["b"], r=at["r"], u=at["u"], g=0.3, dt=np.full(5, dt)) / dt
    return [Simulated("A small step of descent under weight decay", "a", a, found, np.zeros(5), at)]


def _steps() -> Sequence[Simulated]:
    dt = np.array([0.003, 0.01, 0.03, 0.06, 0.1])
    at, taus = {"b": 0.5, "r": 0.1, "u": 0.1, "g": 0.8}, (1.75, 0.55)
    found = samples.law_changes(np.full(5, 0.5), b=at["b"], r=at["r"], u=at["u"], g=at["g"], dt=dt, taus=taus)
    return [Simulated("A step of gradient descent", "dt", dt, found, np.zeros(5),
                      {"tau_A": taus[0], "tau_B": taus[1], "a": 0.5, **at})]


def _held() -> Sequence[Simulated]:
    force = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    return [Simulated("A small step of descent with a bound at 0, which holds unit 1", "n_1", force,
                      samples.held_contrast_rates(force, weight=0.6), np.zeros(5), {"a_1": 0, "a_2": 0.6, "n_2": 0})]


def _losses(words: str, along: str, at: dict[str, float], place: int, **settings: Any) -> Callable[
        [], Sequence[Simulated]]:
    """Losses on batches of a network of matrices that learns, where its coordinate has come to."""
    def simulate() -> Sequence[Simulated]:
        coordinate, losses = samples.losses_on_the_way(
            np.array([0, 0.25, 0.6, 1.1, 2.0, 4.0]), members=20,
            rng=np.random.default_rng(np.random.SeedSequence(31, spawn_key=(place,))), **settings)
        return [members(f"{words}: losses on 20 batches of 200", along, coordinate, losses, at)]
    return simulate


# By the name of the derivation.
LABORATORIES: dict[str, Laboratory] = {
    "pair-law": _laboratory("a", _single(_PAIR), {"a": 0.5, "b": 0.5, "r": 0.6, "u": 0.2}, _UNIT,
                            _drifts),
    "step-law": _laboratory("dt", _single({**_PAIR, "G": ("g", "downhill direction of the loss")}),
                            {"a": 0.5, "b": 0.5, "r": 0.1, "u": 0.1, "g": 0.8}, _UNIT, _steps),
    "hidden-ratchet": _laboratory("n_1", _single({
        "a_1": ("a_1", "weight of unit 1 in the bounded layer"), "a_2": ("a_2", "weight of unit 2"),
        "n_1": ("n_1", "force of the bound on unit 1"), "n_2": ("n_2", "force of the bound on unit 2")}, 0, 1),
        {"a_1": 0, "a_2": 0.6, "n_1": 0.5, "n_2": 0},
        "For units of one weight each. A force acts only where its weight is 0: then nothing here is negative.", _held),
    "compression": _laboratory("y", _single({
        "Y": ("y", "coordinate of the factor"), "Z": ("z", "coordinate of the teacher"),
        "C": ("c", "what the other factors make of it")}), {"y": 0.2, "z": 0.7, "c": 0.8}, "For one coordinate.",
        _losses("A factor of five weights that learns", "y", {"sigma": 1.25, "z": 0.7, "c": 0.8}, 0, learning="B",
                start=-0.9, fixed=0.8, strength=0.7, variance=1.25, sizes=(1, 1, 5))),
    "modes-of-a-network": _laboratory("a", _single({
        "s": ("s", "strength of the teacher"), "a": ("a", "mode of the second layer"),
        "b": ("b", "mode of the first layer")}, -2, 2), {"s": 1.0, "a": 0.5, "b": 0.8}, "For one mode.",
        _losses("Matrices of three rows and columns, of which the second layer learns", "a", {"s": 1.0, "b": 0.8}, 1,
                learning="A", start=-1.8, fixed=0.8, strength=1.0, variance=1.0, sizes=(3, 3, 3))),
    "unit-clock": Laboratory("g", {"g": 0.5}, simulate=sampled(
        "Clocks of 20 random units in a small step of descent: all run alike", "g", (-0.9, -0.5, -0.1, 0.3, 0.7),
        lambda downhill: samples.clock_rates(downhill, units=20, rng=np.random.default_rng(31)))),
}
