"""With a task vector, inferred or given, learners forget less and meet contexts that nobody learned"""

from functools import partial

from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.inference.experiments import lstm, lstm_forgetting
from gateflow.sim.inference.experiments.learning import LearningContexts, LearningRuns
from gateflow.sim.inference.experiments.lstm import Lstm, LstmRuns
from gateflow.sim.inference.experiments.lstm_forgetting import ForgettingRuns, LstmForgetting
from gateflow.sim.inference.experiments.new_contexts import NewContextRuns, NewContexts
from gateflow.sim.inference.experiments.relearning import Relearning
from gateflow.sim.inference.toy import NOISE
from gateflow.theory.checks import Array


def settled(experiment: LearningContexts, runs: LearningRuns, *, name: str) -> Array:
    """Settled loss (S,) of a linear learner over that of one without a vector."""
    return runs.settled[name] / runs.settled["none"]


def settled_theory(experiment: LearningContexts, runs: LearningRuns, *, name: str) -> float:
    """What theory says of it."""
    losses = experiment.losses()
    return losses[name] / losses["none"]


def outermost(experiment: NewContexts, runs: NewContextRuns) -> Array:
    """Loss (S,) in the outermost new contexts of the learner that infers, over that of the one with memory."""
    return runs.inferred[:, [0, -1]].mean(axis=1) / runs.remembered[:, [0, -1]].mean(axis=1)


def outermost_theory(experiment: NewContexts, runs: NewContextRuns) -> Array:
    """What theory says of it for the weights that were learned."""
    return runs.inferred_theory[:, [0, -1]].mean(axis=1) / runs.remembered_theory[:, [0, -1]].mean(axis=1)


def over_none(experiment: Lstm, runs: LstmRuns, *, name: str) -> Array:
    """Squared error (S,) of an LSTM over that of one without a vector, where the learned contexts switch."""
    return runs.loss[:, lstm.LEARNERS.index(name)] / runs.loss[:, lstm.LEARNERS.index("no vector")]


def new_means(experiment: Lstm, runs: LstmRuns) -> Array:
    """Squared error (S,) at the outermost new means of the LSTM that infers, over that of the one without a vector."""
    return runs.new[:, [0, -1], 0].mean(axis=1) / runs.new[:, [0, -1], 1].mean(axis=1)


def forgotten(experiment: LstmForgetting, runs: ForgettingRuns, *, name: str) -> Array:
    """Share (S,) that an LSTM has at last forgotten of the context that it did not see."""
    at_last = runs.loss[:, -1, lstm_forgetting.LEARNERS.index(name), 0]
    return (at_last - NOISE**2) / (experiment.forgotten - NOISE**2)


LINEAR = "theory is that of a linear learner"

FIGURE = Published(
    paper="GBI", number="toy task",
    shows="Learning curves of learners whose task vector is true, inferred, shuffled or missing, beside the Bayesian "
          "observer; what they forget of a context while they learn another; errors at means that were never learned.",
    parts=(
        Part("linear learners", LearningContexts(), {"seeds": 5, "length": 2000}),
        Part("linear learners after a switch", Relearning(), {"seeds": 5, "length": 2000}),
        Part("linear learners in new contexts", NewContexts(), {"seeds": 5, "length": 2000}),
        Part("LSTMs of 100 units", Lstm(seeds=5), {"quick": True, "seeds": 2, "sequence_updates": 300}),
        Part("LSTMs that go on in one context", LstmForgetting(seeds=5),
             {"quick": True, "seeds": 2, "sequence_updates": 300, "more_updates": (30, 300)}),
    ),
    printed=(
        Printed("linear: loss with inferred vector over none", "below 1", high=1.0,
                ours=partial(settled, name="inferred"), theory=partial(settled_theory, name="inferred")),
        Printed("linear: loss with shuffled vector over none", "no gain", low=0.95,
                ours=partial(settled, name="shuffled"), theory=partial(settled_theory, name="shuffled")),
        Printed("linear: loss at outermost new means, inferred over memory", "below 1", high=1.0,
                ours=outermost, theory=outermost_theory, part=2),
        Printed("LSTM: loss with true vector over none", "below 1", high=1.0,
                ours=partial(over_none, name="true vector"), part=3),
        Printed("LSTM: loss with inferred vector over none", "below 1", high=1.0,
                ours=partial(over_none, name="inferred vector"), part=3,
                why="a vector inferred from five errors comes late after a switch"),
        Printed("LSTM: loss with shuffled vector over none", "no gain", low=0.95,
                ours=partial(over_none, name="shuffled vector"), part=3),
        Printed("LSTM: loss at outermost new means, inferred over none", "below 1", high=1.0, ours=new_means,
                part=3),
        Printed("LSTM: share forgotten with inferred vector", "little", high=0.1, part=4,
                ours=partial(forgotten, name="inferred vector"), theory=lambda experiment, runs: 0.0,
                convention=LINEAR),
        Printed("LSTM: share forgotten without vector", "much", low=0.5, part=4,
                ours=partial(forgotten, name="no vector"), theory=lambda experiment, runs: 1.0,
                convention=LINEAR),
    ),
    conventions="Means .2 and .8, noise .1, switches with probability .05; LSTMs learn with the true vector, a "
                "shuffled one or none, at test weights are frozen and a vector is inferred from the last five errors.")
