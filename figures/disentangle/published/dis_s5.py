"""Networks that answer when they are sure, or report confidence, disentangle too"""

from gateflow.figures.disentangle.budget import QUICK, RECURRENT, TRAINED
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.disentangle.experiments.free_responses import SURE, FreeResponses
from gateflow.sim.disentangle.scores import optimum

FIGURE = Published(
    paper="DIS", number="S5",
    shows="r² out of distribution of networks trained with free response times and on confidence; when they answer.",
    parts=(Part("free responses and confidence", FreeResponses(**RECURRENT), QUICK | {"updates": 300}),),
    printed=(
        *(Printed(f"r² out of distribution, {what}", "as with fixed times", low=0.85, ours=ours,
                  theory=lambda experiment, runs: optimum(experiment.settings[0]).outside)
          for what, ours in (("free response times", lambda experiment, runs: runs.outside),
                             ("confidence", lambda experiment, runs: runs.sure_outside))),
        Printed("share of free answers that is right", "bound of accumulation", low=0.95,
                ours=lambda experiment, runs: runs.network.right, theory=lambda experiment, runs: experiment.right),
        Printed(f"share right when first {SURE:g} sure", "calibrated", low=0.95,
                ours=lambda experiment, runs: runs.sure_right,
                theory=lambda experiment, runs: float(runs.sure.mean()))),
    conventions=TRAINED.replace("The loss counts the decision alone", "The loss counts all steps"))
