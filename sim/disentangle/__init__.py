"""Many tasks, one latent state: the evidence task, agents that solve it, and what their states carry."""

from sim.disentangle.agents import Agent, BayesFilter, Imprecise, LogitResponse, ReadResponse, Response, ScoreResponse
from sim.disentangle.encoder import Encoder
from sim.disentangle.evaluation import Decoding, centroid_r2, decode, latent_directions
from sim.disentangle.latents import Latents
from sim.disentangle.network import Network
from sim.disentangle.noise import GaussianNoise, HeavyTailedNoise, Noise
from sim.disentangle.passage import first_passage
from sim.disentangle.questions import CurvedTasks, Questions, random_tasks
from sim.disentangle.reading import Reading, read_latent
from sim.disentangle.rows import study_rows
from sim.disentangle.runs import FilterRuns, StudyRuns, TrainedRuns, run_study
from sim.disentangle.study import Study
from sim.disentangle.task import EvidenceTask, Schedule, Trials
from sim.disentangle.training import Training, train

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
