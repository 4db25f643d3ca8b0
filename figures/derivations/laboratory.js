// The laboratory of a page: a curve of the proved result, moved by sliders, over what simulations gave.
const laboratory = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const HEIGHT = 380, LEFT = 64, RIGHT = 20, TOP = 12, BOTTOM = 50, SAMPLES = 240, STEPS = 240;
  // As wide as the screen has room for.
  let WIDTH = 640;
  const minus = (text) => text.replace("-", "−");
  const shown = (value) => (Number.isFinite(value) ? minus(String(Number(value.toPrecision(4)))) : "undefined");

  // A text whose subscripts, after an underscore up to a sign, stand lower.
  const lowered = (text, lower) => text.split(/_([^\s,;:)=/]+)/).map((part, k) => (k % 2 ? lower(part) : part));

  function element(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.append(...lowered(text, (part) => {
      const low = element("tspan", { "baseline-shift": "sub", "font-size": "80%" });
      low.textContent = part;
      return low;
    }));
    return made;
  }

  // Round numbers within a range, and the range from the first of them to the last.
  function ticks(low, high, number) {
    const rough = (high - low) / number, size = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((k) => k * size).find((k) => k >= rough * 0.999);
    const found = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++)
      found.push(Number((k * step).toPrecision(12)));
    return found;
  }
  function decades(low, high) {
    const found = [];
    for (let k = Math.floor(Math.log10(low)); k <= Math.log10(high); k++)
      for (const digit of high / low > 300 ? [1] : high / low > 20 ? [1, 3] : [1, 2, 5])
        if (digit * 10 ** k >= low * 0.999 && digit * 10 ** k <= high * 1.001) found.push(Number(`${digit}e${k}`));
    return found;
  }

  // One axis: numbers to places between two ends, by logarithm where asked.
  const scale = (low, high, from, to, log) => (log
    ? (value) => from + (to - from) * Math.log(value / low) / Math.log(high / low)
    : (value) => from + (to - from) * (value - low) / (high - low));

  function path(xs, ys) {
    let text = "", drawn = false;
    xs.forEach((x, k) => {
      const there = Number.isFinite(ys[k]) && Number.isFinite(x) && Math.abs(ys[k]) < 1e5;
      if (there) text += `${drawn ? "L" : "M"}${x.toFixed(1)} ${ys[k].toFixed(1)}`;
      drawn = there;
    });
    return text;
  }

  function axes(svg, x, y) {
    const group = element("g", { class: "axes" });
    const bottom = HEIGHT - BOTTOM;
    for (const value of x.ticks) {
      const at = x.place(value);
      group.append(element("line", { x1: at, x2: at, y1: TOP, y2: bottom, class: "grid" }),
        element("text", { x: at, y: bottom + 18, "text-anchor": "middle" }, shown(value)));
    }
    for (const value of y.ticks) {
      const at = y.place(value);
      group.append(element("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: at, y2: at, class: "grid" }),
        element("text", { x: LEFT - 8, y: at + 4, "text-anchor": "end" }, shown(value)));
    }
    // A long name is set closer where the screen is narrow.
    const squeezed = x.label.length * 6.8 > WIDTH - LEFT && { textLength: WIDTH - LEFT, lengthAdjust: "spacingAndGlyphs" };
    group.append(element("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 10, "text-anchor": "middle", ...squeezed },
      x.label));
    if (y.label) group.append(element("text", { transform: `translate(14 ${(TOP + bottom) / 2}) rotate(-90)`,
      "text-anchor": "middle" }, y.label));
    svg.append(group);
  }

  // Where values lie but for the few that run away, as near a pole.
  function extent(values) {
    const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
    if (!sorted.length) return [0, 1];
    const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
    const [low, high] = [at(0.04), at(0.96)], room = 1.5 * (high - low);
    const ends = [Math.max(sorted[0], low - room), Math.min(sorted[sorted.length - 1], high + room)];
    const least = 1e-6 * Math.max(Math.abs(ends[0]), Math.abs(ends[1]), 1e-9);
    return ends[1] - ends[0] > least ? ends : [ends[0] - (Math.abs(ends[0]) || 1) / 2,
      ends[1] + (Math.abs(ends[1]) || 1) / 2];
  }

  function start(root, data, compute) {
    const values = data.variables.map((variable) => variable.value);
    const find = (part) => root.querySelector(`.${part}`);
    const sliders = [...root.querySelectorAll("input[type=range]")];
    const texts = [...root.querySelectorAll(".sliders output")];
    const choice = find("axis"), plot = find("plot"), picture = find("picture"), frame = [0, 0];
    let axis = data.axis, waiting = false;

    const position = (k) => {
      const { low, high, log, whole } = data.variables[k];
      return whole ? values[k] : STEPS * (log ? Math.log(values[k] / low) / Math.log(high / low)
        : (values[k] - low) / (high - low));
    };
    const value = (k, place) => {
      const { low, high, log, whole } = data.variables[k];
      if (whole) return Math.round(place);
      const share = place / STEPS, raw = log ? low * (high / low) ** share : low + share * (high - low);
      return Math.min(Math.max(Number(raw.toPrecision(3)), low), high);
    };

    function sampled() {
      const { low, high, log, whole } = data.variables[axis];
      const number = whole ? Math.min(high - low, SAMPLES) : SAMPLES;
      return Array.from({ length: number + 1 }, (_, k) => {
        const raw = log ? low * (high / low) ** (k / number) : low + (high - low) * k / number;
        return whole ? Math.round(raw) : raw;
      });
    }
    const at = (number) => values.map((other, k) => (k === axis ? number : other));
    const holds = (point) => compute.conditions(...point).every((one) => one);
    const same = (series) => series.at.every((wanted, k) => k === series.along
      || Math.abs(values[k] - wanted) <= 2e-3 * (Math.abs(wanted) + 1e-9));

    function draw() {
      WIDTH = Math.min(Math.max(root.clientWidth, 360), 640);
      for (const svg of [plot, picture]) svg?.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
      const variable = data.variables[axis], xs = sampled();
      const found = xs.map((x) => compute.result(...at(x)));
      const inside = xs.map((x) => holds(at(x)));
      const simulated = data.simulated.filter((series) => series.along === axis);
      const [low, high] = extent([...found.filter((_, k) => inside[k]).flat(),
        ...simulated.filter(same).flatMap((series) => [...series.low, ...series.high])]);
      const span = high - low, [from, to] = frame;
      // The frame follows the curve only where it must, so that one sees the curve move.
      if (low < from || high > to || span < 0.35 * (to - from)) [frame[0], frame[1]] = [low - span / 12, high + span / 12];
      const x = scale(variable.low, variable.high, LEFT, WIDTH - RIGHT, variable.log);
      const y = scale(frame[0], frame[1], HEIGHT - BOTTOM, TOP, false);
      plot.replaceChildren(plot.firstElementChild);
      axes(plot, { place: x, label: variable.label, ticks: variable.log ? decades(variable.low, variable.high)
        : ticks(variable.low, variable.high, WIDTH / 75) }, { place: y, ticks: ticks(...frame, 6) });
      // Points at the ends of the axis are seen whole.
      const clip = element("svg", { x: LEFT - 6, y: TOP, width: WIDTH - LEFT - RIGHT + 12, height: HEIGHT - TOP - BOTTOM,
        viewBox: `${LEFT - 6} ${TOP} ${WIDTH - LEFT - RIGHT + 12} ${HEIGHT - TOP - BOTTOM}` });
      const places = xs.map(x);
      data.outputs.forEach((_, k) => {
        const heights = found.map((one) => y(one[k]));
        clip.append(element("path", { d: path(places, heights), class: `curve outside c${k}` }),
          element("path", { d: path(places, heights.map((one, i) => (inside[i] ? one : NaN))), class: `curve c${k}` }));
      });
      for (const series of simulated) {
        const group = element("g", { class: `points c${series.output} ${same(series) ? "" : "elsewhere"}` });
        series.x.forEach((place, k) => group.append(
          element("line", { x1: x(place), x2: x(place), y1: y(series.low[k]), y2: y(series.high[k]) }),
          element("circle", { cx: x(place), cy: y(series.y[k]), r: 3.5 })));
        clip.append(group);
      }
      const here = compute.result(...values);
      clip.append(element("line", { x1: x(values[axis]), x2: x(values[axis]), y1: TOP, y2: HEIGHT - BOTTOM,
        class: "here" }));
      here.forEach((one, k) => Number.isFinite(one) && clip.append(
        element("circle", { cx: x(values[axis]), cy: y(one), r: 5, class: `mark c${k}` })));
      plot.append(clip);
      tell(here);
      if (picture) drawPicture();
    }

    function tell(here) {
      const read = data.outputs.map((name, k) => `${name}: ${shown(here[k])}`).join("; ");
      const apart = data.outputs.length > 1 ? ";" : "";
      find("readout").replaceChildren(...lowered(`${read}${apart} at ${data.variables[axis].text} = ${shown(values[axis])}`, (part) =>
        Object.assign(document.createElement("sub"), { textContent: part })));
      const broken = compute.conditions(...values).map((one, k) => (one ? "" : data.conditions[k])).filter(Boolean);
      find("broken").textContent = broken.length ? `Not assumed here: ${broken.join("; ")}.` : "";
      plot.firstElementChild.textContent = `${data.label} over ${data.variables[axis].label}`;
      root.querySelectorAll(".series").forEach((line, k) => {
        const away = data.simulated[k].along !== axis || !same(data.simulated[k]);
        line.querySelector("button").hidden = !away;
        line.classList.toggle("away", away);
      });
      sliders.forEach((slider, k) => {
        slider.value = position(k);
        texts[k].textContent = shown(values[k]);
        slider.setAttribute("aria-valuetext", `${shown(values[k])} ${data.variables[k].unit}`);
      });
    }

    function drawPicture() {
      const { box, x: across, y: up, layers, equal } = data.picture;
      let [left, right, bottom, top] = box;
      if (equal) {
        const ratio = (WIDTH - LEFT - RIGHT) / (HEIGHT - TOP - BOTTOM) * (top - bottom) / (right - left);
        const grown = (low, high, by) => [(low + high - (high - low) * by) / 2, (low + high + (high - low) * by) / 2];
        if (ratio > 1) [left, right] = grown(left, right, ratio);
        else [bottom, top] = grown(bottom, top, 1 / ratio);
      }
      const x = scale(left, right, LEFT, WIDTH - RIGHT, false), y = scale(bottom, top, HEIGHT - BOTTOM, TOP, false);
      picture.replaceChildren(picture.firstElementChild);
      axes(picture, { place: x, label: across, ticks: ticks(left, right, WIDTH / 75) },
        { place: y, label: up, ticks: ticks(bottom, top, 6) });
      const clip = element("svg", { x: LEFT, y: TOP, width: WIDTH - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM,
        viewBox: `${LEFT} ${TOP} ${WIDTH - LEFT - RIGHT} ${HEIGHT - TOP - BOTTOM}` });
      layers.forEach((layer, k) => {
        const own = compute.layers[k];
        if (layer.kind === "field") clip.append(field(own, [left, right, bottom, top]));
        else for (const points of layer.kind === "path" ? paths(own, layer) : [iterated(own, layer)]) {
          const px = points.map((point) => x(point[0])), py = points.map((point) => y(point[1]));
          if (layer.style === "dots") px.forEach((cx, i) => Number.isFinite(cx) && Number.isFinite(py[i])
            && clip.append(element("circle", { cx, cy: py[i], r: 4.5, class: `mark c${layer.colour}` })));
          else clip.append(element("path", { d: path(px, py), class: `curve ${layer.style} c${layer.colour}` }));
        }
      });
      picture.append(clip);
    }
    // A family of curves; each stops where what it goes on for is no longer positive.
    function paths(own, layer) {
      return Array.from({ length: Math.max(0, Math.round(own.members(...values)[0])) }, (_, member) => {
        const [from, to] = own.ends(...values, member), points = [];
        for (let k = 0; k <= layer.points; k++) {
          const [px, py, on] = own.at(...values, member, from + (to - from) * k / Math.max(layer.points, 1));
          if (!(on > 0)) break;
          points.push([px, py]);
        }
        return points;
      });
    }
    function iterated(own, layer) {
      let state = own.start(...values);
      const points = [];
      for (let n = 0; n <= layer.points; n++) {
        const given = layer.given.map((numbers) => numbers[n]);
        points.push(own.show(...values, ...state, ...given, n));
        if (layer.stairs) points.push([n + 1, points[points.length - 1][1]]);
        state = own.next(...values, ...state, ...given, n);
      }
      return points;
    }
    // Shades of a number between 0 and 1 over the box.
    function field(own, [left, right, bottom, top]) {
      const columns = 60, rows = 36, canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [columns, rows];
      const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
      for (let j = 0; j < rows; j++) for (let i = 0; i < columns; i++) {
        const [value] = own.at(...values, left + (right - left) * (i + 0.5) / columns,
          top + (bottom - top) * (j + 0.5) / rows);
        image.data.set([0, 114, 178, 200 * Math.min(Math.max(value, 0), 1)], 4 * (j * columns + i));
      }
      context.putImageData(image, 0, 0);
      return element("image", { x: LEFT, y: TOP, width: WIDTH - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM,
        preserveAspectRatio: "none", href: canvas.toDataURL() });
    }

    function refresh() {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        const began = performance.now();
        draw();
        root.dataset.frame = (performance.now() - began).toFixed(2);
      });
    }
    sliders.forEach((slider, k) => slider.addEventListener("input", () => {
      values[k] = value(k, Number(slider.value));
      refresh();
    }));
    choice?.addEventListener("change", () => {
      axis = Number(choice.value);
      [frame[0], frame[1]] = [0, 0];
      refresh();
    });
    root.querySelectorAll(".series button").forEach((button, k) => button.addEventListener("click", () => {
      const series = data.simulated[k];
      series.at.forEach((wanted, i) => { if (i !== series.along) values[i] = wanted; });
      axis = series.along;
      if (choice) choice.value = axis;
      [frame[0], frame[1]] = [0, 0];
      draw();
      sliders[axis].focus();
    }));
    const drag = (event) => {
      if (event.buttons !== 1 || sliders.length === 0) return;
      const box = plot.getBoundingClientRect();
      const share = ((event.clientX - box.left) / box.width * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT);
      const { low, high, whole } = data.variables[axis];
      values[axis] = value(axis, Math.min(Math.max(share, 0), 1) * (whole ? high - low : STEPS) + (whole ? low : 0));
      refresh();
    };
    plot.addEventListener("pointerdown", drag);
    plot.addEventListener("pointermove", drag);
    new ResizeObserver(refresh).observe(root);
    draw();
  }
  return { start };
})();
