"""Do gates find the labeling where the readout is not linear?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare.rows import Row, bound_row, half_width, make_row, order_row
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.digit_readout import (
    CLASSES,
    RELABELINGS,
    DigitPurpose,
    PrincipalAxes,
    ReadoutRun,
    Whitening,
    convolutional_features,
    labelings,
    linear_teachers,
    second_moment,
    tenfold,
    train_readout,
)
from gateflow.sim.gated.integration import integrate
from gateflow.sim.training.experiment import TrainedExperiment
from gateflow.sim.training.images import DIGITS, digits
from gateflow.sim.training.loop import Descent
from gateflow.theory.checks import BLOCKS, MANY, SCALE, Array, Range
from gateflow.theory.gated.model import GatedModel, GateRegulariser, flexible, forgetful
from gateflow.theory.parameters import parameter

SETTINGS = ("flexible", "forgetful")
# Time constant of the weights, in blocks; steps of a block; digits of a step; updates of the convolutional network.
TAU_W, STEPS, BATCH, CONVOLUTION = 0.13, 250, 100, 200
# NTA's figure 7: time constants of weights and gates, length of a block, step, and scale of weights times √units.
SCALES = ("white", "published")
NTA_SLOW, NTA_FAST, NTA_BLOCK, NTA_DT, NTA_SCALE = 1000.0, 0.5, 100.0, 0.1, 1e-4
# Times in a block at which accuracy is measured, as shares of it.
SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.996)


@dataclass(frozen=True, eq=False)
class DigitReadoutRuns:
    """By setting, S readouts: gates (2, S, steps + 1, P), accuracy (2, S, blocks, shares), gates of the linear network
    that theory puts beside, theory (2, S, blocks · 20, P), and its accuracy at the
    ends of blocks, theory_accuracy (2, S, blocks). conserved (2,): largest drift of Q_12 without costs as a
    share of its parts, at a step and half of it; moved: largest change of the contrast in a step with both gates
    positive, flexible setting, likewise; overlap: cosine of the linear teachers."""

    gates: Array
    accuracy: Array
    theory: Array
    theory_accuracy: Array
    conserved: Array
    moved: float
    overlap: float


@dataclass(frozen=True)
class DigitReadout(TrainedExperiment[DigitReadoutRuns]):
    """A gated readout of convolutional features of digits under two labelings, by cross-entropy."""

    source = "NTA, figures 7 and A15; derivations conserved-quantities and ratchet"
    position = 200
    packages = ("jax", "optax", "mlxtend", "sklearn")
    cost = "half a minute"
    example = "--quick"

    digit_blocks: int = parameter(20, "blocks of a labeling", Range(2, BLOCKS.high, whole=True))
    gate_speed: float = parameter(2.0, "how much faster gates are than in the default setting", SCALE)
    digit_updates: int = parameter(CONVOLUTION, "updates of the convolutional network", MANY)
    digit_setting: str = parameter("white", "white features at the default time constants, or NTA's own", SCALES)
    relabeling: str = parameter("even first", "the second labels", tuple(RELABELINGS))
    digit_images: str = parameter("mnist", "which digits", DIGITS)

    @property
    def steps(self) -> int:
        """Of a block."""
        return STEPS if self.digit_setting == "white" else int(NTA_BLOCK / NTA_DT)

    def models(self, strength: float, d_in: int) -> dict[str, GatedModel]:
        """Both settings: the default one, scaled to teachers of squared norm strength which count a tenth, or NTA's."""
        if self.digit_setting != "white":
            times: dict[str, Any] = {"tau_w": NTA_SLOW, "tau_block": NTA_BLOCK}
            costs = GateRegulariser(1, norm_strength=0.5, nonneg_strength=0.5)
            return {"flexible": GatedModel(d_in, CLASSES, **times, tau_c=NTA_FAST, regulariser=costs),
                    "forgetful": GatedModel(d_in, CLASSES, **times, tau_c=NTA_SLOW)}
        scale = strength / 0.5 / CLASSES
        plain, cost = flexible(), flexible().regulariser
        costs = GateRegulariser(1, norm_strength=cost.norm_strength * scale,
                                nonneg_strength=cost.nonneg_strength * scale)
        quick = GatedModel(d_in, CLASSES, tau_w=TAU_W, tau_c=plain.tau_c * scale / self.gate_speed, regulariser=costs)
        return {"flexible": quick,
                "forgetful": forgetful(d_in=d_in, d_out=CLASSES, tau_w=TAU_W, tau_c=TAU_W * scale * CLASSES)}

    def simulate(self) -> DigitReadoutRuns:
        """Train the convolutional network once, then readouts in both settings, and integrate their linear twins."""
        parts = digits(self.stream(DigitPurpose.SPLIT), self.digit_images)
        features = convolutional_features(parts, self.seed, Descent(steps=self.digit_updates, rate=0.003), 64)
        axes = Whitening.of(features[0]) if self.digit_setting == "white" else PrincipalAxes.of(features[0])
        shown, asked = ((axes(features[k]), labelings(parts[k].labels, self.relabeling)) for k in (0, 2))
        covariance = None if self.digit_setting == "white" else second_moment(shown[0])
        teachers = linear_teachers(*shown, covariance)
        weighted = teachers if covariance is None else teachers @ covariance
        S, d = self.networks, shown[0].shape[1]
        scale = 0.01 / np.sqrt(d) if covariance is None else NTA_SCALE / np.sqrt(features[0].shape[1])
        W0 = np.stack([scale * rng.standard_normal((2, CLASSES, d)) for rng in self.streams(DigitPurpose.WEIGHTS)[:S]])
        models = self.models(float(np.mean(np.sum(teachers * weighted, axis=(1, 2)))), d)

        def run(name: str, finer: int, blocks: int) -> ReadoutRun:
            return train_readout(models[name], shown, asked, W0, self.streams(DigitPurpose.BATCHES)[:S], blocks=blocks,
                                 steps=finer * self.steps, batch=BATCH,
                                 samples=np.rint(finer * self.steps * np.array(SHARES)).astype(int))

        runs = {name: run(name, 1, self.digit_blocks) for name in SETTINGS}
        drift = [float((np.abs(each.conserved - each.conserved[:, :1]).max(axis=1) / each.size).mean())
                 for each in (run("forgetful", finer, 2) for finer in (1, 2))]
        theory = [self._linear(models[name], teachers, W0, covariance, asked) for name in SETTINGS]
        bounded = runs["flexible"]
        # A gate below its soft bound may lower the contrast a little.
        free = (bounded.c[:, :-1] > 0).all(axis=-1) & (bounded.c[:, 1:] > 0).all(axis=-1)
        moved = np.where(free, np.abs(np.diff(bounded.contrast, axis=1)), 0.0).max(axis=1) / bounded.size
        return DigitReadoutRuns(
            np.stack([runs[name].c for name in SETTINGS]), np.stack([runs[name].accuracy for name in SETTINGS]),
            np.stack([each[0] for each in theory]), np.stack([each[1] for each in theory]), np.array(drift),
            float(moved.max()),
            float(np.sum(teachers[0] * weighted[1]) / np.sum(teachers[0] * weighted[0])))

    def _linear(self, model: GatedModel, teachers: Array, W0: Array, covariance: Array | None,
                asked: tuple[Array, NDArray[np.int64]]) -> tuple[Array, Array]:
        """Gates (S, T, P) of the linear network that the readout is near equal probabilities, and its accuracy at the
        ends of blocks (S, blocks)."""
        t = np.linspace(0, self.digit_blocks * model.tau_block, 20 * self.digit_blocks, endpoint=False)
        run = integrate(tenfold(model), teachers, Curriculum.cyclic(2, self.digit_blocks, model.tau_block), W0=W0,
                        c0=np.full((len(W0), 2), 0.5), t_eval=t, rtol=1e-6, covariance=covariance)
        said = np.einsum("nd,sbp,sbpkd->sbnk", asked[0], run.c_block, run.W_block, optimize=True).argmax(axis=-1)
        return run.c, (said == asked[1][np.arange(self.digit_blocks) % 2]).mean(axis=-1)

    def rows(self, result: DigitReadoutRuns) -> Iterator[Row]:
        """Laws that hold for any loss; then how far the linear network goes, and what gates are good for."""
        yield order_row("no costs: order of the drift of Q₁₂ in the step", *result.conserved)
        yield bound_row("flexible, gates positive: change of the contrast in a step, as a share of its parts",
                        result.moved, self._step_effect(), "limit")
        yield make_row("cosine of the linear teachers of both labelings", "observation", simulation=result.overlap,
                       error=float("nan"))
        apart, predicted = (np.abs(c[..., 0] - c[..., 1]) for c in (result.gates, result.theory))
        for i, name in enumerate(SETTINGS):
            yield _seen(f"{name}: |c¹ − c²| at the end, beside the linear network", apart[i, :, -1],
                        float(predicted[i, :, -1].mean()))
            yield _seen(f"{name}: blocks until |c¹ − c²| is ½, beside the linear network",
                        self._until(apart[i], 1 / self.steps), float(np.mean(self._until(predicted[i], 1 / 20))))
            yield _seen(f"{name}: accuracy at the end of the last blocks", result.accuracy[i, :, -2:, -1].mean(axis=1),
                        float(result.theory_accuracy[i, :, -2:].mean()))
        at = SHARES.index(0.2)
        late = result.accuracy[:, :, -4:, at].mean(axis=2)
        yield _seen("accuracy a fifth into the last blocks, flexible less forgetful", late[0] - late[1])

    def _step_effect(self) -> float:
        """Second order of a step, by the time constant that is faster."""
        return (TAU_W * STEPS) ** -2 if self.digit_setting == "white" else (NTA_DT / NTA_FAST) ** 2

    def _until(self, apart: Array, step: float) -> Array:
        """Blocks until gates (S, T) are ½ apart; the whole time where they never are."""
        return np.where((apart > 0.5).any(axis=1), (apart > 0.5).argmax(axis=1) * step, float(self.digit_blocks))


def _seen(quantity: str, values: Array, theory: float = float("nan")) -> Row:
    mean = float(values.mean())
    return make_row(quantity, "observation", theory=theory, simulation=mean, half=half_width(values),
                    error=abs(mean - theory))


EXPERIMENT = DigitReadout
