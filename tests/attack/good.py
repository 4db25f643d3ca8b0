"""A good value for every argument of every public function and method, by the argument's name; one word, one meaning.

Names that mean something else in one place stand there with it, as "function.argument".
"""

from functools import cache
from typing import Any

import numpy as np
import sympy

from gateflow import derivations, disentangle, gated, inference, network, plane, sweep

# Of these no call with one wrong argument among good ones is tried: steps check themselves, against a bank of false
# ones (tests/theory/proofs), and what is made of them checks that they are steps.
STEPS = ("Along", "Bound", "Definition", "Derivation", "Differentiate", "Evolve", "Integrate", "Limit", "Linearise",
         "Rewrite", "Series", "Solve", "Substitute")


def _rng() -> np.random.Generator:
    return np.random.default_rng(3)


def _double(parameters: Any, streams: Any, fixed: Any) -> dict[str, Any]:
    return {"y": 2 * parameters["x"]}


@cache
def objects() -> dict[str, Any]:
    """Objects that are made once; generators are made anew for each call."""
    model = gated.flexible(d_in=3, d_out=2)
    W_star = gated.orthogonal_teachers(2, 2, 3, _rng())
    net = network.Network("ih,hj->ij", (network.Factor("W_2"), network.Factor("W_1")), {"i": 2, "h": 2, "j": 3})
    state = (np.ones((2, 2)), np.arange(6.0).reshape(2, 3) / 6)
    law, = network.conservation_laws(net)
    tasks = network.squared_tasks(net, W_star)
    linear = inference.TaskModel([[1.0, 0.0], [0.0, 1.0]])
    world = inference.Contexts([0.2, 0.8], inference.IsotropicNoise(0.1))
    lines, evidence = disentangle.evenly_spaced_tasks(4), disentangle.Evidence(np.eye(2))
    asked = disentangle.EvidenceTask.simple(lines, 0.2, 5)
    clock = derivations.derivation("clock")
    return {
        "model": model, "W_star": W_star, "curriculum": gated.Curriculum.cyclic(2, 2), "net": net, "state": state,
        "law": law, "tasks": tasks, "schedule": network.Schedule.cyclic(2, 2, 0.1), "linear": linear, "world": world,
        "lines": lines, "asked": asked, "evidence": evidence,
        "derivation": clock, "sheet": derivations.sheet(clock),
        "sweep": sweep.Sweep("plane", {"x": [1.0, 2.0]}, _double),
        "agent": disentangle.BayesFilter(lines, evidence, asked.schedule), "mean": gated.MeanNetwork(model, np.eye(2))}


