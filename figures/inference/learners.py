"""Colours and names of learners in all panels."""

from gateflow.figures.style import BLUE, GREEN, ORANGE, PINK, YELLOW

COLOUR = {"true": BLUE, "inferred": ORANGE, "memory": GREEN, "none": PINK, "shuffled": YELLOW}
NAME = {"true": "true task", "inferred": "inferred", "memory": "memory", "none": "none", "shuffled": "shuffled"}
