"""The section of a page that holds its laboratory, before a script moves it: sliders, drawings, a table of values."""

import html
from collections.abc import Mapping

import numpy as np

from gateflow.figures.derivations.laboratory import Bench, Simulated, Slider

_SIZE = 'viewBox="0 0 640 380"'


def section(bench: Bench | None, reason: str = "") -> str:
    """The laboratory; without one, why there is none."""
    if bench is None:
        return f"<h2>Laboratory</h2>\n<p>There is none: {html.escape(reason)}.</p>"
    picture = bench.laboratory.picture
    simulated = bool(bench.simulated)
    intro = ("Move a slider. The curve is computed in this page from the result above"
             + (", points are simulations, with 95 % intervals of means." if simulated else "."))
    return "\n".join(part for part in (
        '<section class="laboratory" aria-labelledby="laboratory">', '<h2 id="laboratory">Laboratory</h2>',
        f"<p>{intro} {bench.words(bench.laboratory.note)}</p>",
        "<noscript><p>Sliders and curves need JavaScript; the values stand in the tables.</p></noscript>",
        '<div class="live" hidden>',
        f'<p class="above">{bench.words(bench.sheet.result_name)}</p>',
        f'<svg class="plot" {_SIZE} role="img"><title>{html.escape(bench.sheet.result_name)}</title></svg>',
        _legend(bench), '<p><output class="readout" aria-live="polite"></output></p>',
        '<p class="broken" role="status"></p>', _axis(bench),
        '<div class="sliders">', *(_slider(k, slider, bench) for k, slider in enumerate(bench.sliders)), "</div>",
        *(_series(one, bench) for one in bench.simulated),
        "" if picture is None else f'<figure><svg class="picture" {_SIZE} role="img"><title>'
        f"{html.escape(picture.caption)}</title></svg>\n<figcaption>{bench.words(picture.caption)}</figcaption></figure>",
        "</div>", _tables(bench), "</section>") if part)


def _legend(bench: Bench) -> str:
    if len(bench.outputs) < 2:
        return ""
    names = "".join(f'<li><span class="swatch c{k}"></span>{bench.words(name)}</li>'
                    for k, name in enumerate(bench.outputs))
    return f'<ul class="legend">{names}</ul>'


def _axis(bench: Bench) -> str:
    if len(bench.sliders) < 2:
        return ""
    options = "".join(f'<option value="{k}"{" selected" * (k == bench.axis)}>{html.escape(bench.choice(k))}</option>'
                      for k in range(len(bench.sliders)))
    return f'<p><label>On the axis <select class="axis">{options}</select></label></p>'


def _slider(place: int, slider: Slider, bench: Bench) -> str:
    low, high, step = (slider.low, slider.high, 1) if slider.whole else (0, 240, 1)
    name, meaning = str(slider.variable.symbol), slider.variable.meaning
    # What the meaning says is not said again.
    symbol = "" if bench.shown(name) == meaning else f"<math>{bench.symbol(name)}</math> "
    unit = "" if slider.unit in ("", *meaning.split()) else f" ({html.escape(slider.unit)})"
    return (f'<div><label for="slider-{place}">{symbol}{bench.words(meaning)}{unit}</label> '
            f'<output for="slider-{place}">{_number(slider.value)}</output>'
            f'<input id="slider-{place}" type="range" min="{low:g}" max="{high:g}" step="{step}"></div>')


def _settings(values: Mapping[str, float], bench: Bench) -> str:
    """Symbols, as they are shown, and their values, in HTML."""
    return ", ".join(f"<math>{bench.symbol(name)}</math> = {_number(value)}" for name, value in values.items())


def _series(one: Simulated, bench: Bench) -> str:
    at = f" At {_settings(one.at, bench)}." if one.at else ""
    return (f'<p class="series">{bench.words(one.words)}.{at} <button type="button">Set the sliders to these runs'
            "</button></p>")


def _tables(bench: Bench) -> str:
    """Numbers for those who see no curve."""
    axis = bench.sliders[bench.axis]
    name = f"<math>{bench.symbol(bench.names[bench.axis])}</math>"
    others = _settings({other: slider.value for other, slider in zip(bench.names, bench.sliders, strict=True)
                        if slider is not axis}, bench)
    rows = "".join(f'<tr><th scope="row">{x:.4g}</th>' + "".join(f"<td>{_number(y)}</td>" for y in values) + "</tr>"
                   for x, values in bench.table())
    heads = "".join(f'<th scope="col">{bench.words(output)}</th>' for output in bench.outputs)
    parts = [_table("The result" + (f" at {others}" if others else ""),
                    f'<th scope="col">{name}</th>{heads}', rows)]
    for one in bench.simulated:
        expected = bench.evaluate(**{**one.at, one.along: np.asarray(one.x, dtype=float)})[one.output]
        rows = "".join(f'<tr><th scope="row">{x:.4g}</th><td>{_number(theory)}</td><td>{_number(y)} ± {_number(half)}'
                       "</td></tr>" for x, theory, y, half in zip(one.x, expected, one.y, one.half, strict=True))
        heads = (f'<th scope="col"><math>{bench.symbol(one.along)}</math></th><th scope="col">result</th>'
                 '<th scope="col">simulation, 95 %</th>')
        parts.append(_table(f"{bench.words(one.words)}. {_settings(one.at, bench)}", heads, rows))
    return f"<details><summary>Values as tables</summary>\n{''.join(parts)}</details>"


def _table(caption: str, heads: str, rows: str) -> str:
    return (f'<div class="scroll"><table><caption>{caption}</caption><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>")


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−") if np.isfinite(value) else "–"
