"""How do noise, time, dimension and ties between factors limit what trained networks know?"""

from dataclasses import dataclass, replace
from typing import Any

from gateflow.sim.disentangle.scored import ScoredNetworks
from gateflow.sim.disentangle.setting import N_TASKS
from gateflow.sim.disentangle.trained import Setting
from gateflow.sim.training.networks import ARCHITECTURES
from gateflow.theory.checks import InputError, Range
from gateflow.theory.parameters import check_different, meanings, parameter

# What varies: the field of a setting, and its values in the published figures.
OVER = {"sigma": (0.1, 0.2, 0.4, 0.6), "duration": (5, 10, 20, 40), "factors": (2, 3, 4, 6, 10),
        "correlation": (0.0, 0.3, 0.6, 0.9)}


@dataclass(frozen=True)
class Conditions(ScoredNetworks):
    """Networks trained where the evidence, or the latent state, is of another kind."""

    source = "DIS, figures 5, S3, S12"
    position = 205
    cost = "half a minute with --quick, on two cores; else some minutes, and what is trained is kept"
    example = "--over duration --quick"

    over: str = parameter("sigma", "what varies", tuple(OVER))
    values: tuple[float, ...] = parameter((), "its values; by default those of the published figure", Range(-0.3, 1000))
    network: str = parameter("rnn", "architecture that is trained", tuple(ARCHITECTURES))
    asked: tuple[int, ...] = parameter((24,), "numbers of tasks to train on", N_TASKS)

    def __post_init__(self) -> None:
        """Check every field, that settings differ and are possible."""
        super().__post_init__()
        check_different("asked", self.asked)
        check_different("values", self.places)
        for value in self.places:
            allowed = meanings(type(self))[self.over][1].allowed
            assert isinstance(allowed, Range)
            allowed.check(self.over, self._exact(value))
        most = max(self.places) if self.over == "factors" else self.factors
        if most > 2 and (self.correlation or self.over == "correlation"):
            raise InputError(f"factors must be 2 where they are tied, got {most:g}")

    def _exact(self, value: float) -> float | int:
        return int(value) if self.over in ("duration", "factors") and value == int(value) else value

    @property
    def places(self) -> tuple[float, ...]:
        """The values at which networks are trained."""
        values = self.values or OVER[self.over]
        return tuple(sorted({min(values), max(values)})) if self.quick else values

    def placed(self, value: float, n_tasks: int) -> Setting:
        """The setting at a value, which need not be trained."""
        name = {"factors": "dimension"}.get(self.over, self.over)
        changed: dict[str, Any] = {name: self._exact(value)}
        return replace(self.setting(self.network, n_tasks), **changed)

    def grid(self) -> list[list[Setting]]:
        """Value by number of tasks."""
        return [[self.placed(value, n) for n in self.asked] for value in self.places]

    def about(self, setting: Setting) -> str:
        """How rows name a setting."""
        value = getattr(setting, {"factors": "dimension"}.get(self.over, self.over))
        return f"{self.over} {value:g}, {setting.n_tasks} tasks"


EXPERIMENT = Conditions
