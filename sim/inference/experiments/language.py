"""How many characters until a network knows the source of a text, and what is that worth?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import scipy

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, bound_row, half_width, make_row, order_row
from gateflow.sim.inference import language
from gateflow.sim.inference.images import best_temperature
from gateflow.sim.inference.language import LanguagePurpose, train_networks
from gateflow.sim.inference.parameters import observation_row
from gateflow.sim.inference.texts import SOURCES, Codes, split, windows
from gateflow.sim.training.experiment import TrainedExperiment
from gateflow.sim.training.loop import Descent
from gateflow.sim.training.networks import Weights
from gateflow.theory.checks import MANY, Array, InputError, Range
from gateflow.theory.inference.one_step import total_variation_bound
from gateflow.theory.parameters import check_different, parameter

# The vector with which the next characters are predicted, where a beginning was read.
VECTORS = ("true source", "one step", "several steps", "likeliest source", "Bayes", "uniform", "wrong source",
           "never told")
READINGS = ("one step", "every source tried")
# Characters after which the source is asked for; those that are read before others are predicted; steps of descent,
# and the rates among which validation chooses.
LENGTHS = (4, 8, 16, 32, 64, 128)
READ, STEPS, RATES = 64, 5, (0.05, 0.1, 0.2, 0.4)
# What predicts the first characters of a text, of which nothing was read.
EARLY, FIRST = 16, ("true source", "Bayes", "uniform", "never told")
# A source counts as known from this belief on.
SURE = 0.9
# Share of the way to a source at which the gradient is compared with a difference.
_WAY = 0.2
# Standard errors that chance may make at the confidence of rows.
_CHANCE = 3.29


@dataclass(frozen=True, eq=False)
class LanguageRuns:
    """Of S networks; lengths are LENGTHS, readings READINGS, vectors VECTORS, K sources that they learned.

    right (S, readings, lengths): share of texts whose source is found; belief (S, lengths): mean of the posterior's
    largest entry there. own_right, own_belief (S, readings, lengths): the same of texts that the network writes, and
    the posterior's mean belief in what each reading finds. needed (S, readings): characters until a belief of SURE, at
    most 128; sure_right (S, readings): share right then; drift (S,): log-likelihood of the true source above the best
    other one, a character. early (S, FIRST): nats a character of the first EARLY; loss (S, vectors): after READ, of
    learned sources; unseen (S, held-out
    sources, vectors): of others, NaN where there is none; mixture (S, held-out sources, K): posterior of others.
    regret (S,): most that Bayes loses to the best source of a text; excess (S,): most that the total variation of one
    step and posterior exceeds its bound; linear (S, 2): what the gradient leaves out of log p at _WAY and half of it.
    """

    right: Array
    belief: Array
    own_right: Array
    own_belief: Array
    needed: Array
    sure_right: Array
    drift: Array
    early: Array
    loss: Array
    unseen: Array
    mixture: Array
    regret: Array
    excess: Array
    linear: Array


@dataclass(frozen=True)
class Language(TrainedExperiment[LanguageRuns]):
    """Recurrent networks that predict characters, told the source of a text; at test the source is inferred."""

    source = "GBI, language experiments; derivation one-step-exactness"
    position = 210
    cost = "a minute with --quick on two cores; ten without; what is trained is kept"
    example = "--quick"

    held_out: tuple[str, ...] = parameter(("manual",), "sources that networks do not learn", tuple(SOURCES))
    text_updates: int = parameter(1000, "updates of a network that learns texts", MANY)
    text_batch: int = parameter(64, "texts of an update, of 64 characters each", MANY)
    pieces: int = parameter(60, "texts of each source that networks are tested on", Range(20, MANY.high, whole=True))

    def __post_init__(self) -> None:
        """Check every field, and that two sources are left to learn."""
        super().__post_init__()
        check_different("held_out", self.held_out)
        if len(self.learned) < 2:
            raise InputError(f"held_out must leave two sources or more, got {' '.join(self.held_out)}")

    @property
    def learned(self) -> tuple[str, ...]:
        """Sources that networks learn."""
        return tuple(name for name in SOURCES if name not in self.held_out)

    @property
    def networks(self) -> int:
        """Networks of a kind."""
        return min(self.seeds, 2) if self.quick else self.seeds

    def jobs(self) -> Sequence[Job]:
        """A network each, beside one that is never told."""
        return [Job(Language.network, (self, k)) for k in range(self.networks)]

    def gather(self, results: Sequence[LanguageRuns]) -> LanguageRuns:
        """All networks together."""
        return LanguageRuns(*(np.stack([getattr(each, field.name) for each in results])
                              for field in fields(LanguageRuns)))

    def network(self, k: int) -> LanguageRuns:
        """Train a network that is told and one that is not, and let them read; the result has no first axis."""
        parts = {name: split(name, self.stream(LanguagePurpose.SPLIT, j)) for j, name in enumerate(SOURCES)}
        texts, how = [parts[name][0] for name in self.learned], Descent(
            steps=min(self.text_updates, 300) if self.quick else self.text_updates, rate=0.01, decay=0.1)
        told, untold = (train_networks(texts, self.seed, [k], how, told=each, batch=self.text_batch, length=READ)
                        .member(0) for each in (True, False))
        rng, length = self.stream(LanguagePurpose.TEXTS, k), LENGTHS[-1] + 1
        sources = np.arange(len(self.learned)).repeat(self.pieces)
        choose = np.concatenate([windows(parts[name][1], self.pieces // 2, length, rng) for name in self.learned])
        seen, *others = (np.concatenate([windows(parts[name][2], self.pieces, length, rng) for name in names])
                         for names in (self.learned, *((name,) for name in self.held_out)))
        own = language.written(told, sources, length, self.stream(LanguagePurpose.WRITTEN, k))
        return _scores(told, untold, (choose, seen, own), others, sources)

    def rows(self, result: LanguageRuns) -> Iterator[Row]:
        """What theory says of likelihoods and gradients of the trained networks, then what was seen."""
        K = len(self.learned)
        yield bound_row("Bayes: loss of a text above that of its best source, less log K", float(result.regret.max()),
                        1e-9)
        yield bound_row("one step and exact posterior: total variation above its bound", float(result.excess.max()),
                        1e-9)
        coarse, fine = result.linear.mean(axis=0)
        yield order_row("what a gradient leaves out, by the way to a source", coarse, fine, expected=2.0)
        at = LENGTHS.index(32)
        for j, name in enumerate(READINGS):
            yield _believed(f"accuracy on 32 characters that the network writes: {name}", result.own_belief[:, j, at],
                            result.own_right[:, j, at], K * self.pieces)
        for j, name in enumerate(READINGS):
            for i, length in enumerate(LENGTHS):
                yield observation_row(f"accuracy on {length} characters: {name}", result.right[:, j, i],
                                      float(result.belief[:, i].mean()) if j else float("nan"))
        wald = float(np.mean(np.log((K - 1) * SURE / (1 - SURE)) / result.drift))
        for j, name in enumerate(READINGS):
            yield observation_row(f"characters until a belief of {SURE}: {name}", result.needed[:, j], wald)
            yield observation_row(f"accuracy at a belief of {SURE}: {name}", result.sure_right[:, j], SURE)
        for name, loss in zip(FIRST, result.early.T, strict=True):
            yield observation_row(f"nats a character of the first {EARLY}: {name}", loss,
                                  float(result.early[:, FIRST.index("never told")].mean()))
        for name, loss in zip(VECTORS, result.loss.T, strict=True):
            yield observation_row(f"nats a character after {READ}: {name}", loss,
                                  float(result.loss[:, VECTORS.index("never told")].mean()))
        for k, source in enumerate(self.held_out):
            for name, loss in zip(VECTORS, result.unseen[:, k].T, strict=True):
                if np.isfinite(loss).all():
                    yield observation_row(f"nats a character of {source}, never learned: {name}", loss,
                                          float(result.unseen[:, k, VECTORS.index("never told")].mean()))


def _believed(quantity: str, belief: Array, right: Array, texts: int) -> Row:
    """Shares right (S,) of texts against what an exact posterior believes (S,): equal but for chance."""
    mean = float(belief.mean())
    return make_row(quantity, "exact", theory=mean, simulation=float(right.mean()),
                    half=half_width(right) if len(right) > 1 else float("nan"), error=abs(float(right.mean()) - mean),
                    tolerance=_CHANCE * np.sqrt(mean * (1 - mean) / (texts * len(right))) + 1 / texts)


def _scores(told: Weights, untold: Weights, texts: tuple[Codes, ...], others: Sequence[Codes],
            sources: Codes) -> LanguageRuns:
    """What two networks make of texts to choose with, of known sources, and of their own, and of other sources."""
    choose, seen, own = texts
    K = int(sources[-1]) + 1
    labels = np.arange(K).repeat(len(choose) // K)
    temperature = best_temperature(language.slopes(told, choose)[:, :READ].sum(axis=1), labels)
    rate = max(RATES, key=lambda each: float(np.log(np.maximum(
        language.descended(told, choose[:, :READ + 1], each, STEPS)[np.arange(len(labels)), labels], 1e-300)).sum()))
    ell, slope = _summed(told, seen)
    right, belief = found(ell, slope, sources)
    own_right, own_belief = found(*_summed(told, own), sources)
    needed, sure_right = np.transpose([first_sure(logits, sources) for logits in (slope / temperature, ell)])
    likely = np.take_along_axis(ell, sources[:, None, None], axis=2)[..., 0]
    true = likely[:, -1]
    rival = np.where(np.eye(K, dtype=bool)[sources], -np.inf, ell[:, -1]).max(axis=1)
    one, exact = (scipy.special.softmax(logits[:, READ - 1], axis=-1) for logits in (slope, ell))
    bound = total_variation_bound(np.ptp(slope[:, READ - 1] - ell[:, READ - 1], axis=-1))
    mixture = [scipy.special.softmax(language.source_likelihoods(told, x)[:, :READ].sum(axis=1), axis=-1).mean(axis=0)
               for x in others]
    mixed = scipy.special.logsumexp(ell[:, -1], axis=-1) - np.log(K)
    return LanguageRuns(
        right, belief[1], own_right, own_belief, needed, sure_right, np.asarray((true - rival).mean() / ell.shape[1]),
        np.array([-likely[:, EARLY - 1].mean(), np.log(K) - scipy.special.logsumexp(ell[:, EARLY - 1], axis=1).mean(),
                  *(-language.log_likelihoods(net, seen, np.full(K, 1 / K))[:, :EARLY].sum(axis=1).mean()
                    for net in (told, untold))]) / EARLY,
        _losses(told, untold, seen, (temperature, rate), sources),
        np.array([_losses(told, untold, x, (temperature, rate)) for x in others]).reshape(len(others), len(VECTORS)),
        np.array(mixture).reshape(len(others), K), np.asarray((ell[:, -1].max(axis=1) - mixed - np.log(K)).max()),
        np.asarray((np.abs(one - exact).sum(axis=1) / 2 - bound).max()), _left_out(told, seen, slope, sources))


def _summed(net: Weights, x: Codes) -> tuple[Array, Array]:
    """log p of the beginnings of texts x by source, and its slope at the uniform vector, (n, T − 1, K) each."""
    return np.cumsum(language.source_likelihoods(net, x), axis=1), np.cumsum(language.slopes(net, x), axis=1)


def found(ell: Array, slope: Array, sources: Codes) -> tuple[Array, Array]:
    """Shares of right sources, and mean belief of the posterior in what is found, (readings, lengths) each."""
    at = np.array(LENGTHS) - 1
    posterior = scipy.special.softmax(ell[:, at], axis=-1)
    found = [part[:, at].argmax(axis=-1) for part in (slope, ell)]
    believed = [np.take_along_axis(posterior, each[..., None], axis=-1)[..., 0].mean(axis=0) for each in found]
    return np.array([(each == sources[:, None]).mean(axis=0) for each in found]), np.array(believed)


def first_sure(logits: Array, sources: Codes) -> tuple[float, float]:
    """Mean number of characters until a belief of SURE, all of them where it is never reached; share right then."""
    belief = scipy.special.softmax(logits, axis=-1)
    reached = belief.max(axis=-1) >= SURE
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), logits.shape[1] - 1)
    found = belief[np.arange(len(first)), first].argmax(axis=-1)
    return float((first + 1).mean()), float((found == sources).mean())


def _losses(told: Weights, untold: Weights, x: Codes, chosen: tuple[float, float],
            sources: Codes | None = None) -> Array:
    """Nats a character of what follows READ, by VECTORS; chosen: temperature of one step, and rate of several."""
    ell, slope = language.source_likelihoods(told, x), language.slopes(told, x)[:, :READ].sum(axis=1)
    before, after = ell[:, :READ].sum(axis=1), ell[:, READ:].sum(axis=1)
    n, K = ell.shape[1] - READ, ell.shape[2]

    def with_vector(net: Weights, z: Array) -> float:
        return -float(language.log_likelihoods(net, x, z)[:, READ:].mean())

    bayes = scipy.special.logsumexp(before + after, axis=1) - scipy.special.logsumexp(before, axis=1)
    true, wrong = float("nan"), float("nan")
    if sources is not None:
        own = after[np.arange(len(x)), sources]
        true, wrong = -float(own.mean()) / n, -float((after.sum(axis=1) - own).mean()) / (n * (K - 1))
    return np.array([
        true, with_vector(told, scipy.special.softmax(slope / chosen[0], axis=1)),
        with_vector(told, language.descended(told, x[:, :READ + 1], chosen[1], STEPS)),
        -float(np.take_along_axis(after, before.argmax(axis=1)[:, None], axis=1).mean()) / n, -float(bayes.mean()) / n,
        with_vector(told, np.full(K, 1 / K)), wrong, with_vector(untold, np.full(K, 1 / K))])


def _left_out(net: Weights, x: Codes, slope: Array, sources: Codes) -> Array:
    """Root mean square of what the gradient leaves out of log p on _WAY and half of it to the sources, (2,)."""
    K = slope.shape[2]
    towards, middle = np.eye(K)[sources] - 1 / K, np.full(K, 1 / K)
    first = language.log_likelihoods(net, x, middle).sum(axis=1)
    rest = [language.log_likelihoods(net, x, middle + way * towards).sum(axis=1) - first
            - way * np.vecdot(slope[:, -1], towards) for way in (_WAY, _WAY / 2)]
    return np.sqrt(np.mean(np.square(rest), axis=1))


EXPERIMENT = Language
