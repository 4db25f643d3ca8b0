"""What the results rest on, as BibTeX."""

from gateflow import __version__
from gateflow.theory.checks import InputError

BIBTEX = {
    "NTA": """@inproceedings{sandbrink2024flexible,
  title = {Flexible task abstractions emerge in linear networks with fast and bounded units},
  author = {Sandbrink, Kai J. and Bauer, Jan P. and Proca, Alexandra M. and Saxe, Andrew M. and
            Summerfield, Christopher and Hummos, Ali},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2024},
  eprint = {2411.03840},
  archivePrefix = {arXiv}
}""",
    "GBI": """@article{hummos2024gradient,
  title = {Gradient-based inference of abstract task representations for generalization in neural networks},
  author = {Hummos, Ali and del R{\\'i}o, Felipe and Wang, Brabeeba Mien and Hurtado, Julio and
            Calderon, Cristian B. and Yang, Guangyu Robert},
  journal = {arXiv preprint arXiv:2407.17356},
  year = {2024}
}""",
    "Glaze": """@article{glaze2015normative,
  title = {Normative evidence accumulation in unpredictable environments},
  author = {Glaze, Christopher M. and Kable, Joseph W. and Gold, Joshua I.},
  journal = {eLife},
  volume = {4},
  pages = {e08825},
  year = {2015}
}""",
    "DIS": """@inproceedings{vafidis2025disentangling,
  title = {Disentangling Representations through Multi-task Learning},
  author = {Vafidis, Pantelis and Bhargava, Aman and Rangel, Antonio},
  booktitle = {International Conference on Learning Representations},
  year = {2025},
  eprint = {2407.11249},
  archivePrefix = {arXiv}
}""",
    "Bernardi": """@article{bernardi2020geometry,
  title = {The Geometry of Abstraction in the Hippocampus and Prefrontal Cortex},
  author = {Bernardi, Silvia and Benna, Marcus K. and Rigotti, Mattia and Munuera, J{\\'e}r{\\^o}me and
            Fusi, Stefano and Salzman, C. Daniel},
  journal = {Cell},
  volume = {183},
  number = {4},
  pages = {954--967},
  year = {2020}
}""",
    "Johnston": """@article{johnston2023abstract,
  title = {Abstract representations emerge naturally in neural networks trained to perform multiple tasks},
  author = {Johnston, W. Jeffrey and Fusi, Stefano},
  journal = {Nature Communications},
  volume = {14},
  pages = {1040},
  year = {2023}
}""",
    "Saxe": """@inproceedings{saxe2014exact,
  title = {Exact solutions to the nonlinear dynamics of learning in deep linear neural networks},
  author = {Saxe, Andrew M. and McClelland, James L. and Ganguli, Surya},
  booktitle = {International Conference on Learning Representations},
  year = {2014},
  eprint = {1312.6120},
  archivePrefix = {arXiv}
}""",
    "Marcotte": """@inproceedings{marcotte2023abide,
  title = {Abide by the law and follow the flow: conservation laws for gradient flows},
  author = {Marcotte, Sibylle and Gribonval, R{\\'e}mi and Peyr{\\'e}, Gabriel},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2023},
  eprint = {2307.00144},
  archivePrefix = {arXiv}
}""",
    "Hairer": """@book{hairer1993solving,
  title = {Solving Ordinary Differential Equations I: Nonstiff Problems},
  author = {Hairer, Ernst and N{\\o}rsett, Syvert P. and Wanner, Gerhard},
  publisher = {Springer},
  edition = {2},
  year = {1993}
}""",
    "gateflow": f"""@software{{gateflow,
  title = {{gateflow: theory and simulation of the dynamics of learning}},
  author = {{{{The gateflow authors}}}},
  version = {{{__version__}}},
  year = {{2026}}
}}""",
}

# Which entries a result rests on.
RESTS_ON = {"gated": ("NTA", "gateflow"), "network": ("NTA", "Saxe", "Marcotte", "gateflow"),
            "plane": ("Hairer", "gateflow"),
            "inference": ("GBI", "NTA", "Glaze", "gateflow"),
            "disentangle": ("DIS", "Bernardi", "Johnston", "gateflow")}


def citation(name: str | None = None) -> str:
    """BibTeX of what the named result rests on, or of everything. Raises InputError for an unknown name."""
    if name is None:
        return "\n\n".join(BIBTEX.values())
    if name not in RESTS_ON:
        raise InputError(f"name must be one of {', '.join(RESTS_ON)}, got {name!r}")
    return "\n\n".join(BIBTEX[key] for key in RESTS_ON[name])
