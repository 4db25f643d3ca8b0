"""What does practice do to the first steps after a switch?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, against_row, make_row
from gateflow.sim.gated.batches import BatchRun, batch_run, join_batches, recorded_steps
from gateflow.sim.gated.curriculum import block_index
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.measures import match_once, similarity, total_alignment
from gateflow.sim.gated.runs import step_allowance
from gateflow.sim.gated.setting import GatedExperiment, Setting
from gateflow.sim.gated.teachers import with_mixtures
from gateflow.sim.gated.trajectory import Trajectory, join
from gateflow.sim.network.engine import follow
from gateflow.sim.network.schedule import whole_block
from gateflow.theory.checks import SCALE, SIZE, Array, InputError
from gateflow.theory.gated.batch_noise import batch_shape, first_passage
from gateflow.theory.gated.invariants import gram_matrix
from gateflow.theory.gated.model import GatedModel, GateRegulariser, forgetful
from gateflow.theory.gated.reduction import reduce_to_teachers
from gateflow.theory.parameters import parameter

# Members of one job.
_TOGETHER = 5
_RTOL = 1e-7
# Share of its way to rest that gates may go in one step for the flow to stand for the steps.
_SHORT = 0.2
# Gates so small are at their bound.
_AT_BOUND = 1e-9


@dataclass(frozen=True)
class MixtureSetting(Setting):
    """Teachers are the halves of two basic ones, A + B, B + C, …, C + A, each."""

    def teachers(self) -> Array:
        """The mixtures (M, d_out, d_in)."""
        basic = self.basic()
        return with_mixtures(basic, (np.eye(len(basic)) + np.roll(np.eye(len(basic)), 1, axis=1)) / 2)[len(basic):]

    def basic(self) -> Array:
        """The basic teachers."""
        return super().teachers()


@dataclass(frozen=True, eq=False)
class Practised:
    """One setting: descent on batches, and the reduced flow from the same start.

    flow_loss (S, n): the flow's loss at the time of every step; flow_alignment (S, K): its total alignment, matched
    once, at the slow records; looks (S, n): shape of the law of a batch's loss. expected: the same steps on the
    expected gradient: what theory says where a step is not short beside the time constants; None where the flow is.
    """

    batches: BatchRun
    flow: Trajectory
    flow_loss: Array
    flow_alignment: Array
    looks: Array
    expected: BatchRun | None = None

    @property
    def ideal_loss(self) -> Array:
        """Loss (S, n) that theory says."""
        return self.expected.loss if self.expected else self.flow_loss

    @property
    def ideal_alignment(self) -> Array:
        """Total alignment (S, K), matched once, that theory says."""
        return self.expected.total_alignment() if self.expected else self.flow_alignment

    def adaptation_times(self, threshold: float, every: int) -> tuple[Array, Array]:
        """Times (S, blocks) to the first batch below the threshold, every so manyth looked at: theory, and seen."""
        run, times = self.batches, []
        for start, end in pairwise(run.starts):
            look = slice(-(-start // every) * every, end, every)
            mean, ever = first_passage(self.ideal_loss[:, look], threshold, shape=self.looks[:, look])
            times.append(np.where(ever > 0.5, mean * every * run.dt, np.nan))
        return np.stack(times, axis=1), run.adaptation_time(threshold, every)

    def after_switch(self, steps: int) -> tuple[Array, Array]:
        """Loss (S, blocks) averaged over the first steps of each block: theory, and of batches."""
        inside = self.batches.starts[:-1, None] + np.arange(steps)
        return self.ideal_loss[:, inside].mean(axis=-1), self.batches.loss[:, inside].mean(axis=-1)

    def flow_speeds(self) -> tuple[Array, Array]:
        """How fast the flow changes all weights, ‖c‖√(2L)/τ_w, and all gates, at its records, (S, K) each."""
        flow, model = self.flow, self.flow.model
        weights = np.linalg.norm(flow.c, axis=-1) * np.sqrt(2 * flow.loss) / model.tau_w
        # ⟨W^p, E⟩ from the coordinates along the teachers and the inner products of the paths.
        force = np.einsum("stpm,tm->stp", flow.a, gram_matrix(flow.W_star)[flow.task]) - np.matvec(flow.gram, flow.c)
        gates = (force - model.regulariser.gradient(flow.c)) / model.tau_c
        held = (np.abs(flow.c) < _AT_BOUND) & (gates < 0)
        return weights, np.linalg.norm(np.where(held & model.regulariser.kinked, 0.0, gates), axis=-1)


def _basic(setting: Setting) -> Array:
    """What paths are aligned with: the teachers that mixtures are made of."""
    return setting.basic() if isinstance(setting, MixtureSetting) else setting.teachers()


def _descended(setting: Setting, inputs: str, first: int, last: int) -> BatchRun:
    return batch_run(setting.model, setting.teachers(), setting.curriculum(), **setting.initial(first, last),
                     dt=setting.dt, batch_size=setting.batch_size, rng=setting.inputs(first, last), inputs=inputs,
                     record_every=setting.record_every, measured=_basic(setting))


def _flowed(setting: Setting, first: int, last: int) -> tuple[Trajectory, Array, Array, Array]:
    """The flow at the slow records; its loss at every step, its alignment there, and ``looks``."""
    teachers, start = setting.teachers(), setting.initial(first, last)
    starts = np.concatenate([[0], np.cumsum(setting.curriculum().resolve(setting.model).steps(setting.dt))])
    records, t = recorded_steps(starts, setting.record_every), np.arange(starts[-1], dtype=np.float64) * setting.dt
    flow = integrate(setting.model, teachers, setting.curriculum(), **start, t_eval=t[records], rtol=_RTOL)
    blocks, span = flow.curriculum, reduce_to_teachers(teachers, start["W0"])
    gates, weights = follow(span.network(setting.model), (start["c0"], span.weights), blocks.tasks,
                            blocks.bounds()[1:], span.targets, times=t, rtol=_RTOL).states
    active = np.array(blocks.tasks)[block_index(t, blocks.bounds())]
    loss = np.square(span.targets[:, active] - np.einsum("stp,stpn->stn", gates, weights)).sum(axis=-1) / 2
    # How errors spread over singular values changes little between the slow records.
    error = np.einsum("stm,mij->stij", np.eye(len(teachers))[flow.task] - np.einsum("stp,stpm->stm", flow.c, flow.a),
                      teachers)
    shape = batch_shape(error, setting.batch_size)[:, np.searchsorted(records, np.arange(starts[-1]), "right") - 1]
    aligned = similarity(span.lift(weights[:, records]), _basic(setting))
    return flow, loss, total_alignment(aligned, match_once(aligned)), shape


@dataclass(frozen=True)
class Practice(GatedExperiment[dict[str, Practised]]):
    """Batch losses, gates and alignment as the published figures record them, beside the reduced flow.

    Blocks have int(τ_B // dt) steps. Along the flow the law of a batch's loss says when one is first below 0.1.
    """

    source = "NTA, figures 2, 8, A14 and A16; derivation exact-reduction"
    position = 20.0
    cost = "10 s"
    example = "--counterpart no-cost --tau-w 0.07 --tau-c 0.01"
    routine = False

    counterpart: str = parameter("slow-gates", "what the forgetful one lacks beside the flexible one: fast gates and "
                                 "costs, or the costs alone", ("slow-gates", "no-cost"))
    tasks: str = parameter("teachers", "what is learned: teachers, or halves of two of them each",
                           ("teachers", "mixtures"))
    threshold: float = parameter(0.1, "loss that counts as adapted", SCALE, unit="loss")
    look_every: int = parameter(1, "steps from one batch that is looked at to the next", SIZE)
    first_steps: int = parameter(5, "steps after a switch over which losses are averaged", SIZE)
    shown_steps: int = parameter(20, "steps after a switch that are drawn", SIZE)

    def __post_init__(self) -> None:
        """Steps that are averaged over lie within a block."""
        super().__post_init__()
        steps = round(whole_block(tau_block=self.tau_block, dt=self.dt) / self.dt)
        if self.first_steps > steps:
            raise InputError(f"first_steps must be at most {steps}, the steps of a block, got {self.first_steps}")

    def models(self) -> dict[str, GatedModel]:
        """The models, whose blocks are whole steps long."""
        models = super().models()
        if "forgetful" in models and self.counterpart == "no-cost":
            like = next(iter(models.values()))
            tau_c = like.tau_c if "flexible" in models else (self.tau_c or forgetful(tau_w=self.tau_w).tau_c)
            models["forgetful"] = replace(like, tau_c=tau_c, regulariser=GateRegulariser())
        return {name: replace(model, tau_block=whole_block(tau_block=model.tau_block, dt=self.dt))
                for name, model in models.items()}

    def settings(self) -> dict[str, Setting]:
        """The settings, with teachers or with their mixtures."""
        settings = super().settings()
        if self.tasks == "mixtures":
            return {name: MixtureSetting(**vars(setting)) for name, setting in settings.items()}
        return settings

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """Descents and flows of a few members each."""
        kinds: dict[str, tuple[Any, ...]] = {
            "batches": (_descended, ("gaussian",), 3.0), "expected": (_descended, ("population",), 2.0),
            "flow": (_flowed, (), 1.0)}
        parts = [(first, min(first + _TOGETHER, self.seeds)) for first in range(0, self.seeds, _TOGETHER)]
        return {(name, kind): [Job(function, (setting, *how, *part), cost) for part in parts]
                for name, setting in self.settings().items() for kind, (function, how, cost) in kinds.items()
                if kind != "expected" or step_allowance(setting.model, self.dt) >= _SHORT}

    def gather(self, results: Sequence[Any]) -> dict[str, Practised]:
        """All runs of every setting."""
        practised = {}
        for name, kinds in self.by_setting(results).items():
            flows, losses, alignments, looks = zip(*kinds["flow"], strict=True)
            expected = join_batches(kinds["expected"]) if "expected" in kinds else None
            practised[name] = Practised(join_batches(kinds["batches"]), join(flows), np.concatenate(losses),
                                        np.concatenate(alignments), np.concatenate(looks), expected)
        return practised

    def rows(self, result: dict[str, Practised]) -> Iterator[Row]:
        """Means over seeds against theory; only observed for single inputs, whose noise is all there is."""
        blocks = sorted({self.blocks // 4, self.blocks // 2, self.blocks - 1})
        for name, runs in result.items():
            step = step_allowance(runs.flow.model, self.dt)
            judged = self.batch_size > runs.flow.model.d_in
            times, losses = runs.adaptation_times(self.threshold, self.look_every), runs.after_switch(self.first_steps)
            for block in blocks:
                yield _row(f"{name}: time to a batch below {self.threshold:g}, block {block + 1}", times, block,
                           step, judged, self.dt * self.look_every)
                yield _row(f"{name}: loss in the first {self.first_steps} steps, block {block + 1}", losses, block,
                           step, judged)
            yield _row(f"{name}: total alignment, matched once, at the end",
                       (runs.ideal_alignment, runs.batches.total_alignment()), -1, step, judged)

    def data(self, result: dict[str, Practised]) -> Mapping[str, Any]:
        """Losses and gates by step, and what is recorded more slowly, by setting."""
        return {f"{name}_{key}": value for name, runs in result.items() for key, value in
                {**{key: getattr(runs.batches, key) for key in ("t", "starts", "loss", "c", "norm", "speed_w",
                                                                 "speed_c")},
                 "flow_loss": runs.flow_loss, "flow_c": runs.flow.c}.items()}


def _row(quantity: str, values: tuple[Array, Array], block: int, step: float, judged: bool, finest: float = 0.0) -> Row:
    """Theory against simulation (S, blocks) in a block."""
    theory, simulation = (value[:, block] for value in values)
    if not (np.isfinite(theory) & np.isfinite(simulation)).any():
        return make_row(quantity, "observation", error=float("nan"))
    row = against_row(quantity, theory, simulation, "limit" if step < _SHORT else "approximation",
                      min(step, 0.25) * float(np.nanmean(np.abs(theory))) + finest)
    return row if judged else replace(row, basis="observation", tolerance=None, holds=None)


EXPERIMENT = Practice
