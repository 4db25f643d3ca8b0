"""gateflow: theory and simulation of the dynamics of learning."""

__version__ = "0.1.0"
