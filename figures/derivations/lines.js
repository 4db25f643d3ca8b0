// A student's own line: read without eval, and compared with the line of the page at points.
const lines = (() => {
  const constants = { pi: Math.PI, "π": Math.PI, e: Math.E };
  const functions = {
    sqrt: Math.sqrt, "√": Math.sqrt, exp: Math.exp, ln: Math.log, log: Math.log, sin: Math.sin, cos: Math.cos,
    tan: Math.tan, cot: (x) => 1 / Math.tan(x), arcsin: Math.asin, asin: Math.asin, arccos: Math.acos, acos: Math.acos,
    arctan: Math.atan, atan: Math.atan, sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, coth: special.coth,
    artanh: Math.atanh, atanh: Math.atanh, arsinh: Math.asinh, asinh: Math.asinh, arcosh: Math.acosh,
    acosh: Math.acosh, erf: special.erf, erfc: special.erfc, abs: Math.abs, sign: Math.sign, max: Math.max,
    min: Math.min, "θ": special.Heaviside,
    // The normal law.
    Phi: (x) => special.erfc(-x / Math.SQRT2) / 2, "Φ": (x) => special.erfc(-x / Math.SQRT2) / 2,
  };
  const severalArguments = new Set([Math.max, Math.min]);
  const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  class Unreadable extends Error {}

  // names: for each symbol its spellings. Returns a list of entries, each a function of the symbols' values.
  function read(text, names) {
    const source = text.normalize("NFC").replace(/[−–]/g, "-").replace(/[·×⋅∗]/g, "*").replace(/\*\*/g, "^");
    const words = new Map();
    for (const [name, value] of Object.entries(functions)) words.set(name, { apply: value });
    for (const [name, value] of Object.entries(constants)) words.set(name, { value: () => value });
    names.forEach((spellings, place) => spellings.forEach((spelling) =>
      words.set(spelling.normalize("NFC"), { value: (at) => at[place] })));
    const known = [...words.keys()].sort((a, b) => b.length - a.length);
    let place = 0;

    const space = () => { while (/\s/.test(source[place] ?? "")) place++; };
    const peek = () => { space(); return source[place] ?? ""; };
    const take = (sign) => (peek() === sign ? (place++, true) : false);
    const fail = (why) => { throw new Unreadable(why ?? (peek() === "" ? "it ends too early"
      : `“${source.slice(place, place + 8)}” cannot stand there`)); };
    const need = (sign) => { if (!take(sign)) fail(peek() === "" ? `“${sign}” is missing` : undefined); };
    const word = () => { space(); return known.find((name) => source.startsWith(name, place)); };
    const starts = () => peek() !== "" && (/[0-9.(√]/.test(peek()) || word() !== undefined || /\p{L}/u.test(peek()));

    function number() {
      const found = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?/i.exec(source.slice(place));
      if (!found) fail();
      place += found[0].length;
      const value = Number(found[0]);
      return () => value;
    }
    function several() {
      need("(");
      const found = [sum()];
      while (take(",")) found.push(sum());
      need(")");
      return found;
    }
    function atom() {
      const sign = peek();
      if (/[0-9.]/.test(sign)) return number();
      if (take("(")) { const inner = sum(); need(")"); return inner; }
      if (take("|")) { const inner = sum(); need("|"); return (at) => Math.abs(inner(at)); }
      const name = word();
      if (name === undefined) {
        const before = /[\p{L}\p{N}\p{M}_]*$/u.exec(source.slice(0, place))[0];
        const strange = /^[\p{L}_][\p{L}\p{N}\p{M}_]*/u.exec(source.slice(place));
        if (strange) fail(`“${before}${strange[0]}” is no symbol of this line`);
        fail();
      }
      place += name.length;
      const meaning = words.get(name);
      if (meaning.value) return meaning.value;
      const exponent = take("^") ? power() : null;
      const bare = peek() !== "(";
      const inner = bare ? [peek() === "-" ? signed() : power()] : several();
      if (inner.length > 1 && !severalArguments.has(meaning.apply)) fail(`${name} takes one argument`);
      if (bare && /\d/.test(source[place - 1]) && /[\p{L}(]/u.test(source[place] ?? "") && !functions[word()])
        fail(`what ${name} is taken of is unclear: put it in brackets`);
      const applied = (at) => meaning.apply(...inner.map((one) => one(at)));
      return exponent ? (at) => applied(at) ** exponent(at) : applied;
    }
    function power() {
      let base = atom();
      for (;;) {
        const old = base;
        if (take("^")) {
          const exponent = peek() === "-" ? signed() : power();
          return (at) => old(at) ** exponent(at);
        }
        if (peek() === "" || !raised.includes(peek())) return base;
        let digits = "";
        while (peek() !== "" && raised.includes(peek())) digits += raised.indexOf(source[place++]);
        base = (at) => old(at) ** Number(digits);
      }
    }
    function signed() {
      if (take("-")) { const inner = signed(); return (at) => -inner(at); }
      take("+");
      return power();
    }
    function product() {
      let value = signed();
      for (;;) {
        const old = value;
        if (take("*")) { const next = signed(); value = (at) => old(at) * next(at); }
        else if (take("/")) { const next = signed(); value = (at) => old(at) / next(at); }
        else if (starts()) { const next = power(); value = (at) => old(at) * next(at); }
        else return value;
      }
    }
    function sum() {
      let value = product();
      for (;;) {
        const old = value;
        if (take("+")) { const next = product(); value = (at) => old(at) + next(at); }
        else if (take("-")) { const next = product(); value = (at) => old(at) - next(at); }
        else return value;
      }
    }
    const listed = /^\s*\[/.test(source);
    if (listed) need("[");
    const entries = [sum()];
    while (take(";") || take(",")) entries.push(sum());
    if (listed) need("]");
    if (peek() !== "") fail();
    return entries;
  }

  const short = (value) => String(Number(value.toPrecision(4))).replace("-", "−");
  const close = (a, b) => Number.isFinite(a)
    && Math.abs(a - b) <= 1e-8 * (Math.abs(a) + Math.abs(b)) + 1e-11;

  // One entry against its values. Returns how many points agree, and words about the rest.
  function entry(own, trial, values) {
    const found = trial.points.map((point) => own(point));
    const wrong = found.findIndex((value, k) => !close(value, values[k]));
    if (wrong < 0) return { equal: found.length, words: "" };
    const where = trial.names.map((names, k) => `${names[0]} = ${short(trial.points[wrong][k])}`).join(", ");
    const at = where ? ` at ${where}` : "";
    if (!Number.isFinite(found[wrong])) return { equal: 0, words: `yours has no value${at}` };
    const equal = found.filter((value, k) => close(value, values[k])).length;
    const ratio = found[wrong] / values[wrong];
    if (found.length > 1 && values[wrong] !== 0 && ratio !== 0 && found.every((v, k) => close(v, ratio * values[k])))
      return { equal, words: `yours is ${short(ratio)} times what it should be, everywhere` };
    const apart = found[wrong] - values[wrong];
    if (found.length > 1 && found.every((value, k) => close(value, values[k] + apart)))
      return { equal, words: `yours is off by ${short(apart)}, everywhere` };
    return { equal, words: `yours is ${short(found[wrong])}, but it should be ${short(values[wrong])}${at}` };
  }

  // What the page says of a line. trial: names, points, values[k] of each entry; any: whether one of the entries does.
  function judge(text, trial) {
    let own;
    try {
      own = read(text, trial.names);
    } catch (failure) {
      // The engine ends a recursion that is too deep.
      if (!(failure instanceof Unreadable || failure instanceof RangeError)) throw failure;
      const why = failure instanceof Unreadable ? failure.message : "it is too long";
      return { equal: false, words: `This cannot be read: ${why}.` };
    }
    const count = trial.points.length;
    const held = trial.names.length ? `at all ${count} points` : "to the digits that a number has here";
    if (trial.any) {
      const tried = trial.values.map((values) => entry(own[0], trial, values));
      const best = tried.reduce((a, b) => (b.equal > a.equal ? b : a));
      if (own.length === 1 && !best.words) return { equal: true, words: `Right, ${held}.` };
      return { equal: false, words: own.length > 1 ? "One value is asked for." : `Not equal: ${best.words}.` };
    }
    if (own.length !== trial.values.length)
      return { equal: false, words: trial.values.length === 1 ? "One expression is asked for."
        : `${trial.values.length} entries are asked for, separated by semicolons; yours has ${own.length}.` };
    const judged = own.map((one, k) => entry(one, trial, trial.values[k]));
    const wrong = judged.findIndex((one) => one.words);
    if (wrong < 0) return { equal: true, words: `Equal ${held}.` };
    const which = own.length > 1 ? `entry ${wrong + 1}: ` : "";
    const equal = judged[wrong].equal;
    const partly = equal && trial.names.length ? ` It is equal at ${equal} of ${count} points.` : "";
    return { equal: false, words: `Not equal: ${which}${judged[wrong].words}.${partly}` };
  }
  return { read, judge, short };
})();
