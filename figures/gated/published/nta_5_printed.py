"""Figure 5 as printed follows from time constants that grow together"""

from dataclasses import replace

from gateflow.figures.gated.published.nta_5 import COMMON, GATES, PRINTED_GATES, lines
from gateflow.figures.published import Part, Published

FIGURE = Published(
    paper="NTA", number="5, left, as printed",
    shows="The left panel of figure 5 as it is printed: alignment over length of blocks and an axis named τ_c.",
    parts=(Part("both time constants grow: τ_w = x/.3, τ_c = x/3",
                replace(COMMON, across="pace", tau_w=1 / 0.3, tau_c=1 / 3, ends="block"),
                quick={"seeds": 2, "duration": 1.5}),),
    printed=lines("x", GATES, PRINTED_GATES, why="seeds differ where an onset is neither sure nor excluded"),
    conventions="Found, not published: τ_w = .1 and τ_c = .01 times x/.03, costs as published, read at the end of the "
                "last whole block. Alignments of paths without an onset give τ_w; the onset condition then gives τ_c.")