@cache
def planar() -> dict[str, Any]:
    """Flows, maps and what is found of them; a dictionary for each function that takes more than a flow and a box."""
    from matplotlib.figure import Figure

    box, axes = plane.Box((-2, 2), (-1, 1)), Figure().subplots()
    system = plane.PlanarSystem(lambda x, y, p, q: (x - x**3 + p, q - y), {"p": 0.0, "q": 0.0}, analytic=True)
    henon = plane.Equations.of("x -> 1 - a*x**2 + y, y -> b*x").map({"a": 0.3, "b": 0.3})
    wheel = plane.Equations.of("x' = m*x - y - x*(x**2 + y**2), y' = x + m*y - y*(x**2 + y**2)").flow({"m": 0.3})
    fixed = plane.fixed_points(system, box)
    saddle = next(point for point in fixed.points if point.kind == "saddle")
    diagram = plane.flow_diagram(system, "p", (-1, 1), box, cycles=False)
    hopf = next(point for point in plane.flow_diagram(wheel, "m", (-1, 1), box, cycles=False).special
                if point.kind == "hopf")
    cycle, = plane.limit_cycles(wheel, box)
    region, square = [(-3.0, 3.0), (-1.0, 1.0)], ((-1.0, 1.0), (-1.0, 1.0))
    cycles = plane.cycles(henon, [[0.5], [0.1]])
    over = {"system": wheel, "parameter": "m", "bounds": (0.1, 0.5)}
    return {
        "system": system, "smooth": henon, "box": box, "parameter": "p", "bounds": (-0.3, 0.3), "region": region,
        **{f"{name}.axes": axes for name in (
            "draw_basins", "draw_curves", "draw_diagram", "draw_map", "draw_periods", "draw_portrait",
            "draw_trajectories")}, "figure": axes.figure, "handles": [], "diagram": diagram, "saddle": saddle,
        "jacobian": [[0.0, 1.0], [-1.0, 0.0]], "expressions": ("y", "p - x"), "variables": ("x", "y"),
        "starts": [[0.5], [0.1]], "math_name.name": "tau_c", "draw_diagram.name": "x", "second": "q",
        "pieces": [(wheel, 1.0)], "zero_curves.function": lambda x, y: x - y, "basins": plane.basins(system, box),
        "curves": plane.two_parameter_curves(system, diagram, "q", (-1, 1)), "names": ("p", "q"), "cycles": cycles,
        "orbits": [np.zeros((3, 2))], "shown": plane.portrait(system, box), "paths": [], "hopf": hopf, "cycle": cycle,
        "flow.parameters": {"p": 1.0}, "smooth_map.parameters": {"p": 1.0}, "durations": {"time": 1.0},
        "draw_curves.bounds": square, "two_parameter_curves.bounds": (-1.0, 1.0),
        "continue_special_point.point": diagram.special[0], "continue_special_point.parameters": ("p", "q"),
        "continue_special_point.bounds": square, "continue_special_point.region": square,
        "first_lyapunov.system": wheel, "first_lyapunov.point": np.zeros(2), "size": np.ones(2), "changes": {"m": 0.0},
        **{f"{name}.start": (0.5, 0.1) for name in ("continue_fixed_point", "continue_map_cycle",
                                                    "trajectory")},
        **{f"continue_map_cycle.{name}": value for name, value in {"parameter": "a", "bounds": (0.1, 0.5)}.items()},
        **{f"map_diagram.{name}": value for name, value in {"parameter": "a", "bounds": (0.1, 0.5)}.items()},
        **{f"{name}.{key}": value for name in ("cycles_from", "cycles_from_hopf", "limit_cycles")
           for key, value in over.items()}, "cycles_from_hopf.bounds": (-0.5, 0.5),
        "Box.x": (-2.0, 2.0), "Box.y": (-1.0, 1.0), "PlanarSystem.function": lambda x, y: (y, -x),
        "SmoothMap.function": lambda x, y: (y, x), "SmoothMap.parameters": {}, "PlanarSystem.parameters": {},
    }


def good(function: str, name: str) -> Any:
    """A good value of an argument; KeyError where none is known."""
    here = _values() | planar()
    return here.get(f"{function}.{name}", here.get(name, KeyError))


