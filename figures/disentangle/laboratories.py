"""What the laboratories of the derivations about many tasks show beyond the curve of the result."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import sympy as sp

from gateflow.figures.derivations.laboratory import Laboratory, Simulated, members, sampled
from gateflow.figures.derivations.moving import MEMBER, Path, Picture
from gateflow.sim.disentangle import samples
from gateflow.theory.disentangle.tasks import VARIANCE
from gateflow.theory.proofs.assumptions import Variable

_MEMBERS = 20
_LINES, _ANGLE = sp.Symbol("n_lines", integer=True, positive=True), sp.Symbol("alpha", real=True)
_S = sp.Dummy("s", real=True)


def _rng(place: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(17, spawn_key=(place,)))


def _needs() -> Sequence[Simulated]:
    numbers, at = np.array([8, 12, 18, 26, 36]), {"D": 3, "epsilon_2": 0.04}
    errors, means = samples.reading_needs(numbers, dimension=3, reading=0.04, members=_MEMBERS, trials=300, rng=_rng(7))
    width = members("", "E", means, errors, at).half
    # What is uncertain is the error that so many tasks have; their number goes about as its inverse.
    half = np.asarray(width) * numbers / means
    return [Simulated(f"Least squares from random tasks, {_MEMBERS} samples of 300", "E", means, numbers, half, at)]


def _cells() -> Picture:
    """What N lines through the middle of a disc tell: the sector of the state, and the best guess in it."""
    lines, angle = _LINES, _ANGLE
    width = sp.pi / lines
    sector = width * sp.floor(angle / width)
    radius = 2 * sp.sin(width / 2) / (3 * width / 2)
    return Picture("Lines through the middle of a disc, a state (orange), and what its answers tell: its sector, and "
                   "the best guess in it (blue). More lines fix the direction, never the distance.",
                   (-1.05, 1.05, -1.05, 1.05), "first factor", "second factor", equal=True, layers=(
        Path(sp.cos(_S), sp.sin(_S), _S, (0, 2 * sp.pi), style="thin", colour=5),
        Path((2 * _S - 1) * sp.cos(width * MEMBER), (2 * _S - 1) * sp.sin(width * MEMBER), _S, members=lines, points=1,
             colour=5),
        Path(sp.cos(sector + width * _S), sp.sin(sector + width * _S), _S, colour=0),
        Path(_S * sp.cos(sector), _S * sp.sin(sector), _S, points=1, colour=0),
        Path(_S * sp.cos(sector + width), _S * sp.sin(sector + width), _S, points=1, colour=0),
        Path(0.75 * sp.cos(angle), 0.75 * sp.sin(angle), _S, points=0, style="dots", colour=1),
        Path(radius * sp.cos(sector + width / 2), radius * sp.sin(sector + width / 2), _S, points=0, style="dots",
             colour=0)))


_PHI = sp.Symbol("phi", real=True)
_Z = sp.symbols("z_1 z_2", real=True)

def _decoded() -> Sequence[Simulated]:
    z1, at = np.array([-1.8, -1.0, -0.2, 0.6, 1.4, 2.0]), {"phi": 1.2, "sigma_t": 0.4, "z_2": -0.5}
    found = samples.decoded_factors(z1, z2=-0.5, angle=1.2, sigma_t=0.4, members=_MEMBERS, trials=400, rng=_rng(8))
    words = f"Linear decoders fitted to states and reports, {_MEMBERS} samples of 400"
    return [replace(members(f"{words}: factor {k + 1}", "z_1", z1, values, at), output=k)
            for k, values in enumerate(found)]


# By the name of the derivation.
LABORATORIES: dict[str, Laboratory] = {
    "optimal-classifier": Laboratory("mu", {"mu": 0.3, "sigma": 1.0, "t": 4.0, "b": 0.1}, {"mu": (-1, 1)},
                                     simulate=sampled(
        f"Share of states beyond the boundary, {_MEMBERS} samples of 400", "mu", np.linspace(-0.9, 0.9, 7),
        lambda mu: samples.yes_shares(mu, sigma=1.0, t=4.0, b=0.1, members=_MEMBERS, trials=400, rng=_rng(0)),
        {"sigma": 1.0, "t": 4.0, "b": 0.1})),
    "closed-form-extraction": Laboratory(
        "z_1", {"phi": 1.2, "sigma_t": 0.4, "z_1": 1.0, "z_2": -0.5}, put={
            "C": sp.Matrix([[1, 0], [sp.cos(_PHI), sp.sin(_PHI)]]), "b": sp.zeros(2, 1), "z": sp.Matrix(_Z)},
        variables=(Variable(_PHI, "angle between the two normals", 0.2, 1.6, domain="positive"),
                   *(Variable(z, f"score of task {k}", -2, 2) for k, z in enumerate(_Z, 1))),
        outputs=("factor 1", "factor 2"), simulate=_decoded,
        note="For two tasks of two factors, normals of length 1 and no offsets."),
    "sigmoid-probit": Laboratory("T", {"T": 0.6}, {"T": (0.05, 1.2)}, simulate=sampled(
        f"Sigmoids fitted to Φ of sampled scores, {_MEMBERS} samples of 2000; the curve is an expansion in T", "T",
        (0.2, 0.4, 0.6, 0.8, 1.0),
        lambda reach: samples.fitted_scales(reach, members=_MEMBERS, trials=2000, rng=_rng(1)))),
    "time": Laboratory("R", {"sigma": 0.4, "v": round(VARIANCE, 5), "R": 0.5}, {"R": (0.05, 0.9)}, simulate=sampled(
        f"Estimates from observations one by one, {_MEMBERS} samples of 1000", "R", (0.2, 0.4, 0.6, 0.7, 0.8),
        lambda shares: samples.observations_needed(shares, sigma=0.4, members=_MEMBERS, trials=1000, rng=_rng(2)),
        {"sigma": 0.4, "v": VARIANCE})),
    "left-out": Laboratory("sigma_t", {"sigma_t": 0.3}, {"sigma_t": (0.02, 0.7)}, simulate=sampled(
        f"Decoders fitted without a quadrant, {_MEMBERS} samples of 4000", "sigma_t",
        (0.05, 0.1, 0.2, 0.3, 0.45, 0.6),
        lambda noise: samples.left_out_shares(noise, members=_MEMBERS, trials=4000, rng=_rng(3)))),
    "decisions": Laboratory("t", {"B": 1.0, "sigma": 1.0, "V": 1.0, "t": 1.0}, {"t": (0.1, 5)}, simulate=sampled(
        f"Share of right answers near each time, {_MEMBERS} samples of 2000 decisions", "t",
        (0.3, 0.5, 0.8, 1.2, 1.8, 2.6), lambda t: samples.right_shares(
            t, bound=1.0, sigma=1.0, variance=1.0, members=_MEMBERS, trials=2000, rng=_rng(4)),
        {"B": 1.0, "sigma": 1.0, "V": 1.0})),
    "noise-optimum": Laboratory("N", {"delta": 0.05, "kappa": 0.064, "N": 300}, {"N": (100, 1000)}, simulate=sampled(
        f"Where states at a distance of 0.4 are found best, {_MEMBERS} samples of 80", "N", (150, 220, 320, 470, 700),
        lambda N: samples.best_noises(N, noises=np.geomspace(0.007, 0.035, 9), precision=0.05, radius=0.4,
                                      members=_MEMBERS, trials=80, rng=_rng(9)), {"delta": 0.05, "kappa": 0.064})),
    "task-count": Laboratory("E", {"D": 3, "epsilon_2": 0.04, "E": 0.012}, {"E": (0.0015, 0.05)}, simulate=_needs),
    "angles": Laboratory("N", {"p": 1.0, "N": 24, "D": 3}, {"N": (8, 60)}, simulate=sampled(
        f"Angles under random tasks, {_MEMBERS} samples of 300", "N", (10, 16, 24, 36, 50),
        lambda N: samples.angle_spreads(N, dimension=3, power=1.0, members=_MEMBERS, trials=300, rng=_rng(5)),
        {"p": 1.0, "D": 3})),
    "noiseless-limit": Laboratory(
        "D", {"D": 2, "n_lines": 5, "alpha": 2.2}, {"D": (1, 10)}, picture=_cells(), simulate=sampled(
            f"Directions of sampled states, {_MEMBERS} samples of 3000", "D", (1, 2, 3, 4, 6, 8),
            lambda D: samples.direction_shares(D, members=_MEMBERS, trials=3000, rng=_rng(6))), variables=(
            Variable(_LINES, "number of lines", 2, 12), Variable(_ANGLE, "direction of the state", 0, 6.28,
                                                                 domain="nonnegative"))),
}
