"""Do gates find the labeling where features are trained with them?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, half_width, make_row, order_row
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.digit_network import EndToEnd, train_end_to_end
from gateflow.sim.gated.digit_readout import (
    CLASSES,
    FEATURES,
    DigitPurpose,
    PrincipalAxes,
    labelings,
    linear_teachers,
    second_moment,
    tenfold,
)
from gateflow.sim.gated.experiments.digit_readout import SETTINGS
from gateflow.sim.gated.integration import integrate
from gateflow.sim.training.experiment import TrainedExperiment
from gateflow.sim.training.extra import jax
from gateflow.sim.training.images import Digits, digits
from gateflow.sim.training.loop import member_keys
from gateflow.theory.checks import BLOCKS, MANY, Array, InputError, Range
from gateflow.theory.gated.model import GatedModel, GateRegulariser
from gateflow.theory.parameters import parameter

# In steps: time constants of the readout, of gates, and of the network below; digits of a step, steps between looks.
TAU_W, TAU_C, TAU_NET, BATCH, CHUNK = 100.0, 2.0, 300.0, 50, 8
_COSTS = GateRegulariser(1, norm_strength=0.5, nonneg_strength=0.5)
_QUICK_BLOCKS = 5


@dataclass(frozen=True, eq=False)
class DigitNetworkRuns:
    """By setting, S networks: gates (2, S, steps + 1, 2), accuracy (2, S, blocks, chunks); linear (2, 2, S, T, 2):
    gates of the linear network of the features before training, and after it; q, balance (2,): largest drift of Q_12,
    and of the balance of hidden units, without costs, as a share of its parts, at a step and half of it."""

    gates: Array
    accuracy: Array
    linear: Array
    q: Array
    balance: Array


@dataclass(frozen=True)
class DigitNetwork(TrainedExperiment[DigitNetworkRuns]):
    """A convolutional network with a gated readout, trained end to end on two labelings of digits."""

    source = "NTA, figure 7 (trained end to end: ours); derivations pair-law and ratchet"
    position = 201
    packages = ("jax", "optax", "mlxtend", "sklearn")
    cost = "two minutes"
    example = "--quick"

    end_blocks: int = parameter(7, "blocks of a labeling for the whole network", Range(2, BLOCKS.high, whole=True))
    end_steps: int = parameter(80, "its steps of a block, a multiple of 8", MANY)

    def __post_init__(self) -> None:
        """Check that records of a block are whole."""
        super().__post_init__()
        if self.end_steps % CHUNK:
            raise InputError(f"end_steps must be a multiple of {CHUNK}, got {self.end_steps}")

    @property
    def blocks(self) -> int:
        """Of a labeling."""
        return min(self.end_blocks, _QUICK_BLOCKS) if self.quick else self.end_blocks

    @property
    def networks(self) -> int:
        """Of a setting."""
        return min(self.seeds, 2 if self.quick else 3)

    def model(self, name: str) -> GatedModel:
        """The readout; time runs in steps."""
        quick = name == SETTINGS[0]
        return GatedModel(FEATURES, CLASSES, tau_w=TAU_W, tau_c=TAU_C if quick else TAU_W,
                          tau_block=float(self.end_steps), regulariser=_COSTS if quick else GateRegulariser())

    def jobs(self) -> Sequence[Job]:
        """A network each, and the laws of one without costs."""
        kind = type(self)
        return [*(Job(kind.trained, (self, name, member), 5.0) for name in SETTINGS for member in range(self.networks)),
                *(Job(kind.laws, (self, finer), 2.0 * finer) for finer in (1, 2))]

    def gather(self, results: Sequence[Any]) -> DigitNetworkRuns:
        """By setting."""
        S = self.networks
        gates, accuracy, linear = (np.stack(part).reshape(2, S, *part[0].shape)
                                   for part in zip(*results[:2 * S], strict=True))
        return DigitNetworkRuns(gates, accuracy, linear.swapaxes(1, 2), *np.array(results[2 * S:]).T)

    def _digits(self) -> tuple[Digits, NDArray[np.int64], Digits, NDArray[np.int64]]:
        shown, _, asked = digits(self.stream(DigitPurpose.SPLIT))
        return shown, labelings(shown.labels), asked, labelings(asked.labels)

    def _readout(self, member: int) -> Array:
        return 1e-3 * self.streams(DigitPurpose.WEIGHTS)[member].standard_normal((2, CLASSES, FEATURES))

    def _run(self, name: str, member: int, blocks: int, finer: int) -> EndToEnd:
        key = jax.random.wrap_key_data(jax.numpy.asarray(member_keys(self.seed, DigitPurpose.CONVOLUTION, [member])[0]))
        return train_end_to_end(self.model(name), *self._digits(), self._readout(member), key, tau_net=TAU_NET,
                                blocks=blocks, steps=finer * self.end_steps, batch=BATCH, chunk=finer * CHUNK)

    def trained(self, name: str, member: int) -> tuple[Array, Array, Array]:
        """Gates and accuracy of one network, and the gates of its linear networks (2, T, 2)."""
        run = self._run(name, member, self.blocks, 1)
        linear = [self._linear(name, features, member) for features in (run.before, run.after)]
        return run.c, run.accuracy, np.stack(linear)

    def laws(self, finer: int) -> tuple[float, float]:
        """Drifts of Q_12 and of the balance without costs, as a share, over two blocks."""
        run = self._run(SETTINGS[1], 0, 2, finer)
        q, balance = (np.abs(each - each[0]).max() for each in (run.conserved, run.balance))
        return float(q / run.size), float(balance / run.weight)

    def _linear(self, name: str, features: Array, member: int) -> Array:
        axes = PrincipalAxes.of(features, 1e-5)
        f, model = axes(features), self.model(name)
        covariance, W0 = second_moment(f), self._readout(member) @ axes.axes
        teachers = linear_teachers(f, self._digits()[1], covariance)
        t = np.linspace(0, self.blocks * model.tau_block, 20 * self.blocks, endpoint=False)
        small = GatedModel(f.shape[1], CLASSES, tau_w=model.tau_w, tau_c=model.tau_c, tau_block=model.tau_block,
                           regulariser=model.regulariser)
        return integrate(tenfold(small), teachers, Curriculum.cyclic(2, self.blocks), W0=W0[None],
                         c0=np.full((1, 2), 0.5), t_eval=t, rtol=1e-6, covariance=covariance).c[0]

    def rows(self, result: DigitNetworkRuns) -> Iterator[Row]:
        """Laws that hold whatever features do, how far the linear network goes, and what gates are good for."""
        yield order_row("no costs: order of the drift of Q₁₂ in the step, features learning", *result.q)
        yield order_row("no costs: order of the drift of the balance of hidden units in the step", *result.balance)
        apart, linear = (np.abs(c[..., 0] - c[..., 1]) for c in (result.gates, result.linear))
        for i, name in enumerate(SETTINGS):
            for k, when in enumerate(("before", "after")):
                yield _seen(f"{name}: |c¹ − c²| at the end, beside the linear network of features {when} training",
                            apart[i, :, -1], float(linear[i, k, :, -1].mean()))
        early = result.accuracy[:, :, -2:, 1].mean(axis=2)
        for i, name in enumerate(SETTINGS):
            yield _seen(f"{name}: accuracy {CHUNK} steps into the last two blocks", early[i])


def _seen(quantity: str, values: Array, theory: float = float("nan")) -> Row:
    mean = float(values.mean())
    return make_row(quantity, "observation", theory=theory, simulation=mean, half=half_width(values),
                    error=abs(mean - theory))


EXPERIMENT = DigitNetwork
