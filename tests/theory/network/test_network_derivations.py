"""Derivations of networks: with false functions they do not hold, and their results are the project's functions."""

import numpy as np
import pytest

from gateflow.theory.network.derivations import hidden_ratchet, pair_law, step_law
from gateflow.theory.network.drift import step_change
from gateflow.theory.network.laws import conservation_laws
from gateflow.theory.network.network import Network
from gateflow.theory.network.pair_symbols import law
from gateflow.theory.proofs.values import DerivationError


def swapped(A, B, *, tau_first, tau_second):
    return law(A, B, tau_first=tau_second, tau_second=tau_first)


@pytest.mark.parametrize(("module", "name", "value"), [
    # A law with the time constants swapped, and a contrast of the wrong sign.
    (pair_law, "law", swapped),
    (step_law, "law", swapped), (hidden_ratchet, "contrast", np.negative)])
def test_functions_that_do_not_agree_are_refused(monkeypatch, module, name, value):
    monkeypatch.setattr(module, name, value)
    with pytest.raises(DerivationError):
        module.derive()


def test_results_are_what_the_project_computes(derivation_of, rng):
    A, B, G, R, S = (rng.standard_normal(shape) for shape in ((2, 3), (2, 4), (3, 4), (2, 3), (2, 4)))
    pair, = conservation_laws(Network("hj,hk->jk", sizes={"h": 2, "j": 3, "k": 4}).with_factors(B={"tau": 0.4}))
    values = {"A": A, "B": B, "G": G, "R": R, "S": S, "tau_A": 1.0, "tau_B": 0.4, "dt": 0.01}

    def result(name):
        found = derivation_of(name).result
        return found.function()(*(values[str(variable.symbol)] for variable in found.arguments))

    np.testing.assert_allclose(result("pair-law"), pair.drift((A, B), (R, S))[0])
    forces = B @ G.T, A @ G
    after = A + 0.01 * (forces[0] - R), B + 0.01 / 0.4 * (forces[1] - S)
    np.testing.assert_allclose(result("step-law"), step_change(pair, (A, B), after, forces, 0.01)[0])
