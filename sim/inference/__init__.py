"""Inference of tasks that switch unannounced: sequences, agents that infer, and learners that do both."""

from sim.inference.agents import (
    Agent,
    ExactPosterior,
    Inference,
    Iterative,
    LikelihoodSearch,
    Observer,
    OneStep,
    Passes,
)
from sim.inference.learner import ORDERS, SOURCES, Learned, Learner
from sim.inference.rows import study_rows
from sim.inference.runs import StudyRuns, run_study
from sim.inference.stream import Stream, draw_stream, observed
from sim.inference.study import Study
from sim.inference.switches import Blocks, RandomSwitches, Switches
from sim.inference.worlds import Contexts, Teachers, World, draw_noise

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
