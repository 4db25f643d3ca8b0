"""Which laws does training conserve, and how do they drift?"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy

from gateflow.sim.compare.rows import Row, bound_row, make_row, mean_row
from gateflow.sim.network.descent import descent_steps
from gateflow.sim.network.integration import integrate
from gateflow.sim.network.setting import NetworkExperiment, Purpose
from gateflow.theory.checks import MANY, Array
from gateflow.theory.network.certificate import MOST_PARAMETERS, Certificate, count_laws
from gateflow.theory.network.drift import batch_drift, step_change, step_drift
from gateflow.theory.network.flow import Flow, SquaredLoss
from gateflow.theory.network.laws import Law, conservation_laws
from gateflow.theory.network.network import Network
from gateflow.theory.network.scalar_parts import scalar_parts
from gateflow.theory.parameters import parameter


@dataclass(frozen=True)
class Drifts:
    """t (T,); for each law, its drift as predicted from the flow and as seen under descent, population and batches.

    predicted, seen (laws, S, T): trace of Q less its start; errors (laws, S): largest error of the whole matrix at the
    end, relative to the drift of a member; noise, scatter (laws, S): what batches add to the trace at the end,
    predicted and seen; unexplained (laws,): largest part of a drift on batches that the step law does not explain;
    certificate, reduced:
    how many laws
    there are, at the sizes of a network small enough.
    """

    t: Array
    predicted: Array
    seen: Array
    errors: Array
    noise: Array
    scatter: Array
    unexplained: Array
    certificate: Certificate
    reduced: Network


@dataclass(frozen=True)
class Laws(NetworkExperiment[Drifts]):
    """The flow with its predicted drifts, and descent on population and batches."""

    source = "derivations pair-law and step-law; Marcotte, Gribonval, Peyré 2023 for the count"
    position = 20
    cost = "10 s"
    example = "deep --batch-size 10"

    batch_size: int = parameter(20, "inputs of a batch", MANY)

    def simulate(self) -> Drifts:
        """Integrate the flow with its predictions, and descend twice."""
        laws, flow = conservation_laws(self.network), Flow(self.network)
        run = integrate(self.network, self.tasks, self.schedule, self.start, t_eval=self._times())
        if not laws:
            # One factor shares nothing with another.
            none = np.zeros((0, self.seeds, len(run.t) + 1))
            return Drifts(run.t, none, none, *4 * (none[..., 0],), *self._certificate())
        predicted = [np.zeros((self.seeds, len(run.t), law.n_shared, law.n_hidden, law.n_hidden)) for law in laws]
        noise = [np.zeros((self.seeds, len(run.t))) for _ in laws]
        for n, task in enumerate(run.task):
            state, loss = tuple(theta[:, n] for theta in run.factors), self.tasks[task].loss
            assert isinstance(loss, SquaredLoss)
            forces = flow.forces(state, loss.downhill(flow.map(state)))
            velocity = self._velocity(flow, state, forces)
            held = tuple(force - factor.tau * speed for force, factor, speed in
                         zip(forces, self.network.factors, velocity, strict=True))
            for law, rate, share in zip(laws, predicted, noise, strict=True):
                rate[:, n] = step_drift(law, state, velocity, held, self.dt)
                share[:, n] = _trace(batch_drift(law, flow, state, loss, self.batch_size, self.dt))
        total = [self._integral(run.t, rate) for rate in predicted]
        added = [self._integral(run.t, rate)[:, -1] for rate in noise]
        seen, ends, _ = self._descended(laws, "population", run.t)
        _, noisy, unexplained = self._descended(laws, "gaussian", run.t)
        ended = [whole[:, -1] for whole in total]
        return Drifts(
            run.t, np.stack([_trace(whole) for whole in total]), np.stack([_trace(whole) for whole in seen]),
            np.stack([_norm(end - other) / np.maximum(_norm(end).mean(), 1e-300)
                      for end, other in zip(ends, ended, strict=True)]),
            np.stack(added), np.stack([_trace(end - other) for end, other in zip(noisy, ends, strict=True)]),
            unexplained, *self._certificate())

    def _velocity(self, flow: Flow, state: tuple[Array, ...], forces: tuple[Array, ...]) -> tuple[Array, ...]:
        """Velocity with what is held at a bound, or pushed back to it, standing still."""
        slopes, speeds = flow.cost_gradients(state), []
        for factor, theta, force, slope in zip(self.network.factors, state, forces, slopes, strict=True):
            net = force - slope
            if factor.kinked:
                at = np.abs(theta - factor.kink) < 1e-12
                net = np.where(at & ((net < 0) | ~np.array(factor.hard)), 0.0, net)
            speeds.append(net / factor.tau)
        return tuple(speeds)

    def _times(self) -> Array:
        """Times between steps of descent, many a block."""
        bounds = self.schedule.bounds
        steps = max(1, int(self.tau_block / self.dt / 250)) * self.dt
        return np.concatenate([np.arange(start, end - steps / 2, steps) for start, end in pairwise(bounds)])

    def _integral(self, t: Array, rate: Array) -> Array:
        """Integral up to each time, and to the end, of a rate (S, T, …): rates jump where tasks change."""
        grown, block = np.zeros((len(rate), len(t) + 1, *rate.shape[2:])), self.schedule.block(t)
        for number, end in enumerate(self.schedule.bounds[1:]):
            inside = np.flatnonzero(block == number)
            times = np.append(t[inside], end)
            # The last rate of a block stands for its end.
            values = np.concatenate([rate[:, inside], rate[:, inside[-1:]]], axis=1)
            part = scipy.integrate.cumulative_trapezoid(values, times, axis=1, initial=0)
            grown[:, np.append(inside, inside[-1] + 1)] = grown[:, inside[:1]] + part
        return grown

    def _descended(self, laws: tuple[Law, ...], inputs: str, t: Array) -> tuple[list[Array], list[Array], Array]:
        """Drift of Q under descent at the times and the end, at the end, and what the step law leaves unexplained."""
        first = [law.matrix(self.start) for law in laws]
        wanted = np.append(np.rint(t / self.dt).astype(int), -1)
        drifts: list[list[Array]] = [[] for _ in laws]
        explained: list[Array] = [np.zeros_like(Q) for Q in first]
        after = self.start
        for step in descent_steps(self.network, self.tasks, self.schedule, self.start, dt=self.dt, inputs=inputs,
                                  batch_size=self.batch_size, rng=self.streams(Purpose.INPUTS)):
            if inputs == "population" and step.number == wanted[len(drifts[0])]:
                for law, Q, drift in zip(laws, first, drifts, strict=True):
                    drift.append(law.matrix(step.before) - Q)
            if inputs != "population":
                explained = [total + step_change(law, step.before, step.after, step.forces, self.dt)
                             for law, total in zip(laws, explained, strict=True)]
            after = step.after
        ends = [law.matrix(after) - Q for law, Q in zip(laws, first, strict=True)]
        left = np.array([np.abs(end - total).max() for end, total in zip(ends, explained, strict=True)])
        return [np.stack([*drift, end], axis=1) for drift, end in zip(drifts, ends, strict=True)], ends, left

    def _certificate(self) -> tuple[Certificate, Network]:
        """The count at the network's own sizes, or at smaller ones where these are too large."""
        network, most = self.network, max(self.network.sizes.values())
        while network.n_parameters > MOST_PARAMETERS // 2 and most > 1:
            most -= 1
            network = Network(network.spec, network.factors, {i: min(n, most) for i, n in self.network.sizes.items()})
        return count_laws(network), network

    def rows(self, result: Drifts) -> Iterator[Row]:
        """How many laws there are, and each law's drift."""
        found, sizes = result.certificate, ",".join(f"{i}={n}" for i, n in result.reduced.sizes.items())
        known = scalar_parts(result.reduced)
        claimed = found.complete is not None and not known
        yield make_row(f"independent laws at {sizes}: {found.verdict}", "exact",
                       theory=found.parameters - found.dimension,
                       simulation=found.independent, error=found.parameters - found.dimension - found.independent,
                       tolerance=0.0 if claimed else float("nan"))
        for n, law in enumerate(conservation_laws(self.network)):
            worst = float(result.errors[n].max())
            yield make_row(f"{law.key}: drift under steps, whole matrix, relative error", "limit", error=worst,
                           tolerance=0.05)
            if self.seeds > 1:
                yield mean_row(f"{law.key}: what batches of {self.batch_size} add to the drift of the trace",
                               result.noise[n],
                               result.scatter[n], 0.05 * float(np.abs(result.noise[n]).mean()))
            yield bound_row(f"{law.key}: drift on batches that the step law leaves unexplained",
                            float(result.unexplained[n]), 1e-12)


def _trace(Q: Array) -> Array:
    """Trace over hidden units, summed over shared values, of (..., s, h, h)."""
    return np.asarray(np.trace(Q, axis1=-2, axis2=-1).sum(axis=-1))


def _norm(Q: Array) -> Array:
    """Norm of all entries of (S, s, h, h)."""
    return np.asarray(np.sqrt(np.sum(Q**2, axis=(-3, -2, -1))))


EXPERIMENT = Laws
