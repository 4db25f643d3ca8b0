"""What experiments on trained networks share: they run when they are named, and can be quick."""

from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from gateflow.sim.compare.experiment import Experiment
from gateflow.sim.training.extra import check_installed
from gateflow.theory.parameters import parameter

R = TypeVar("R")

# Networks of a kind that a quick run trains.
_FEW = 3


@dataclass(frozen=True)
class TrainedExperiment(Experiment[R], Generic[R]):
    """An experiment that trains networks and needs the extra that does it; what is trained is kept for the next run."""

    routine = False
    # Packages that it needs.
    packages: ClassVar[tuple[str, ...]] = ("jax", "optax")

    quick: bool = parameter(False, "fewer networks and kinds of them: about a minute on two cores")

    @property
    def networks(self) -> int:
        """Networks of a kind."""
        return min(self.seeds, _FEW) if self.quick else self.seeds

    def check_ready(self) -> None:
        """Raise InputError where a package is missing."""
        check_installed(self.packages)
