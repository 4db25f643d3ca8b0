"""Inference of tasks that switch unannounced: sequences, agents that infer, and learners that do both."""

from gateflow.sim.inference.agents import (
    Agent,
    ExactPosterior,
    Inference,
    Iterative,
    LikelihoodSearch,
    Observer,
    OneStep,
    Passes,
)
from gateflow.sim.inference.learner import ORDERS, SOURCES, Learned, Learner
from gateflow.sim.inference.rows import study_rows
from gateflow.sim.inference.runs import StudyRuns, run_study
from gateflow.sim.inference.stream import Stream, draw_stream, observed
from gateflow.sim.inference.study import Study
from gateflow.sim.inference.switches import Blocks, RandomSwitches, Switches
from gateflow.sim.inference.worlds import Contexts, Teachers, World, draw_noise

__all__ = [
    "ORDERS",
    "SOURCES",
    "Agent",
    "Blocks",
    "Contexts",
    "ExactPosterior",
    "Inference",
    "Iterative",
    "Learned",
    "Learner",
    "LikelihoodSearch",
    "Observer",
    "OneStep",
    "Passes",
    "RandomSwitches",
    "Stream",
    "Study",
    "StudyRuns",
    "Switches",
    "Teachers",
    "World",
    "draw_noise",
    "draw_stream",
    "observed",
    "run_study",
    "study_rows",
]
