import numpy as np
import pytest
from scipy.special import mathieu_a, mathieu_b

from gateflow.theory.checks import InputError
from gateflow.theory.plane.continuation import continue_map_cycle
from gateflow.theory.plane.expressions import Equations
from gateflow.theory.plane.maps import cycle_starts, cycles

FORCED = Equations.of("x' = y, y' = -x - y/2 + f*cos(w*t)")


def test_a_forced_oscillator_has_the_response_of_its_formula():
    smooth = FORCED.stroboscope({"f": 1.0, "w": 2.0}, "2*pi/w")
    assert list(smooth.parameters) == ["f", "w"]
    (rest,) = cycles(smooth, cycle_starts(smooth, [(-2, 2), (-2, 2)]))
    response = 1 / (1 - 4 + 1j)
    np.testing.assert_allclose(rest.points, [[response.real, -2 * response.imag]], atol=1e-9)
    np.testing.assert_allclose(rest.multipliers, np.exp(np.pi * np.roots([1, 0.5, 1])), atol=1e-9)
    # The period goes with its parameter.
    fast = smooth.image(rest.points.T, w=4.0)
    response, decay = 1 / (1 - 16 + 2j), np.array([[0, 1], [-1, -0.5]])
    here = np.array([response.real, -4 * response.imag])
    values, vectors = np.linalg.eig(decay)
    moved = (vectors * np.exp(values * np.pi / 2)) @ np.linalg.inv(vectors)
    np.testing.assert_allclose(fast[:, 0], here + (moved @ (rest.points[0] - here)).real, atol=1e-9)


def test_duffing_has_a_saddle_between_its_wells():
    smooth = Equations.of("x' = y, y' = -d*y + x - x**3 + g*cos(w*t)").stroboscope(
        {"d": 0.3, "g": 0.2, "w": 1.2}, "2*pi/w", scale=2.0, rtol=1e-9)
    left, saddle, right = cycles(smooth, cycle_starts(smooth, [(-2, 2), (-2, 2)]))
    assert (left.stable, saddle.stable, right.stable) == (True, False, True)
    # Small about the top of the barrier: nearly that of its linear form.
    response = 0.2 / (-1 - 1.44 + 0.36j)
    np.testing.assert_allclose(saddle.points[0], [response.real, -1.2 * response.imag], atol=2e-3)
    for cycle in (left, saddle, right):
        assert np.prod(cycle.multipliers) == pytest.approx(np.exp(-0.3 * 2 * np.pi / 1.2), rel=1e-6)


def test_the_tongues_of_mathieus_equation_begin_at_its_characteristic_values():
    swing = Equations.of("x' = y, y' = -(a - 2*q*cos(2*t))*x").stroboscope({"a": 0.5, "q": 0.3}, "pi")
    branch = continue_map_cycle(swing, (0, 0), "a", (0.4, 1.5), [(-1, 1), (-1, 1)], step=0.3)
    flips = [point.p for point in branch.special if point.kind == "flip"]
    assert flips == pytest.approx([float(mathieu_b(1, 0.3)), float(mathieu_a(1, 0.3))], abs=1e-9)


def test_what_goes_far_away_or_is_not_defined_is_lost_and_the_rest_goes_on():
    smooth = Equations.of("x' = x**2, y' = -log(y) + 0*t").stroboscope({}, "2")
    image = smooth.image([[0.1, 1.0, 0.1], [1.0, 1.0, -1.0]])
    np.testing.assert_allclose(image[:, 0], [0.125, 1.0], rtol=1e-9)
    assert np.isnan(image[:, 1:]).all()
    assert smooth.jacobian([0.1, 1.0])[0, 0] == pytest.approx(1 / 0.8**2)


@pytest.mark.parametrize("period", ["2*pi/v", "t", "-1", "x", "0", "0*w"])
def test_a_period_is_a_positive_expression_of_parameters(period):
    with pytest.raises(InputError, match=r"^period must be"):
        FORCED.stroboscope({"f": 1.0, "w": 2.0}, period)
