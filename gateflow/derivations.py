"""What a teacher needs for derivations: kinds of step, what is assumed, all derivations by name, and pages of them."""

from gateflow.figures.derivations.html import page as html_page
from gateflow.figures.derivations.latex import page as latex_page
from gateflow.figures.derivations.markdown import page as markdown_page
from gateflow.figures.derivations.notebook import page as notebook_page
from gateflow.figures.derivations.sheet import Sheet, sheet
from gateflow.figures.derivations.slides import page as slides_page
from gateflow.figures.derivations.terminal import terminal
from gateflow.theory.proofs.algebra import Bound, Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Along, Differentiate, Evolve, Integrate, Limit, Linearise, Series
from gateflow.theory.proofs.catalogue import NAMES, derivation, titles
from gateflow.theory.proofs.derivation import Derivation, Result
from gateflow.theory.proofs.values import DerivationError

__all__ = [
    "NAMES", "Along", "Bound", "Condition", "Definition", "Derivation", "DerivationError", "Differentiate", "Evolve",
    "Integrate", "Limit", "Linearise", "Result", "Rewrite", "Series", "Sheet", "Solve", "Substitute", "Variable",
    "derivation", "html_page", "latex_page", "markdown_page", "notebook_page", "sheet", "slides_page",
    "terminal", "titles"]
