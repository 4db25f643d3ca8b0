"""Any network that is one einsum: ``from gateflow.network import Network, Factor, conservation_laws, descend``."""

from gateflow.sim.network.descent import DescentStep, descend, descent_steps
from gateflow.sim.network.experiments.composition import Composition
from gateflow.sim.network.experiments.compression import Compression as CompressionExperiment
from gateflow.sim.network.experiments.descent import Descent
from gateflow.sim.network.experiments.laws import Laws
from gateflow.sim.network.experiments.modes import ModesOfTeachers
from gateflow.sim.network.experiments.self_gating import SelfGatingNetwork
from gateflow.sim.network.experiments.self_gating_plane import SelfGatingPlane
from gateflow.sim.network.integration import integrate
from gateflow.sim.network.presets import PRESETS, Preset
from gateflow.sim.network.schedule import Schedule, Task, squared_tasks
from gateflow.sim.network.teachers import initial_factors, make_teachers, with_cosines
from gateflow.sim.network.trajectory import NetworkTrajectory
from gateflow.theory.network.certificate import Certificate, count_laws
from gateflow.theory.network.compression import Compression, compress
from gateflow.theory.network.drift import batch_drift, step_change, step_drift
from gateflow.theory.network.flow import CustomLoss, Flow, SquaredLoss
from gateflow.theory.network.laws import Law, conservation_laws, contrast, law_between
from gateflow.theory.network.modes import Modes, modes
from gateflow.theory.network.network import Factor, Network
from gateflow.theory.network.scalar_parts import scalar_parts, unit_clock

__all__ = [
    "Certificate", "Composition", "Compression", "CompressionExperiment", "CustomLoss", "Descent", "DescentStep",
    "Factor", "Flow", "Law", "Laws", "Modes", "ModesOfTeachers", "Network", "NetworkTrajectory", "PRESETS", "Preset",
    "Schedule", "SelfGatingNetwork", "SelfGatingPlane", "SquaredLoss", "Task", "batch_drift", "compress",
    "conservation_laws", "contrast", "count_laws", "descend", "descent_steps", "initial_factors", "integrate",
    "law_between", "make_teachers", "modes", "scalar_parts", "squared_tasks", "step_change", "step_drift", "unit_clock",
    "with_cosines",
]
