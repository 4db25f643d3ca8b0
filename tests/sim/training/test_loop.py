"""The compiled loop: members are independent, training resumes to the same numbers, bad checkpoints get one line."""

from enum import Enum

import numpy as np
import pytest

from gateflow.sim.training import loop
from gateflow.sim.training.extra import jax, jnp
from gateflow.sim.training.loop import Descent, member_keys, train
from gateflow.sim.training.networks import ARCHITECTURES, dense, linear
from gateflow.theory.checks import InputError


class Purpose(Enum):
    NETWORK = (1,)


HOW = Descent(steps=120, rate=0.01)
FACTORS = np.array([1.0, 2.0, 3.0])


def init(key, member):
    return {"net": ARCHITECTURES["rnn"].init(key, 2, 8), "out": dense(jax.random.fold_in(key, 1), 8, 1)}


def loss(weights, key, member):
    x = jax.random.normal(key, (5, 16, 2))
    h = ARCHITECTURES["rnn"].states(weights["net"], x)
    return jnp.mean(jnp.square(linear(weights["out"], h[-1])[:, 0] - member["factor"] * x[:, :, 0].mean(axis=0)))


def trained(members=range(3), how=HOW, **options):
    members = list(members)
    return train(init, loss, {"factor": FACTORS[members]}, member_keys(0, Purpose.NETWORK, members), how, about={},
                 **options)


@pytest.fixture(scope="module")
def whole():
    return trained()


def same(one, other):
    assert np.array_equal(one.losses, other.losses)
    assert all(jax.tree.leaves(jax.tree.map(np.array_equal, one.weights, other.weights)))


def test_training_lowers_the_loss(whole):
    assert whole.losses.shape == (3, 120)
    assert (whole.losses[:, -20:].mean(axis=1) < whole.losses[:, :20].mean(axis=1)).all()
    assert whole.weights["net"]["in"]["W"].dtype == np.float64


def test_a_member_does_not_depend_on_its_neighbours(whole):
    alone = trained([1])
    assert np.array_equal(alone.losses[0], whole.losses[1])
    assert np.array_equal(alone.member(0)["out"]["W"], whole.member(1)["out"]["W"])


def test_members_side_by_side_learn_the_same(whole, monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu", raising=False)
    beside = trained()
    assert np.allclose(beside.losses, whole.losses, rtol=1e-3)


def test_training_goes_on_where_it_was_stopped(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_CHUNK", 50)
    monkeypatch.setattr(loop, "_KEEP", 0.0)
    path, saves = tmp_path / "kept.npz", []
    save = loop.checkpoints.save

    def interrupted(*arguments):
        save(*arguments)
        saves.append(arguments[2])
        if len(saves) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(loop.checkpoints, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained(checkpoint=path)
    said = []
    same(trained(checkpoint=path, say=said.append), whole)
    assert saves == [50, 100, 120]
    assert said[0].endswith("goes on at step 50 of 120")
    same(trained(checkpoint=path, say=said.append), whole)


def test_a_checkpoint_of_other_parameters_is_refused_and_left(tmp_path):
    path, short = tmp_path / "kept.npz", Descent(steps=10)
    trained(how=short, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"is of another training: steps was 10, is 11"):
        trained(how=Descent(steps=11), checkpoint=path)
    with pytest.raises(InputError, match="members was"):
        trained([0, 1], how=short, checkpoint=path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("cut", [0, 100, -30])
def test_a_damaged_checkpoint_is_refused_and_left(tmp_path, cut):
    path, short = tmp_path / "kept.npz", Descent(steps=10)
    trained(how=short, checkpoint=path)
    path.write_bytes(path.read_bytes()[:cut])
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"checkpoint .* is damaged; remove it"):
        trained(how=short, checkpoint=path)
    assert path.read_bytes() == before


def test_a_cache_that_cannot_be_written_to_costs_time_only(whole, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GATEFLOW_CACHE", str(tmp_path / "file"))
    monkeypatch.delenv("GATEFLOW_QUIET", raising=False)
    same(trained(checkpoint=True), whole)
    assert "Not a directory: what is trained will not be kept" in capsys.readouterr().err


def test_a_loss_that_is_not_finite_is_an_error():
    def broken(weights, key, member):
        return loss(weights, key, member) * jnp.nan

    with pytest.raises(FloatingPointError, match="must keep the loss finite"):
        train(init, broken, {"factor": FACTORS}, member_keys(0, Purpose.NETWORK, range(3)), HOW, about={})


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_states_do_not_depend_on_the_future(name):
    kind = ARCHITECTURES[name]
    net = kind.init(jax.random.key(0), 3, 16)
    x = jax.random.normal(jax.random.key(1), (6, 4, 3))
    run, last = jax.jit(kind.states), jax.jit(kind.last)
    states = run(net, x)
    assert states.shape == (6, 4, 16)
    assert np.allclose(run(net, x[:4]), states[:4], atol=1e-5)
    assert np.allclose(last(net, x), states[-1], atol=1e-5)
