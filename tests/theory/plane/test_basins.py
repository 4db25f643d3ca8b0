import numpy as np
import pytest

from gateflow.theory.checks import InputError
from gateflow.theory.plane.basins import basins
from gateflow.theory.plane.box import Box
from gateflow.theory.plane.expressions import Equations
from gateflow.theory.plane.maps import cycles
from gateflow.theory.plane.stroboscope import stroboscopic_map
from gateflow.theory.plane.system import PlanarSystem
from gateflow.theory.plane.trajectories import trajectory


def test_a_point_and_a_cycle_share_the_plane_along_the_unstable_cycle():
    ring = Equations.of("x' = p*x - y + x*(x*x + y*y) - x*(x*x + y*y)**2,"
                        "y' = x + p*y + y*(x*x + y*y) - y*(x*x + y*y)**2").flow({"p": -0.1})
    found = basins(ring, Box((-2, 2), (-2, 2)), resolution=120)
    radius = np.hypot(*np.meshgrid(found.x, found.y))
    edge = np.sqrt((1 - np.sqrt(0.6)) / 2)
    np.testing.assert_array_equal(found.which, np.where(radius < edge, 0, 1))
    assert found.shares == pytest.approx((np.pi * edge**2 / 16, 1 - np.pi * edge**2 / 16), abs=2e-3)


def test_basins_are_those_of_trajectories_and_what_goes_far_away_has_none():
    wells = PlanarSystem(lambda x, y: (y, x - x**3 - y / 4))
    box = Box((-2, 2), (-1.5, 1.5))
    found = basins(wells, box, resolution=40)
    assert found.shares == pytest.approx((0.5, 0.5))
    for row, column in ((3, 5), (20, 11), (33, 30), (39, 0)):
        end = trajectory(wells, (found.x[column], found.y[row]), box, length=50).points[-1]
        assert np.sign(end[0]) == (-1 if found.which[row, column] == 0 else 1)
    escape = basins(PlanarSystem(lambda x, y: (x**2 - 0.25, -y)), Box((-1, 1), (-1, 1)), resolution=20)
    np.testing.assert_array_equal(escape.which, np.broadcast_to(np.where(escape.x < 0.5, 0, -1), (20, 20)))


def relaxing(target):
    return PlanarSystem(lambda x, y, k: (target - k * x, x - 2 * y), {"k": 1.0})


def test_a_switched_flow_has_the_cycle_and_multipliers_of_its_closed_form():
    smooth = stroboscopic_map([(relaxing(1.0), "T"), (relaxing(-1.0), "T")], {"T": 0.7})
    (cycle,) = cycles(smooth, np.zeros((2, 1)))
    decay = np.exp(-0.7)
    assert cycle.points[0, 0] == pytest.approx(-((1 - decay) ** 2) / (1 - decay**2), abs=1e-9)
    np.testing.assert_allclose(cycle.multipliers, [decay**2, decay**4], atol=1e-9)
    assert cycle.stable
    # Durations are parameters, and every place has its own.
    times = np.array([0.3, 0.7, 2.0])
    images = smooth.image([0.2, 0.0], T=times)
    np.testing.assert_allclose(images[0], -1 + (2 - 0.8 * np.exp(-times)) * np.exp(-times), atol=1e-9)


def test_a_driven_oscillator_doubles_and_turns_as_its_strobe_says():
    """A kicked rotation by an angle: multipliers exp(±i·angle), of the identity of a full turn."""
    turn = PlanarSystem(lambda x, y, w: (-w * y, w * x), {"w": 2.0})
    smooth = stroboscopic_map([(turn, 0.5)])
    np.testing.assert_allclose(smooth.multipliers(np.zeros((1, 2))), [np.exp(1j), np.exp(-1j)], atol=1e-9)


def test_flows_that_do_not_agree_are_refused():
    with pytest.raises(InputError, match="k must be the same in all flows, got 1 and 2"):
        stroboscopic_map([(relaxing(1.0), 1.0), (relaxing(1.0).replace(k=2), 1.0)])
    with pytest.raises(InputError, match="durations must name T"):
        stroboscopic_map([(relaxing(1.0), "T")])
