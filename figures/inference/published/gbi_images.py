"""The label of a digit from one gradient step, nearly as often right as by trying all"""

from functools import partial

from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.inference.experiments.images import READINGS, SCORES, ImageRuns, Images
from gateflow.sim.training.images import OTHERS
from gateflow.theory.checks import Array


def accuracy(experiment: Images, runs: ImageRuns, *, name: str) -> Array:
    """Share (S,) of test digits whose label a reading finds."""
    return runs.accuracy[:, list(READINGS).index(name)]


def area(experiment: Images, runs: ImageRuns, *, score: str) -> Array:
    """Area (S,) under the ROC curve of digits against letters."""
    return runs.areas[:, OTHERS.index("letters"), SCORES.index(score)]


FIGURE = Published(
    paper="GBI", number="images",
    shows="Accuracy of labels read from one gradient step, by trying every label, and by an ordinary classifier; how "
          "uncertain they are; and how well images that are no digits are told by each.",
    parts=(Part("digits, and what is none", Images(), {"quick": True, "seeds": 2, "image_updates": 800}),),
    printed=(
        *(Printed(f"accuracy: {words}", printed, low=low, high=high, ours=partial(accuracy, name=name),
                  why=why)
          for words, name, printed, low, high, why in (
              ("one gradient step", "one step", ".855", 0.835, 0.875, "the label gates the decoder by multiplication, "
               "which leaves a step less to miss"),
              ("every label tried", "every label tried", ".919", 0.899, 0.939, ""),
              ("ordinary classifier", "classifier", ".914", 0.894, 0.944, ""))),
        Printed("ROC area, digits against letters: largest entry of one step", ".89", low=0.85, high=0.93,
                ours=partial(area, score="entry"), why="letters are nearer to digits than pieces of clothing are"),
        Printed("ROC area, digits against letters: softmax of the classifier", ".73", low=0.69, high=0.77,
                ours=partial(area, score="softmax"), why="with few digits and decay of weights a classifier is less "
                "sure of itself: one step tells letters better only where it is corrected"),
    ),
    conventions="3,500 digits of MNIST instead of 60,000, and letters in place of clothing; the label multiplies the "
                "decoder's hidden activity. Rows judge one step against the exact posterior of the trained network.")
