"""How long the gates swing along one orbit, by a quadrature that is vectorised and loses no digits where it ends.

With ρ = √(τ_c/2τ_w), the constants k and J of the orbit and K = k/ρ, the error at rapidity φ in task m = +1 is
e = 1 − J − ρφ − (K/2) sinh 2φ, and φ' = ωe, ω = 1/√(2τ_cτ_w). It vanishes at one φ, called rest; at a distance δ before
it e = δ (ρ + K cosh(2 rest − δ) sinh(δ)/δ), so that time is a logarithm of δ and the integral of a smooth function.
Derivation: bounded-gates.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from gateflow.theory.arguments import unchecked
from gateflow.theory.gated.two_tasks import drift_constant, orbit_constant, rapidity, separatrix

# Nodes and weights on (−1, 1); what is left of the integrand is analytic well beyond the interval.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
# Steps of Newton's method at most, and what still counts as a distance from where the error vanishes.
_STEPS, _NEAREST = 60, 1e-15
# Where −ln δ is more the swing is at rest to any accuracy, and δ would underflow.
_AT_REST = 600.0


@dataclass(frozen=True)
class Swing:
    """One swing in task m = +1: rapidities where it starts, of c̄ = 1 (bound) and where the error vanishes (rest).

    K and rho: see the module. All are arrays that broadcast, real or, for derivatives by a complex step, complex.
    """

    start: Any
    bound: Any
    rest: Any
    K: Any
    rho: Any

    @classmethod
    def after(cls, c: Any, w: Any, d: Any, *, tau_w: Any, tau_c: Any) -> 'Swing':
        """The swing that follows a block which ended, in its own frame, at (c̄, w̄, d) = (c, w, d)."""
        rho = unchecked(separatrix)(tau_w=tau_w, tau_c=tau_c)
        k = unchecked(orbit_constant)(c, w, tau_w=tau_w, tau_c=tau_c)
        bound = rapidity(1.0, np.sqrt(k + rho**2), tau_w=tau_w, tau_c=tau_c)
        room = 1 - drift_constant(-c, w, -d, tau_w=tau_w, tau_c=tau_c)
        rest = resting_rapidity(room, k_over_rho=k / rho, rho=rho)
        return cls(-rapidity(c, w, tau_w=tau_w, tau_c=tau_c), bound, rest, k / rho, rho)

    @classmethod
    def symmetric(cls, half: Any, rho: Any) -> "Swing":
        """The swing of a limit cycle, J = 0, from −half to half, where c̄ is −1 and 1."""
        K = rho / np.sinh(half) ** 2
        return cls(-half, half, resting_rapidity(1.0, k_over_rho=K, rho=rho), K, rho)

    def until(self, c: Any) -> "Swing":
        """The same swing with the rapidity of another c̄ in the place of that of the bound."""
        return replace(self, bound=np.arcsinh(c * np.sqrt(self.rho / self.K)))

    def state(self, phi: Any, d: Any) -> tuple[Any, Any, Any]:
        """Coordinates (c̄, w̄, d) at rapidity phi of a swing that started at d."""
        root = np.sqrt(self.K / self.rho)
        return root * np.sinh(phi), root * self.rho * np.cosh(phi), d + self.rho * (phi - self.start)

    def slope(self, delta: Any) -> Any:
        """Error divided by δ, at rapidity rest − δ."""
        return self.rho + self.K * np.cosh(2 * self.rest - delta) * np.sinh(delta) / delta

    def time(self, left: Any) -> Any:
        """Time, in units of 1/ω, until δ = left."""
        half, last = (self.rest - self.start - left) / 2, self.rho + self.K * np.cosh(2 * self.rest)
        delta = np.asarray(left)[..., None] + np.asarray(half)[..., None] * (1 + _NODES)
        each = Swing(*(np.asarray(getattr(self, field.name))[..., None] for field in fields(self)))
        smooth = (np.asarray(last)[..., None] / each.slope(delta) - 1) / delta
        return (np.log((self.rest - self.start) / left) + half * (smooth @ _WEIGHTS)) / last

    def left(self) -> Any:
        """δ at the bound; not less than a rounding error, not even where the bound is not reached."""
        delta = self.rest - self.bound
        return delta + np.maximum(_NEAREST - np.real(delta), 0)

    def left_after(self, time: Any) -> Any:
        """δ after a time in units of 1/ω: Newton's method for ln δ, kept within its bracket."""
        whole = self.rest - self.start
        steepest = np.maximum(self.rho + self.K * np.cosh(2 * self.rest), self.slope(whole))
        low, high = 0 * steepest * time, np.minimum(steepest * time, _AT_REST)
        guess = high / 2
        for _ in range(_STEPS):
            delta = whole * np.exp(-guess)
            late = self.time(delta) - time
            low, high = np.where(late < 0, guess, low), np.where(late < 0, high, guess)
            step = guess - late * self.slope(delta)
            guess, before = np.where((step > low) & (step < high), step, (low + high) / 2), guess
            if np.all(np.abs(guess - before) <= 1e-14 * (1 + before)):
                break
        return whole * np.exp(-guess)


def resting_rapidity(room: Any, *, k_over_rho: Any, rho: Any) -> Any:
    """Solution φ of ρφ + (K/2) sinh 2φ = room, K = k/ρ: Newton's method, from where one term would be enough."""
    K, sign = k_over_rho, np.where(np.real(room) < 0, -1.0, 1.0)
    aim = sign * room
    alone, other = aim / rho, np.arcsinh(2 * aim / K) / 2
    phi = np.where(np.real(alone) < np.real(other), alone, other)
    for _ in range(_STEPS):
        step = (rho * phi + K / 2 * np.sinh(2 * phi) - aim) / (rho + K * np.cosh(2 * phi))
        phi = phi - step
        if np.all(np.abs(step) <= 1e-15 * np.abs(phi)):
            break
    return sign * phi