def _values() -> dict[str, Any]:
    made = objects()
    return {
        # gated
        "model": made["model"], "W_star": made["W_star"], "curriculum": made["curriculum"], "W0": np.ones((1, 2, 2, 3)),
        "c0": np.full((1, 2), 0.5), "W": np.ones((2, 2, 3)), "c": 0.1, "w": 0.9, "d": 0.1, "task": 1, "s": 0.8,
        "tau": 1.0, "tau_w": 1.0, "tau_c": 0.1, "tau_block": 0.8, "t": 0.5, "u_0": 0.1, "c_0": 0.2, "start": 0.1,
        "end": 0.3, "gram": np.eye(2), "init_std": 0.01, "penalty_gradient": np.zeros(2), "teacher": np.ones((2, 3)),
        "E": np.ones((2, 3)), "F": np.ones((2, 3)), "error": np.ones(3), "gate_power": 1.0, "input_power": 1.0,
        "one": np.eye(3), "similarity": np.eye(2), "overlap": 0.3, "n_members": 2, "n_paths": 2, "d_out": 2, "d_in": 3,
        "strengths": [[1.0, 0.5], [0.5, 1.0]], "weights": [[0.5, 0.5]], "critical": 0.1, "gain": 0.3, "multiplier": 2.0,
        "target": 0.95, "held": 0.4, "tasks": (0, 1), "network": made["net"], "critical_contrast.network": made["mean"],
        "blocks_until_onset.most_blocks": 2,
        "block_path.t": [0.1, 0.2], "block_path.start": (-1.0, 0.9, 0.0), "path_through_blocks.start": (-1.0, 0.9, 0.0),
        "path_through_blocks.tasks": (1, -1), "adaptation_time.t": [0.0, 0.5], "adaptation_time.loss": [[1.0, 0.0]],
        "adaptation_time.bounds": [0.0, 1.0], "adaptation_time.loss_block": [[0.0]], "n_tasks": 4,
        **{f"{name}.c": [0.5, 0.5] for name in ("conserved_drift", "conserved_matrix", "contrast", "contrast_drift",
                                               "error", "gradient_flow")},
        "rank": 1, "ranked_teachers.n_tasks": 1, "threshold": 0.1, "first_below.loss": [[1.0, 0.0]],
        "first_below.starts": [0, 2], "first_passage.loss": [1.0, 0.1], "first_passage.shape": [5.0, 5.0],
        "first_passage.drift": [0.5, 0.2], "batch_shape.error": np.ones((2, 3)), "batch_run.rng": [_rng()],
        "batch_run.dt": 1e-3,
        # network
        "spec": "p,pij->ij", "initial": made["state"], "schedule": made["schedule"], "targets": made["W_star"],
        "law": made["law"], "flow": network.Flow(made["net"]), "state": made["state"], "before": made["state"],
        "after": made["state"], "forces": made["state"], "velocity": made["state"], "cost_gradients": made["state"],
        "loss": made["tasks"][0].loss, "batch_size": 4, "dt": 0.01, "Q": np.eye(2), "first": "W_2", "second": "W_1",
        "kind": "random", "shape": (2, 3), "shapes": ((2, 2), (2, 3)), "scale": 0.1, "streams": [_rng()], "rng": _rng(),
        **{f"{name}.tasks": made["tasks"] for name in ("descend", "descent_steps", "integrate")},
        "unit_clock.network": network.Network("a,a,a->", sizes={"a": 2}), "unit_clock.state": [np.ones(2)] * 3,
        # inference
        "distance": 1.0, "sigma": 0.5, "shift": 0.1, "converged_accuracy.first": 1.0, "converged_accuracy.second": 1.2,
        "shifted_accuracy.first": 0.5, "norms": [1.0, 2.0], "means": [0.2, 0.8], "hazard": 0.05, "noise": 1.0,
        "correlation": 0.9, "rate": 0.1, "steps": 2, "temperature": 0.5, "observations": 5, "distance_squared": 1.0,
        "variance": 1.0, "share": 0.5, "memory": 2, "coefficients": [0.5, 0.2], "offset": 0.1, "mean": 0.5,
        "windowed_loss.mean": [0.5], "windowed_loss.weights": [[0.2], [0.8]], "window": 3, "strength": 1.0,
        "missing": 0.5, "log_odds": 1.0, "carry": 0.5, "lag": 0.1, "momentum": 0.2, "inside": 1.0, "outside": 0.5,
        "x": 0.5, "g": [1.0, 2.0], "q": [0.5, 0.5], "p": [0.2, 0.8], "joint": [0.1, 0.2], "gradient": [0.1, 0.2],
        "log_likelihood": [[0.0, -1.0]], "z": [0.3, 0.7], "u": [0.1, 0.2], "parametrisation": "vector",
        "reliability.q": [[0.2, 0.8], [0.6, 0.4]], "labels": [1, 0], "centre": [1.0, 1.0],
        "score": "gradient", "thresholds": [1.0], "world": made["world"], "switches": inference.RandomSwitches(0.1),
        "length": 5, "detection_area.outside": inference.Source([1.0, 1.0]),
        "detection_curve.outside": inference.Source([1.0, 1.0]), "high": [0.9, 0.8], "low": [0.2, 0.1],
        "right": [True, False], "observed.tasks": [[0, 1]], "gate_path.t": [0.1], "gate_path.c0": [0.5, 0.5],
        "gate_path.W": np.ones((2, 2, 3)), "gate_path.sigma": np.eye(3), "gate_model.sigma": np.eye(3),
        "gate_observation.sigma": np.eye(3),
        **{f"{name}.model": made["linear"] for name in (
            "correction", "detection_area", "detection_curve", "log_likelihood", "missing_range", "one_step",
            "posterior", "task_gradient")},
        **{f"{name}.x": [0.9, 0.1] for name in ("log_likelihood", "one_step", "posterior", "task_gradient")},
        "orthogonal": made["W_star"], "Factor.name": "W", "Schedule.durations": (1.0, 1.0), "durations": (1.0, 1.0),
        # sweep and derivations
        "Sweep.name": "plane", "axes": {"x": [1.0, 2.0]}, "function": _double, "groups.parameters": {"x": np.ones(2)},
        "jobs": [(pow, (2, 3))], "room": "inference", "experiment": "tracking", "experiments_over.name": "hazard",
        "values": [0.01, 0.02], "experiments_over.parameters": {}, "experiments": (), "outcomes": (),
        "run_sweep.sweep": made["sweep"], "derivation.name": "clock",
        "derivation": made["derivation"], "sheet": made["sheet"], "words": "x is positive",
        "symbol": sympy.Symbol("x", real=True), "relation": sympy.Symbol("x", real=True) > 0, "meaning": "a number",
        # disentangle
        "angle": 1.0, "dimension": 2, "power": 1.0, "resultant": 0.2, "direction": 0.3, "bound": 1.0, "drift": 0.2,
        "directions": np.eye(2), "square": 0.1, "inner": 0.02, "noise_variance": 0.1, "logit": 0.5, "log_yes": -0.5,
        "log_no": -0.9, "probability": 0.3, "half_angle": 0.5, "half_range": 1.0, "sigma_t": 0.1, "precision": 0.05,
        "mu": [0.1, 0.2], "S": 0.1 * np.eye(2), "scores": [0.1, 0.2, 0.3, 0.4], "cubed_radius": 0.1, "reading": 0.01,
        "r2": 0.9, "prior": disentangle.FlatPrior(), "answers": [[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]],
        "sets": 1, "trials": 20, "duration": 3, "read": [[0.6, 0.4, 0.5, 0.3]], "questions": None,
        **{f"{name}.tasks": made["lines"] for name in (
            "classify", "expected_error", "extract", "filter_errors", "fisher_information", "latent_angles",
            "linear_answer_r2", "noiseless_r2", "noiseless_r2_sampled", "optimal_noise", "read_latent", "regions",
            "BayesFilter", "CurvedTasks")},
        "Z": _rng().standard_normal((40, 3)), "decoded": np.zeros((40, 2)), "sums": np.zeros((3, 2)),
        **{f"{name}.x": _rng().uniform(-0.5, 0.5, (40, 2)) for name in (
            "cross_condition_generalisation", "decode", "latent_directions", "linear_decoder",
            "out_of_distribution_r2", "parallelism_score", "r_squared")},
        "filter_cells.parameters": {"sigma": np.array([0.2])}, "filter_cells.streams": [np.random.SeedSequence(0)],
        "fixed": {}, "covariance": np.eye(2), "evidence": made["evidence"], "curvature": 0.1, "latents":
        made["asked"].latents, "EvidenceTask.noise": made["asked"].noise, "EvidenceTask.questions": made["lines"],
        "BayesFilter.schedule": made["asked"].schedule, "EvidenceTask.schedule": made["asked"].schedule,
        "agent": made["agent"], "C": np.eye(2),
        "Tasks.b": [0.0, 0.0], "A": 0.1 * np.eye(2), "B": np.eye(2), "a": np.zeros(2), "Network.W": np.ones((4, 2)),
        "Network.c": np.zeros(4),
    }

