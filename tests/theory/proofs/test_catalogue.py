"""Every derivation: it builds, no corrupted step survives, its result can be used."""

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from gateflow.theory.checks import InputError
from gateflow.theory.proofs.algebra import Definition, Substitute
from gateflow.theory.proofs.calculus import Limit
from gateflow.theory.proofs.catalogue import NAMES, chapters, derivation, titles
from gateflow.theory.proofs.context import Context, entries
from gateflow.theory.proofs.values import DerivationError

OWN = '''import sympy as sp
from gateflow.derivations import Derivation, Rewrite, Variable

def derive():
    a = sp.Symbol("a", real=True)
    return Derivation(name="mine", title="Mine", source="ours", summary="A square.", variables=(Variable(a, "a"),),
                      steps=(Rewrite("Square.", a * a, a**2, "It is."),), result_name="square", test="")
'''
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def built(name, derivation_of):
    return derivation_of(name)


def corrupted(value, other, rng):
    """The expression with one random term of one entry doubled or with its sign turned.

    None if there is none: 0, and multiples of what is 0, or is conserved, on the other side stay as true as they are.
    """
    if isinstance(value, sp.MatrixExpr):
        terms = list(sp.MatAdd.make_args(value))
        which = rng.integers(len(terms))
        terms[which] = int(rng.choice([-1, 2])) * terms[which]
        alone = len(terms) == 1 and getattr(other, "is_ZeroMatrix", False)
        return None if value.is_ZeroMatrix or alone else sp.MatAdd(*terms)
    parts, others = entries(value), [] if isinstance(other, sp.MatrixExpr) else entries(other)
    places = [i for i, part in enumerate(parts) if part != 0 and (
        len(parts) != len(others) or others[i] != 0 or len(sp.Add.make_args(part)) > 1)]
    if not places:
        return None
    place = rng.choice(places)
    terms = list(sp.Add.make_args(parts[place]))
    which = rng.integers(len(terms))
    terms[which] *= int(rng.choice([-1, 2]))
    parts[place] = sp.Add(*terms)
    return sp.Matrix(parts).reshape(*value.shape) if isinstance(value, sp.MatrixBase) else parts[0]


def refused(built, number, wrong):
    """Whether the derivation cannot be built with a wrong step in the place of one of its own."""
    all_steps, all_checks = (*built.steps, *built.exercises), (*built.checks, *built.exercise_checks)
    known = {id(step): (built.context(place), check) for place, (step, check) in enumerate(
        zip(all_steps, all_checks, strict=True), 1)}

    def remembered(kind, verify):
        def seen(step, context):
            before, check = known.get(id(step), (None, None))
            return check if context == before else verify(step, context)
        return kind, "verify", seen

    try:
        context = built.context(number + 1)
        known[id(wrong)] = context, wrong.verify(context)
        # The whole derivation is built again only if the step itself does not give the corruption away; what stands
        # as it stood is not checked again.
        with pytest.MonkeyPatch.context() as patch:
            for kind in {type(step) for step in all_steps}:
                patch.setattr(*remembered(kind, kind.verify))
            replace(built, steps=(*built.steps[:number], wrong, *built.steps[number + 1:]))
    except DerivationError:
        return True
    return False


@pytest.mark.parametrize("name", NAMES)
def test_every_step_is_checked(built, name):
    assert built.name == name
    assert len(built.checks) == len(built.steps)
    for step, check in zip(built.steps, built.checks, strict=True):
        assert step.statement.endswith((".", ":"))
        assert step.why.endswith(".")
        assert check.method in ("algebra", "points", "matrices", "definition")
        assert check.method != "definition" or isinstance(step, Definition)
        assert (check.points > 0) == (check.method in ("points", "matrices"))


