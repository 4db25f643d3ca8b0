"""Many tasks, one latent state: the evidence task, agents that solve it, and what their states carry."""

from gateflow.sim.disentangle.agents import (
    Agent,
    BayesFilter,
    Imprecise,
    LogitResponse,
    ReadResponse,
    Response,
    ScoreResponse,
)
from gateflow.sim.disentangle.encoder import Encoder
from gateflow.sim.disentangle.evaluation import Decoding, centroid_r2, decode, latent_directions
from gateflow.sim.disentangle.latents import Latents
from gateflow.sim.disentangle.network import Network
from gateflow.sim.disentangle.noise import GaussianNoise, HeavyTailedNoise, Noise
from gateflow.sim.disentangle.passage import first_passage
from gateflow.sim.disentangle.questions import CurvedTasks, Questions, random_tasks
from gateflow.sim.disentangle.reading import Reading, read_latent
from gateflow.sim.disentangle.rows import study_rows
from gateflow.sim.disentangle.runs import FilterRuns, StudyRuns, TrainedRuns, run_study
from gateflow.sim.disentangle.study import Study
from gateflow.sim.disentangle.task import EvidenceTask, Schedule, Trials
from gateflow.sim.disentangle.training import Training, train

__all__ = [
    "Agent",
    "BayesFilter",
    "CurvedTasks",
    "Decoding",
    "Encoder",
    "EvidenceTask",
    "FilterRuns",
    "GaussianNoise",
    "HeavyTailedNoise",
    "Imprecise",
    "Latents",
    "LogitResponse",
    "Network",
    "Noise",
    "Questions",
    "ReadResponse",
    "Reading",
    "Response",
    "Schedule",
    "ScoreResponse",
    "Study",
    "StudyRuns",
    "TrainedRuns",
    "Training",
    "Trials",
    "centroid_r2",
    "decode",
    "first_passage",
    "latent_directions",
    "random_tasks",
    "read_latent",
    "run_study",
    "study_rows",
    "train",
]
