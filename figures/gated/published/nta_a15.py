"""The same with other images, and labels half of which stay"""

from gateflow.figures.gated.published.nta_7 import PICTURE, lines
from gateflow.figures.published import Part, Published
from gateflow.sim.gated.experiments.digit_readout import DigitReadout

FIGURE = Published(
    paper="NTA", number="A15",
    shows="The readout of figure 7 on real images of other kinds, with labels that share a part between the tasks.",
    parts=(Part("scikit-learn's digits, five of ten labels stay",
                DigitReadout(seeds=10, digit_setting="published", digit_blocks=10, digit_images="small",
                             relabeling="half kept"), quick={"quick": True}, picture=PICTURE),),
    printed=lines(0.55),
    conventions="As figure 7. The paper uses photographs of clothes, which no package ships: here the 8 × 8 digits of "
                "scikit-learn, enlarged, with the published exchange of labels, under which five of ten stay.")
