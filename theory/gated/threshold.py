"""Onset beyond small contrasts: the initial contrast from which a gate of two paths reaches its bound.

The linear theory (theory.gated.mean_network) lets contrasts grow along the errors of a mean network that knows nothing
of them. Here the exact flow is followed from two paths that differ only by an initial contrast of the weights: a along
one direction of the teachers' span, and outside it, where there is no teacher, what initial weights of standard
deviation ς hold on average, √(2(d_out d_in − J)) ς. The smallest a that brings a gate to its bound, a*, takes the
place of the inverse gain: the share of networks with an onset is 2Φ(−a*/(√2 ς)). No parameter is free. What remains an
approximation: that the mean of the initial weights is 0, and that components across the direction do not matter. Small
initial weights outside the span matter little; large ones (‖W(0)‖ near ‖W*‖) hold the gates together, without onset.
Derivation: onset.
"""

import math
from collections.abc import Sequence
from itertools import cycle, islice

import numpy as np
import scipy
from numpy.typing import NDArray

from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, InputError, Range, array
from gateflow.theory.gated.block_map import MANY_BLOCKS
from gateflow.theory.gated.mean_network import MeanNetwork
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.gated.onset import onset_share
from gateflow.theory.network.flow import Flow, SquaredLoss
from gateflow.theory.network.network import Network

# Amplitudes that are tried at once, in units of ς, from beyond which onset is certain to beyond which it never comes.
_TRIED = np.geomspace(0.003, 20, 40)
_SAMPLES, _RTOL = 60, 1e-4
# Standard deviations of initial entries: larger ones hold the gates together, as said above.
INIT_STD = Range(0, 100, open_low=True)


def _block(flow: Flow, loss: SquaredLoss, duration: float, x: Array) -> tuple[Array, Array]:
    """Times (T,) and states (T, K, 2(J + 2)) of K networks, weights first, in one block; gates pass their bound."""
    n_members, size = x.shape
    above = np.ones((n_members, 2)), None

    def velocity(_: float, flat: Array) -> Array:
        now = flat.reshape(n_members, size)
        c_dot, y_dot = flow.velocity((now[:, -2:], now[:, :-2].reshape(n_members, 2, -1)), loss, above)
        return np.concatenate([y_dot.reshape(n_members, -1), c_dot], axis=1).ravel()

    solution = scipy.integrate.solve_ivp(
        velocity, (0, duration), x.ravel(), method="LSODA", rtol=_RTOL, atol=1e-13, lband=size - 1, uband=size - 1,
        t_eval=np.linspace(0, duration, _SAMPLES))
    if not solution.success:
        raise RuntimeError(f"the flow of two paths could not be integrated: {solution.message}")
    return solution.t, solution.y.T.reshape(-1, n_members, size)


def onset_times(network: MeanNetwork, contrasts: Array, tasks: Sequence[int],
                durations: Sequence[float] | None = None, outside: float = 0.0) -> Array:
    """Times (K,) at which a gate first reaches its bound, for initial contrasts W¹ − W² of the weights; inf for never.

    contrasts (K, J): in orthonormal coordinates of the teachers' span, symmetric about 0, with both gates at ½;
    outside: norm of the contrast outside that span. By the exact flow. Raises InputError unless the model has two
    paths.
    """
    targets = _two_paths(network.model, network.gram).targets
    halves = array("contrasts", contrasts, ("K", targets.shape[1])) / 2
    # Orthonormal coordinates of the teachers' span and of one direction outside it, where nothing is taught.
    flow = Flow(Network("p,pn->n", network.model.factors, {"p": 2, "n": targets.shape[1] + 1}))
    losses = [SquaredLoss(np.append(target, 0.0)) for target in targets]
    reached, begun = np.full(len(halves), np.inf), 0.0
    weights = np.hstack([halves, np.full((len(halves), 1), outside / 2)])
    x = np.hstack([weights, -weights, np.full((len(halves), 2), 0.5)])
    running = np.arange(len(halves))
    for task, duration in network.blocks(tasks, durations):
        times, states = _block(flow, losses[task], duration, x[running])
        at_bound = states[..., -2:].min(axis=-1) <= 0
        new = at_bound.any(axis=0)
        reached[running[new]] = begun + times[at_bound.argmax(axis=0)[new]]
        x[running], begun, running = states[-1], begun + duration, running[~new]
        if len(running) == 0:
            break
    return reached


def _two_paths(model: GatedModel, gram: Array) -> MeanNetwork:
    if model.n_paths != 2:
        raise InputError(f"n_paths must be 2, got {model.n_paths}")
    return MeanNetwork(model, gram)


