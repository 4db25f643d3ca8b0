"""The evidence task: trials of fixation, noisy evidence about one latent state, and decisions about many questions."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gateflow.sim.disentangle.encoder import Encoder
from gateflow.sim.disentangle.latents import Latents
from gateflow.sim.disentangle.noise import GaussianNoise, Noise
from gateflow.sim.disentangle.questions import Questions
from gateflow.theory.arguments import check_fields
from gateflow.theory.checks import COUNT, Array, InputError, Range, check_memory
from gateflow.theory.shapes import Shapes


@dataclass(frozen=True)
class Schedule:
    """Steps of a trial: fixation, stimulus (at least 1), decision. Raises InputError."""

    fixation: int = 1
    stimulus: int = 20
    decision: int = 1

    def __post_init__(self) -> None:
        """Check."""
        Range(0, whole=True).check("fixation", self.fixation)
        COUNT.check("stimulus", self.stimulus)
        Range(0, whole=True).check("decision", self.decision)

    @property
    def steps(self) -> int:
        """All steps."""
        return self.fixation + self.stimulus + self.decision

    @property
    def evidence(self) -> slice:
        """Steps of the stimulus."""
        return slice(self.fixation, self.fixation + self.stimulus)



@dataclass(frozen=True, eq=False, repr=False)
class Trials(Shapes):
    """Trials. x: states (trials, D); inputs: (trials, time, inputs), the last one 1 until the decision, then 0, the
    others the evidence (encoded if there is an encoder), 0 outside the stimulus; answers: 0 or 1, (trials, N);
    evidence: as it is before an encoder, (trials, stimulus, D)."""

    x: Array
    inputs: Array
    answers: Array
    evidence: Array


@dataclass(frozen=True, eq=False)
class EvidenceTask:
    """What a trial is made of. encoder: None shows the evidence itself. Raises InputError where dimensions differ."""

    latents: Latents
    noise: Noise
    questions: Questions
    schedule: Schedule
    encoder: Encoder | None = None

    def __post_init__(self) -> None:
        """Check dimensions."""
        check_fields(self)
        D = self.latents.dimension
        others = {"noise": self.noise.evidence.dimension, "questions": self.questions.dimension}
        if self.encoder is not None:
            others["encoder"] = self.encoder.dimension
        for name, dimension in others.items():
            if dimension != D:
                raise InputError(f"{name} must have {D} dimensions as the latents do, got {dimension}")

    @classmethod
    def simple(cls, questions: Questions, sigma: float = 0.2, duration: int = 20) -> "EvidenceTask":
        """Independent factors and isotropic noise; one step of fixation, one of decision (DIS). Raises InputError."""
        D = questions.dimension
        return cls(Latents(D), GaussianNoise.isotropic(sigma, D), questions, Schedule(1, duration, 1))

    @property
    def n_inputs(self) -> int:
        """Numbers that an agent sees at a step."""
        return 1 + (self.latents.dimension if self.encoder is None else self.encoder.width)

    def draw(self, trials: int, rng: Generator) -> Trials:
        """Random trials. Raises InputError for none."""
        numbers = COUNT.check("trials", trials) * float(self.schedule.steps * (self.n_inputs + self.latents.dimension))
        check_memory(8 * numbers, f"a draw of {trials} trials")
        x = self.latents.draw(trials, rng)
        X = self.noise.draw(trials, self.schedule.stimulus, rng)
        X += x[:, None]
        inputs = np.zeros((trials, self.schedule.steps, self.n_inputs))
        inputs[:, self.schedule.evidence, :-1] = X if self.encoder is None else self.encoder.encode(X)
        inputs[:, :self.schedule.fixation + self.schedule.stimulus, -1] = 1.0
        return Trials(x, inputs, (self.questions.margins(x) > 0).astype(np.float64), X)

    def targets(self, answers: Array, undecided: bool = False) -> Array:
        """Targets (..., trials, time, N): the answers at every step; undecided: ½ before the decision (DIS)."""
        shape = (*answers.shape[:-1], self.schedule.steps, answers.shape[-1])
        result = np.broadcast_to(answers[..., None, :], shape)
        if undecided:
            result = result.astype(np.float64)
            result[..., :self.schedule.fixation + self.schedule.stimulus, :] = 0.5
        return result
