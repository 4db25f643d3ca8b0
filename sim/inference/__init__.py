"""Inference of tasks that switch unannounced: sequences, agents that infer, and learners that do both."""

from sim.inference.stream import Stream, draw_stream, observed
from sim.inference.switches import Blocks, RandomSwitches, Switches
from sim.inference.worlds import Contexts, Teachers, World, draw_noise

__all__ = [
    "Blocks",
    "Contexts",
    "RandomSwitches",
    "Stream",
    "Switches",
    "Teachers",
    "World",
    "draw_noise",
    "draw_stream",
    "observed",
]
