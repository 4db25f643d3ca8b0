"""Told the source of its texts, a network infers that of others by gradients; one never told predicts as well"""

from functools import partial

from gateflow.figures.published import Part, Printed, Published
from gateflow.sim.inference.experiments.language import LENGTHS, READ, READINGS, VECTORS, Language, LanguageRuns
from gateflow.theory.checks import Array


def gained(experiment: Language, runs: LanguageRuns, *, more: str, less: str) -> Array:
    """Nats a character (S,) by which one vector is worse than another, on sources that were learned."""
    return runs.loss[:, VECTORS.index(more)] - runs.loss[:, VECTORS.index(less)]


def unseen(experiment: Language, runs: LanguageRuns, *, more: str, less: str) -> Array:
    """The same on sources that were not learned."""
    loss = runs.unseen.mean(axis=1)
    return loss[:, VECTORS.index(more)] - loss[:, VECTORS.index(less)]


def found(experiment: Language, runs: LanguageRuns) -> Array:
    """Share (S,) of texts whose source one step finds after READ characters."""
    return runs.right[:, READINGS.index("one step"), LENGTHS.index(READ)]


FIGURE = Published(
    paper="GBI", number="language",
    shows="Loss of a recurrent language model told the source of a text, with the source inferred by gradients, with "
          "none or a wrong one; on sources that it never learned; and how much text it takes to infer one.",
    parts=(Part("five sources of text", Language(seeds=5), {"quick": True}),),
    printed=(
        Printed(f"share of sources found by one step from {READ} characters", "most", low=0.5, ours=found),
        *(Printed(f"{words}, nats a character", "above 0", low=0.0, ours=partial(gained, more=more, less=less),
                  why=why)
          for words, more, less, why in (
              ("wrong less true source", "wrong source", "true source", ""),
              ("no vector less inferred by one step", "uniform", "one step", ""),
              ("never told less inferred by one step", "never told", "one step", "a network that was never told knows "
               "the source by itself from what it has read"))),
        *(Printed(f"source never learned: {words}, nats a character", "above 0", low=0.0,
                  ours=partial(unseen, more=more, less=less), why=why)
          for words, more, less, why in (
              ("no vector less inferred by several steps", "uniform", "several steps", ""),
              ("likeliest source less several steps", "likeliest source", "several steps", ""),
              ("never told less several steps", "never told", "several steps", "as above"))),
    ),
    conventions="Characters instead of words, texts that packages ship or that are in the public domain; the honest "
                "baseline is a network of the same size that was never told. Rows judge likelihoods and gradients of "
                "the trained networks against what theory says of them.")
