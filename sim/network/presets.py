"""Networks by name, and networks from the words of a command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateflow.theory.checks import InputError
from gateflow.theory.network.network import Factor, Network
from gateflow.theory.network.spec import Spec

# Length of an index whose length nobody tells.
_LENGTH = 3


@dataclass(frozen=True)
class Preset:
    """A network with what it needs to be trained. context: the output index whose value the active task selects."""

    title: str
    network: Network
    context: str = ""


def _bounded(name: str, tau: float, **norm: Any) -> Factor:
    return Factor(name, tau, bound=0.0, **norm)


_L1: Mapping[str, Any] = {"norm": 1, "norm_strength": 10 / 11, "bound_strength": 1 / 11}
_L2: Mapping[str, Any] = {"norm": 2, "norm_strength": 0.2, "bound_strength": 0.2}

PRESETS: dict[str, Preset] = {
    "gates": Preset("a gate for each path", Network(
        "p,pij->ij", (_bounded("c", 0.03, **_L1), Factor("W", 1.3)), {"p": 2, "i": 4, "j": 8})),
    "row-gates": Preset("a gate for each path and output row", Network(
        "pi,pij->ij", (_bounded("c", 0.03, **_L2), Factor("W", 0.5)), {"p": 2, "i": 3, "j": 16})),
    "two-layers": Preset("two layers, the second fast and bounded", Network(
        "ih,hj->ij", (_bounded("W_2", 0.05, **_L2), Factor("W_1", 0.3)), {"i": 4, "h": 6, "j": 20})),
    "gated-deep": Preset("gated paths with a hidden layer", Network(
        "p,pih,phj->ij", (_bounded("c", 0.05, **_L1), Factor("V", 0.5), Factor("W", 0.7)),
        {"p": 2, "i": 3, "h": 3, "j": 16})),
    "deep": Preset("three layers", Network(
        "ik,kh,hj->ij", (Factor("W_3", 0.3), Factor("W_2", 0.4), Factor("W_1", 0.5)),
        {"i": 3, "k": 4, "h": 4, "j": 14})),
    "heads": Preset("a head for each task on one trunk", Network(
        "mih,hj->mij", (Factor("V", 0.3), Factor("W", 0.5)), {"m": 2, "i": 3, "h": 4, "j": 20}), "m"),
}


@dataclass(frozen=True)
class Words:
    """A network in words, as a command line has them.

    spec: a string or the name of a preset; the others None for what the preset has, or nothing. sizes: index=length,
    separated by commas; names, tau, norm, norm_strength, bound, bound_strength, decay, given: a value for each factor,
    separated by commas ("-" for none), one alone for tau counts for all, factors that are not reached have none.
    """

    spec: str
    sizes: str | None = None
    values: Mapping[str, str | None] = field(default_factory=dict)

    def preset(self) -> Preset | None:
        """The preset that is named, if one is."""
        return PRESETS.get(self.spec)

    def network(self) -> Network:
        """The network. Raises InputError naming what is wrong."""
        preset = self.preset()
        if preset is None and "->" not in self.spec:
            raise InputError(f"spec must be a string as p,pij->ij or one of {', '.join(PRESETS)}, got {self.spec!r}")
        parsed = Spec.parse(self.spec) if preset is None else preset.network.parsed
        known = dict.fromkeys(parsed.indices, _LENGTH) if preset is None else dict(preset.network.sizes)
        sizes = known | _sizes(self.sizes)
        factors = preset.network.factors if preset else tuple(
            Factor(chr(ord("A") + n)) for n in range(len(parsed.factors)))
        changes: list[dict[str, Any]] = [{} for _ in factors]
        for key, text in self.values.items():
            if text is not None:
                for change, value in zip(changes, _each(key, text, len(factors)), strict=True):
                    change[key] = value
        changed = tuple(_changed(factor, change) for factor, change in zip(factors, changes, strict=True))
        return Network(str(parsed), changed, sizes)


def _changed(factor: Factor, change: Mapping[str, Any]) -> Factor:
    kept = {name: getattr(factor, name) for name in factor.__dataclass_fields__}
    return Factor(**kept | {key: value for key, value in change.items() if value is not ...})


def _sizes(text: str | None) -> dict[str, int]:
    sizes = {}
    for part in (text or "").replace(" ", ",").split(","):
        if part:
            index, equals, length = part.partition("=")
            if not equals or not length.isdigit():
                raise InputError(f"sizes must be index=length separated by commas, as h=20,i=10, got {part!r}")
            if index in sizes:
                raise InputError(f"sizes must have each index once, got {index} twice")
            sizes[index] = int(length)
    return sizes


def _each(key: str, text: str, n: int) -> list[Any]:
    parts = [part for part in text.replace(" ", ",").split(",") if part]
    if key == "tau" and len(parts) == 1:
        parts = parts * n
    if len(parts) > n or (key in ("tau", "name") and len(parts) != n):
        raise InputError(f"{key} must have a value for each factor ({n}), got {len(parts)}")
    return [_value(key, part) for part in parts] + [_nothing(key)] * (n - len(parts))


def _nothing(key: str) -> Any:
    """What a factor has that no value is given for: it keeps strengths, which mean nothing without norm or bound."""
    return {"norm": None, "bound": None, "norm_strength": 0.0, "decay": 0.0}.get(key, ...)


def _value(key: str, text: str) -> Any:
    if key == "name":
        return text
    if text == "-":
        return _nothing(key)
    if key == "norm":
        if text not in ("1", "2", "L1", "L2"):
            raise InputError(f"norm must be 1, 2 or - for none, got {text!r}")
        return int(text[-1])
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{key} must be numbers separated by commas, got {text!r}") from None