@pytest.mark.parametrize("name", NAMES)
def test_every_corrupted_step_is_caught(built, name):
    rng = np.random.default_rng(len(name))
    for number, step in enumerate(built.steps):
        for side in ("after",) if isinstance(step, Definition) else ("before", "after"):
            other = step.after if side == "before" else step.before
            wrong = corrupted(getattr(step, side), other, rng)
            vanishes = wrong is not None and side == "before" and isinstance(step, Substitute) and all(
                part.subs(step.replace) == 0 for part in entries(wrong - step.before))
            if wrong is not None and wrong != getattr(step, side) and not vanishes:
                assert refused(built, number, replace(step, **{side: wrong})) or (
                    side == "before" and isinstance(step, Limit) and sp.limit(wrong - step.before, step.variable,
                                                                              step.point) == 0
                ), f"{name}, step {number + 1} ({step.statement}): {side} became {wrong}"


@pytest.mark.parametrize("name", NAMES)
def test_the_result_is_a_numeric_function(built):
    function, rng = built.result.function(), np.random.default_rng(0)
    arguments, scalars = [], {v.symbol for v in built.result.arguments if not hasattr(v.symbol, "shape")}
    points = list(Context(built.variables, built.conditions, {}).points(scalars, 6))
    for variable in built.result.arguments:
        if variable.symbol in scalars:
            arguments.append(np.array([float(point[variable.symbol]) for point in points]).reshape(2, 3))
            continue
        shape = getattr(variable.symbol, "shape", ())
        size = [int(length) if getattr(length, "is_number", True) else 3 for length in shape]
        arguments.append(rng.uniform(variable.low, variable.high, (2, 3, *size)))
    # Outside its conditions a formula may have no value.
    with np.errstate(invalid="ignore"):
        value = function(*arguments)
    for part in value if isinstance(value, tuple) else (value,):
        assert np.shape(part)[:2] in ((2, 3), ())
        assert np.isfinite(part).any()
    for variable in built.result.arguments:
        assert f"{variable.symbol}: {variable.meaning}" in function.__doc__


@pytest.mark.parametrize("name", NAMES)
def test_the_test_that_confronts_it_with_simulation_exists(built):
    path, _, test = built.test.partition("::")
    assert path.startswith("tests/sim/")
    functions = {node.name for node in ast.walk(ast.parse((ROOT / path).read_text()))
                 if isinstance(node, ast.FunctionDef)}
    assert test in functions


def test_every_module_with_a_derivation_is_listed_once():
    written = {path.stem.replace("_", "-") for path in (ROOT / "theory").glob("*/derivations/*.py")
               if "def derive()" in path.read_text()}
    assert set(NAMES) == written
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_first_line_of_its_file_is_its_title(built, name):
    assert titles()[name] == built.title


def test_titles_are_read_without_sympy():
    code = ("import sys; from gateflow.theory.proofs.catalogue import titles; titles(); "
            "assert not {'sympy', 'scipy', 'matplotlib'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_derivation_of_a_file_is_built(tmp_path):
    (tmp_path / "mine.py").write_text(OWN)
    assert derivation(str(tmp_path / "mine.py")).result.function()(a=3) == 9
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(InputError, match=r"must define derive\(\)"):
        derivation(str(tmp_path / "empty.py"))
    (tmp_path / "taken.py").write_text(OWN.replace('"mine"', '"clock"'))
    with pytest.raises(InputError, match=r"name in .*taken.py must be another: the project has .* 'clock'"):
        derivation(str(tmp_path / "taken.py"))
    (tmp_path / "wants.py").write_text("def derive(x): pass")
    with pytest.raises(InputError, match=r"wants.py: TypeError: derive\(\) missing 1"):
        derivation(str(tmp_path / "wants.py"))
    with pytest.raises(InputError, match="must be a file that exists"):
        derivation(str(tmp_path / "none.py"))


def test_an_unknown_name_is_refused():
    with pytest.raises(InputError, match=r"name must be one of .*clock.*, got 'nothing'"):
        derivation("nothing")


def test_every_derivation_is_in_one_chapter_in_the_order_of_the_book():
    assert tuple(name for chapter in chapters() for name in chapter.names) == NAMES
    assert all(chapter.title and chapter.needs for chapter in chapters())
