"""Do gates find the labeling where the readout is not linear?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateflow.sim.compare.rows import Row, bound_row, half_width, make_row, order_row
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.digit_readout import (
    CLASSES,
    DigitPurpose,
    ReadoutRun,
    Whitening,
    convolutional_features,
    labelings,
    linear_teachers,
    train_readout,
)
from gateflow.sim.gated.integration import integrate
from gateflow.sim.training.experiment import TrainedExperiment
from gateflow.sim.training.extra import check_installed
from gateflow.sim.training.images import digits
from gateflow.sim.training.loop import Descent
from gateflow.theory.checks import COUNT, POSITIVE, Array, Range
from gateflow.theory.gated.model import GatedModel, GateRegulariser, flexible, forgetful
from gateflow.theory.parameters import parameter

SETTINGS = ("flexible", "forgetful")
# Time constant of the weights, in blocks; steps of a block; digits of a step; updates of the convolutional network.
TAU_W, STEPS, BATCH, CONVOLUTION = 0.13, 250, 100, 200
# Times in a block at which accuracy is measured, as shares of it.
SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.996)


@dataclass(frozen=True, eq=False)
class DigitReadoutRuns:
    """By setting, S readouts: gates (2, S, steps + 1, P), accuracy (2, S, blocks, shares), gates of the linear network
    that theory puts beside, theory (2, S, blocks · 20, P). conserved (2,): largest drift of Q_12 without costs as a
    share of its parts, at a step and half of it; moved: largest change of the contrast in a step with both gates
    positive, flexible setting, likewise; overlap: cosine of the linear teachers."""

    gates: Array
    accuracy: Array
    theory: Array
    conserved: Array
    moved: float
    overlap: float


@dataclass(frozen=True)
class DigitReadout(TrainedExperiment[DigitReadoutRuns]):
    """A gated readout of convolutional features of digits under two labelings, by cross-entropy."""

    source = "NTA, figures 7 and A15; derivations conserved-quantities and ratchet"
    position = 200
    cost = "half a minute"
    example = "--quick"

    digit_blocks: int = parameter(20, "blocks of a labeling", Range(2, whole=True))
    gate_speed: float = parameter(2.0, "how much faster gates are than in the default setting", POSITIVE)
    digit_updates: int = parameter(CONVOLUTION, "updates of the convolutional network", COUNT)

    def models(self, strength: float, d_in: int) -> dict[str, GatedModel]:
        """Both settings for teachers of squared norm strength, which count a tenth: those of the default setting."""
        scale = strength / 0.5 / CLASSES
        plain, cost = flexible(), flexible().regulariser
        costs = GateRegulariser(1, norm_strength=cost.norm_strength * scale,
                                nonneg_strength=cost.nonneg_strength * scale)
        quick = GatedModel(d_in, CLASSES, tau_w=TAU_W, tau_c=plain.tau_c * scale / self.gate_speed, regulariser=costs)
        return {"flexible": quick,
                "forgetful": forgetful(d_in=d_in, d_out=CLASSES, tau_w=TAU_W, tau_c=TAU_W * scale * CLASSES)}

    def simulate(self) -> DigitReadoutRuns:
        """Train the convolutional network once, then readouts in both settings, and integrate their linear twins."""
        check_installed()
        parts = digits(self.stream(DigitPurpose.SPLIT))
        features = convolutional_features(parts, self.seed, Descent(steps=self.digit_updates, rate=0.003), 64)
        white = Whitening.of(features[0])
        shown, asked = ((white(features[k]), labelings(parts[k].labels)) for k in (0, 2))
        teachers = linear_teachers(*shown)
        strength = float(np.mean(np.sum(teachers**2, axis=(1, 2))))
        S, d = self.networks, shown[0].shape[1]
        W0 = np.stack([0.01 / np.sqrt(d) * rng.standard_normal((2, CLASSES, d))
                       for rng in self.streams(DigitPurpose.WEIGHTS)[:S]])

        def run(model: GatedModel, steps: int, blocks: int) -> ReadoutRun:
            return train_readout(model, shown, asked, W0, self.streams(DigitPurpose.BATCHES)[:S], blocks=blocks,
                                 steps=steps, batch=BATCH, samples=np.rint(steps * np.array(SHARES)).astype(int))

        models = self.models(strength, d)
        runs = {name: run(models[name], STEPS, self.digit_blocks) for name in SETTINGS}
        finer = run(models["forgetful"], 2 * STEPS, self.digit_blocks)
        drift = [float((np.abs(each.conserved - each.conserved[:, :1]).max(axis=1) / each.size).mean())
                 for each in (runs["forgetful"], finer)]
        t = np.linspace(0, self.digit_blocks, 20 * self.digit_blocks, endpoint=False)
        theory = [integrate(_tenfold(models[name]), teachers, Curriculum.cyclic(2, self.digit_blocks), W0=W0,
                            c0=np.full((S, 2), 0.5), t_eval=t, rtol=1e-6).c for name in SETTINGS]
        bounded = runs["flexible"]
        # A gate below its soft bound may lower the contrast a little.
        free = (bounded.c[:, :-1] > 0).all(axis=-1) & (bounded.c[:, 1:] > 0).all(axis=-1)
        moved = np.where(free, np.abs(np.diff(bounded.contrast, axis=1)), 0.0).max(axis=1) / bounded.size
        return DigitReadoutRuns(
            np.stack([runs[name].c for name in SETTINGS]), np.stack([runs[name].accuracy for name in SETTINGS]),
            np.stack(theory), np.array(drift), float(moved.max()),
            float(np.sum(teachers[0] * teachers[1]) / strength))

    def rows(self, result: DigitReadoutRuns) -> Iterator[Row]:
        """Laws that hold for any loss; then how far the linear network goes, and what gates are good for."""
        yield order_row("no costs: order of the drift of Q₁₂ in the step", *result.conserved)
        yield bound_row("flexible, gates positive: change of the contrast in a step, as a share of its parts",
                        result.moved, (TAU_W * STEPS) ** -2, "limit")
        yield make_row("cosine of the linear teachers of both labelings", "observation", simulation=result.overlap,
                       error=float("nan"))
        apart, predicted = (np.abs(c[..., 0] - c[..., 1]) for c in (result.gates, result.theory))
        for i, name in enumerate(SETTINGS):
            yield _seen(f"{name}: |c¹ − c²| at the end, beside the linear network", apart[i, :, -1],
                        float(predicted[i, :, -1].mean()))
            yield _seen(f"{name}: blocks until |c¹ − c²| is ½, beside the linear network",
                        self._until(apart[i], 1 / STEPS), float(np.mean(self._until(predicted[i], 1 / 20))))
            yield _seen(f"{name}: accuracy at the end of the last blocks", result.accuracy[i, :, -2:, -1].mean(axis=1))
        at = SHARES.index(0.2)
        late = result.accuracy[:, :, -4:, at].mean(axis=2)
        yield _seen("accuracy a fifth into the last blocks, flexible less forgetful", late[0] - late[1])

    def _until(self, apart: Array, step: float) -> Array:
        """Blocks until gates (S, T) are ½ apart; the whole time where they never are."""
        return np.where((apart > 0.5).any(axis=1), (apart > 0.5).argmax(axis=1) * step, float(self.digit_blocks))


def _tenfold(model: GatedModel) -> GatedModel:
    """The linear network's time constants and costs, where its loss counts a tenth."""
    cost = model.regulariser
    costs = GateRegulariser(cost.norm, norm_strength=CLASSES * cost.norm_strength,
                            nonneg_strength=CLASSES * cost.nonneg_strength)
    return GatedModel(model.d_in, model.d_out, tau_w=CLASSES * model.tau_w, tau_c=CLASSES * model.tau_c,
                      regulariser=costs)


def _seen(quantity: str, values: Array, theory: float = float("nan")) -> Row:
    mean = float(values.mean())
    return make_row(quantity, "observation", theory=theory, simulation=mean, half=half_width(values),
                    error=abs(mean - theory))


EXPERIMENT = DigitReadout
