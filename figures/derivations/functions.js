// Functions that JavaScript lacks, to double precision.
const special = {
  // Kummer's series for small arguments: all its terms are positive. Beyond, what erfc leaves.
  erf(x) {
    const size = Math.abs(x);
    if (!(size < 2)) return Number.isNaN(x) ? NaN : Math.sign(x) * (1 - special.erfc(size));
    let term = size, sum = size;
    for (let n = 1; term > 1e-17 * sum; n++) {
      term *= 2 * size * size / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * 2 / Math.sqrt(Math.PI) * Math.exp(-size * size) * sum;
  },
  // The continued fraction of Laplace for large arguments, from its end.
  erfc(x) {
    if (!(x >= 1.5)) return 1 - special.erf(x);
    let tail = x;
    for (let n = 100; n > 0; n--) tail = x + n / 2 / tail;
    // A square of few digits is exact: rounding x² would cost digits of so small a number.
    const near = Math.round(x * 64) / 64;
    return Math.exp(-near * near) * Math.exp((near - x) * (near + x)) / Math.sqrt(Math.PI) / tail;
  },
  HalfErfc: (x) => special.erfc(x) / 2,
  // The trapezoidal rule for ∫ exp(−x cosh t) cosh nt dt converges faster than any power of its step.
  besselk(n, x) {
    if (!(x > 0)) return NaN;
    const step = Math.min(1 / 16, 1 / (4 * Math.sqrt(x)));
    let sum = 0.5;
    for (let k = 1; ; k++) {
      // cosh t − 1 without cancellation.
      const term = Math.exp(-2 * x * Math.sinh(k * step / 2) ** 2) * Math.cosh(n * k * step);
      sum += term;
      if (!(term > 1e-18 * sum)) return step * Math.exp(-x) * sum;
    }
  },
  coth: (x) => 1 / Math.tanh(x),
  sech: (x) => 1 / Math.cosh(x),
  csch: (x) => 1 / Math.sinh(x),
  Heaviside: (x, middle = 0.5) => (x > 0 ? 1 : x < 0 ? 0 : middle),
};
