"""What does a trained network hold on to while nothing is shown?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, bound_row
from gateflow.sim.disentangle.attractor import advance, find_attractor
from gateflow.sim.disentangle.geometry import linear_decoder, r_squared
from gateflow.sim.disentangle.scores import states_of, train_members
from gateflow.sim.disentangle.setting import observed_row
from gateflow.sim.disentangle.trained import EvidenceNetworks, Purpose, Setting
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.tasks import VARIANCE
from gateflow.theory.disentangle.time import shrunk_r2

# Steps without stimulus after which states are read; tasks of the networks; states from which Newton's method starts.
DELAYS, N_TASKS, STARTS = (0, 1, 2, 5, 10, 20, 50), 24, 100
# Eigenvalues that are kept, and states for the picture.
_KEPT, _SHOWN = 5, 400


@dataclass(frozen=True, eq=False)
class AttractorRuns:
    """Of S networks. found (S,): fixed points; moved (S,): largest distance that one moves in a step, as a share of the
    states; moduli (S, 5): median moduli of the largest eigenvalues at the ends of trials; decoded (S, delays): r² of
    the latent state after steps without stimulus. projected (S, n, 2): states in their first two principal components;
    drifted (S, n, 2): the same after fifty steps; latents (S, n, 2); points (S, 2): a fixed point there, or NaN."""

    found: Array
    moved: Array
    moduli: Array
    decoded: Array
    projected: Array
    drifted: Array
    latents: Array
    points: Array


@dataclass(frozen=True)
class Attractors(EvidenceNetworks[AttractorRuns]):
    """Recurrent networks after a trial, with the stimulus off and fixation on."""

    source = "DIS, figure 3d"
    position = 210
    cost = "half a minute with --quick; a minute and a half without; what is trained is kept"
    example = "--quick"

    def jobs(self) -> Sequence[Job]:
        """All networks together."""
        return [Job(type(self).simulate, (self,))]

    def gather(self, results: Sequence[Any]) -> AttractorRuns:
        """What the one job gave."""
        runs: AttractorRuns = results[0]
        return runs

    def simulate(self) -> AttractorRuns:
        """Train, show trials, and let states run on."""
        setting = Setting("rnn", N_TASKS, 2, self.sigma, self.duration, targets=self.targets)
        trained = train_members(setting, self.seed, self.networks, self.descent("rnn"), self.batch)
        runs = []
        for k, weights in enumerate(trained):
            drawn = setting.task(self.seed, k).draw(self.trials, self.stream(Purpose.TRIALS, 1, k))
            # The last step of the stimulus; the decision follows.
            Z = states_of("rnn", weights, drawn.inputs)[:, -2]
            attractor, decoder = find_attractor(weights, Z[:STARTS]), linear_decoder(Z, drawn.x)
            middle = Z.mean(axis=0)
            axes = np.linalg.svd(Z - middle, full_matrices=False)[2][:2].T
            later, points = advance(weights, Z[:_SHOWN], DELAYS[-1]), attractor.points
            moves = np.linalg.norm(advance(weights, points, 1) - points, axis=1) / np.linalg.norm(Z, axis=1).mean()
            runs.append(AttractorRuns(
                np.array(len(points)), np.array(moves.max(initial=0.0)),
                np.median(attractor.slowest[:, :_KEPT], axis=0),
                np.array([r_squared(drawn.x, decoder.predict(advance(weights, Z, t)), VARIANCE) for t in DELAYS]),
                (Z[:_SHOWN] - middle) @ axes, (later - middle) @ axes, drawn.x[:_SHOWN],
                (points[0] - middle) @ axes if len(points) else np.full(2, np.nan)))
        return AttractorRuns(*(np.stack([getattr(run, field.name) for run in runs]) for field in fields(AttractorRuns)))

    def rows(self, result: AttractorRuns) -> Iterator[Row]:
        """Fixed points are fixed; then spectrum and drift."""
        yield bound_row("fixed points: distance moved in a step, as a share of the states", float(result.moved.max()),
                        1e-8)
        yield observed_row("fixed points found", float("nan"), result.found.astype(float))
        # A sheet on which states stay has two moduli of 1.
        for j, (where, still) in enumerate((("along the sheet, slower", 1.0), ("along the sheet, faster", 1.0),
                                            ("across the sheet", float("nan")))):
            yield observed_row(f"modulus of the eigenvalue, {where}", still, result.moduli[:, j])
        best = float(shrunk_r2(self.sigma_t**2))
        for j, t in enumerate(DELAYS):
            yield observed_row(f"r² after {t} steps without stimulus, beside a state that stays", best,
                               result.decoded[:, j])


EXPERIMENT = Attractors
