"""The laboratory of a derivation as widgets of a notebook; they need the extra notebook."""

from importlib.util import find_spec
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.derivations.laboratory import Bench, Laboratory, Slider, set_up
from gateflow.figures.derivations.sheet import sheet
from gateflow.figures.laboratories import LABORATORIES
from gateflow.figures.style import figure_bytes, style
from gateflow.theory.checks import Array
from gateflow.theory.proofs.derivation import Derivation

_SAMPLES = 200


def laboratory(derivation: Derivation, shown: Laboratory | None = None) -> Any:
    """Return sliders for the variables of a derivation's result, and its curve with what simulations gave.

    shown: what it shows, for a derivation that is not the project's. Without ipywidgets the curve stands still.
    """
    bench = set_up(sheet(derivation), shown or LABORATORIES.get(derivation.name, Laboratory()))
    if find_spec("ipywidgets") is None:
        return curve(bench, bench.axis, [slider.value for slider in bench.sliders])
    import ipywidgets

    sliders = [_slider(slider, bench, ipywidgets) for slider in bench.sliders]
    axis = ipywidgets.Dropdown(options=[(bench.choice(k), k) for k in range(len(bench.names))],
                               value=bench.axis, description="on the axis")
    image = ipywidgets.Image(format="png", width=560)

    def draw(_: Any = None) -> None:
        image.value = figure_bytes(curve(bench, axis.value, [slider.value for slider in sliders]), "png")

    for widget in (axis, *sliders):
        widget.observe(draw, names="value")
    draw()
    return ipywidgets.VBox([image, axis, *sliders])


def _slider(slider: Slider, bench: Bench, ipywidgets: Any) -> Any:
    name = bench.shown(str(slider.variable.symbol))
    common = {"description": name, "tooltip": slider.variable.meaning, "continuous_update": True}
    if slider.whole:
        return ipywidgets.IntSlider(int(slider.value), int(slider.low), int(slider.high), **common)
    if slider.log:
        return ipywidgets.FloatLogSlider(slider.value, min=np.log10(slider.low), max=np.log10(slider.high), **common)
    return ipywidgets.FloatSlider(slider.value, min=slider.low, max=slider.high, step=(slider.high - slider.low) / 200,
                                  **common)


def curve(bench: Bench, axis: int, values: list[float]) -> Figure:
    """The result over one of its variables, the others as they stand, and simulations made at these."""
    slider, at = bench.sliders[axis], dict(zip(bench.names, values, strict=True))
    x: Array = slider.places(_SAMPLES)
    with style():
        figure = Figure(figsize=(5.6, 3.4), layout="constrained")
        axes = figure.subplots()
        found = bench.evaluate(**{**at, bench.names[axis]: x})
        here = bench.evaluate(**at)
        lines = [axes.plot(x, y, label=name)[0] for y, name in zip(found, bench.outputs, strict=True)]
        for line, y in zip(lines, here, strict=True):
            axes.plot(values[axis], y, "o", color=line.get_color())
        for one in bench.simulated:
            same = all(np.isclose(at[name], value, rtol=2e-3) for name, value in one.at.items() if name != one.along)
            if one.along == bench.names[axis] and same:
                axes.errorbar(one.x, one.y, np.nan_to_num(one.half), fmt="o", mfc="none",
                              color=lines[one.output].get_color())
        axes.set(xlabel=bench.label(axis), ylabel=bench.sheet.result_name,
                 xscale="log" if slider.log else "linear")
        if len(lines) > 1:
            axes.legend()
    return figure
