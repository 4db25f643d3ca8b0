"""Loss in contexts that were never learned."""

from matplotlib.axes import Axes

from gateflow.figures.inference.learners import COLOUR, NAME
from gateflow.figures.panels import on_axes
from gateflow.figures.style import GREY, member_marks
from gateflow.sim.inference.experiments.new_contexts import NewContextRuns, NewContexts


def _draw(axes: Axes, experiment: NewContexts, result: NewContextRuns) -> None:
    for theory, losses, name in ((result.inferred_theory, result.inferred, "inferred"),
                                 (result.remembered_theory, result.remembered, "memory")):
        axes.plot(result.means, theory.mean(axis=0), color=COLOUR[name], label=NAME[name])
        member_marks(axes, result.means, losses, COLOUR[name])
    for k, mean in enumerate(experiment.means):
        axes.axvline(mean, color=GREY, linestyle=":", linewidth=0.9, label=None if k else "learned contexts")
    axes.set(xlabel="mean of a new context", ylabel="squared error of prediction", ylim=(0, None))
    axes.legend(loc="upper center", framealpha=0.8)


PANEL = on_axes(_draw, columns=3, caption=(
    "Lines: theory for the weights that were learned. Points: weights frozen, a free task vector inferred from the "
    "last errors, or none and the last observations seen."))
