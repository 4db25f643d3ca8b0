"""A good value for every argument of every public function and method, by the argument's name; one word, one meaning.

Names that mean something else in one place stand there with it, as "function.argument".
"""

from functools import cache
from typing import Any

import numpy as np

from gateflow import derivations, disentangle, gated, inference, network, sweep
from gateflow.theory.references import citation


def _rng() -> np.random.Generator:
    return np.random.default_rng(3)


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
    lines = disentangle.evenly_spaced_tasks(4)
    return {
        "model": model, "W_star": W_star, "curriculum": gated.Curriculum.cyclic(2, 2), "net": net, "state": state,
        "law": law, "tasks": tasks, "schedule": network.Schedule.cyclic(2, 2, 0.1), "linear": linear, "world": world,
        "lines": lines, "mean": gated.MeanNetwork(model, np.eye(2))}


def good(function: str, name: str) -> Any:
    """A good value of an argument; KeyError where none is known."""
    here = _values()
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
        # disentangle
        "angle": 1.0, "dimension": 2, "power": 1.0, "resultant": 0.2, "direction": 0.3, "bound": 1.0, "drift": 0.2,
        "directions": np.eye(2), "square": 0.1, "inner": 0.02, "noise_variance": 0.1, "logit": 0.5, "log_yes": -0.5,
        "log_no": -0.9, "probability": 0.3, "half_angle": 0.5, "half_range": 1.0, "sigma_t": 0.1, "precision": 0.05,
        "mu": [0.1, 0.2], "S": 0.1 * np.eye(2), "scores": [0.1, 0.2, 0.3, 0.4], "cubed_radius": 0.1, "reading": 0.01,
        "r2": 0.9, "prior": disentangle.FlatPrior(), "answers": [[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]],
        "sets": 1, "trials": 20, "duration": 3, "read": [[0.6, 0.4, 0.5, 0.3]], "questions": None,
        **{f"{name}.tasks": made["lines"] for name in (
            "classify", "expected_error", "extract", "filter_errors", "fisher_information", "latent_angles",
            "linear_answer_r2", "noiseless_r2", "noiseless_r2_sampled", "optimal_noise", "read_latent", "regions")},
    }


__all__ = ["citation", "derivations", "good", "objects", "sweep"]