def _outside(network: MeanNetwork, init_std: float) -> float:
    """Root of the mean square norm of an initial contrast outside the teachers' span."""
    free = network.model.d_out * network.model.d_in - network.targets.shape[1]
    return float(np.sqrt(2 * max(free, 0)) * init_std)


@takes(init_std=INIT_STD)
def critical_contrast(network: MeanNetwork, init_std: float, tasks: Sequence[int],
                      durations: Sequence[float] | None = None, direction: Array | None = None) -> float:
    """Norm a* of the smallest initial contrast of the weights from which a gate reaches its bound, to half a percent.

    init_std: standard deviation ς of initial entries; direction (J,): of the contrast, by default the one that the
    linear theory amplifies most. 0 where already 0.003 ς suffices, inf where 20 ς do not: the share of onsets is 1 or
    0 then.
    """
    along = (network.follow(tasks, durations).direction() if direction is None
             else array("direction", direction, (network.targets.shape[1],)))
    return float(_critical(network, init_std, tasks, durations, along[None], np.array([math.inf]))[0])


def _critical(network: MeanNetwork, init_std: float, tasks: Sequence[int], durations: Sequence[float] | None,
              directions: Array, ends: Array) -> Array:
    """The same (B,) along directions (B, J), for gates that reach their bound by the ends (B,)."""
    outside = _outside(network, init_std)

    def first(amplitudes: Array) -> NDArray[np.int64]:
        """Place of the first amplitude (B, K) that suffices, K if there is none."""
        contrasts = (amplitudes[..., None] * directions[:, None]).reshape(-1, directions.shape[1])
        times = onset_times(network, contrasts, tasks, durations, outside).reshape(amplitudes.shape)
        onset = np.isfinite(times) & (times <= ends[:, None])
        return np.where(onset.any(axis=1), onset.argmax(axis=1), amplitudes.shape[1])

    tried = _TRIED * init_std
    place = first(np.tile(tried, (len(ends), 1)))
    found = np.where(place == 0, 0.0, np.inf)
    between = (place > 0) & (place < len(tried))
    if between.any():
        directions, ends = directions[between], ends[between]
        fine = np.geomspace(tried[place[between] - 1], tried[place[between]], len(tried), axis=1)
        found[between] = fine[np.arange(len(fine)), first(fine)]
    return found


@takes(init_std=INIT_STD)
def linear_onset_probability(model: GatedModel, gram: Array, init_std: float, tasks: Sequence[int],
                             durations: Sequence[float] | None = None) -> float:
    """Share of networks in which a gate reaches its bound by the end of the blocks, as small contrasts grow.

    gram (M, M): inner products of the teachers; init_std: standard deviation ς of initial entries. Raises InputError.
    """
    return float(onset_share(1 / _two_paths(model, gram).follow(tasks, durations).gain(), init_std=init_std))


@takes(init_std=INIT_STD)
def onset_probability(model: GatedModel, gram: Array, init_std: float, tasks: Sequence[int],
                      durations: Sequence[float] | None = None) -> float:
    """Share of networks in which a gate reaches its bound by the end of the blocks, by the exact flow of two paths.

    Arguments as for ``linear_onset_probability``.
    """
    return float(onset_share(critical_contrast(_two_paths(model, gram), init_std, tasks, durations), init_std=init_std))


@takes(init_std=INIT_STD)
def onset_probabilities(model: GatedModel, gram: Array, init_std: float, tasks: Sequence[int]) -> Array:
    """``onset_probability`` by the end of the first block, of the second, …: (blocks,)."""
    network = _two_paths(model, gram)
    path, ends = network.follow(tasks), np.cumsum([duration for _, duration in network.blocks(tasks)])
    along = np.stack([path.until(end).direction() for end in ends])
    return onset_share(_critical(network, init_std, tasks, None, along, ends), init_std=init_std)


@takes(init_std=INIT_STD)
def blocks_until_onset(model: GatedModel, gram: Array, init_std: float, share: float = 0.5,
                       most_blocks: int = 100) -> float:
    """Blocks of cyclic tasks after which a share of networks has had a gate at its bound, by the exact flow.

    share: between 0 and 1; most_blocks: how many are tried; inf if they do not suffice. Other arguments as for
    ``linear_onset_probability``, whose counterpart is ``gateflow.theory.gated.onset.periods_until_onset``.
    """
    Range(0, 1, open_low=True, open_high=True).check("share", share)
    network = _two_paths(model, gram)
    tasks = tuple(islice(cycle(range(model.n_tasks)), MANY_BLOCKS.check("most_blocks", most_blocks)))
    contrast = 2 * init_std * scipy.special.erfcinv(share) * network.follow(tasks).direction()
    reached = onset_times(network, contrast[None], tasks, outside=_outside(network, init_std))
    return float(reached[0] / model.tau_block)
