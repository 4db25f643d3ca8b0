"""Options of commands: made of the fields of a class of parameters, and those that several commands share."""

import argparse
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field
from functools import partial
from pathlib import Path
from typing import Any

from gateflow.theory.checks import COUNT, Range
from gateflow.theory.parameters import KEY, Meaning, meanings

# Where files go unless it is said.
OUT = Path("gateflow-out")


def add_parameters(parser: argparse.ArgumentParser, kinds: Sequence[type], title: str) -> None:
    """Add an option for every field that has a meaning, once if several classes share it."""
    group = parser.add_argument_group(title)
    done: set[str] = set()
    for kind in kinds:
        hints = typing.get_type_hints(kind)
        for name, (field, meaning) in meanings(kind).items():
            if name not in done and not meaning.positional:
                done.add(name)
                _add(group, name, field, hints[name])


def given(arguments: argparse.Namespace, kinds: Sequence[type]) -> dict[str, Any]:
    """The fields that options were given for, by name."""
    fields = {name for kind in kinds for name in meanings(kind)}
    return {name: value for name, value in vars(arguments).items() if name in fields}


def _add(group: argparse._ArgumentGroup, name: str, field: "Field[Any]", hint: Any) -> None:
    meaning: Meaning = field.metadata[KEY]
    unit = f", unit {meaning.unit}" if meaning.unit else ""
    text = f"{meaning.text}{unit} ({_written(field.default)})".replace("%", "%%")
    flag = f"--{name.replace('_', '-')}"
    if hint is bool:
        # Off by default: what is on by default is switched off by --no-….
        group.add_argument(flag, action=argparse.BooleanOptionalAction if field.default else "store_true",
                           default=argparse.SUPPRESS, help=meaning.text)
        return
    settings: dict[str, Any] = {"default": argparse.SUPPRESS, "help": text, "metavar": _metavar(meaning, hint)}
    if isinstance(field.default, tuple):
        settings |= {"nargs": "+", "action": _Several, "type": _entries(_single(hint), meaning)}
    elif isinstance(meaning.allowed, Range):
        settings |= {"type": _single(hint)}
    else:
        settings |= {"type": _choice(meaning.allowed), "metavar": _metavar(meaning, hint)}
    action = group.add_argument(flag, **settings)
    names_of(action, () if isinstance(meaning.allowed, Range) else map(_written, meaning.allowed))


class _Several(argparse.Action):
    """Several values, separated by blanks or commas; given again, the option adds to them."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any,
                 option_string: str | None = None) -> None:
        added = tuple(entry for part in values for entry in part)
        setattr(namespace, self.dest, (*getattr(namespace, self.dest, ()), *added))


def _single(hint: Any) -> Callable[[str], Any]:
    """The type of one value: of ``X``, ``X | None`` and ``tuple[X, ...]`` it is X."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    if typing.get_origin(hint) is tuple:
        hint = typing.get_args(hint)[0]
    kind: Callable[[str], Any] = hint if hint in (int, float, str, Path) else str
    return kind


def _entries(kind: Callable[[str], Any], meaning: Meaning) -> Callable[[str], list[Any]]:
    one = kind if isinstance(meaning.allowed, Range) else _choice(meaning.allowed)

    def read(text: str) -> list[Any]:
        try:
            return [one(part) for part in text.split(",") if part or not text]
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be numbers, got {text!r}") from None

    return read


def _choice(allowed: Sequence[Any]) -> Callable[[str], Any]:
    """The allowed value that is written so; None is written "none"."""
    by_text = {_written(value): value for value in allowed}

    def read(text: str) -> Any:
        if text not in by_text:
            raise argparse.ArgumentTypeError(f"must be one of {', '.join(by_text)}, got {text!r}")
        return by_text[text]

    return read


def _metavar(meaning: Meaning, hint: Any) -> str:
    if meaning.metavar:
        return meaning.metavar
    if not isinstance(meaning.allowed, Range):
        return "{" + ",".join(map(_written, meaning.allowed)) + "}"
    return {int: "N", float: "X"}.get(typing.cast(Any, _single(hint)), "FILE" if _single(hint) is Path else "TEXT")


def _written(value: Any) -> str:
    if value is MISSING or value is None:
        return "none"
    if isinstance(value, tuple):
        return " ".join(map(_written, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def add_output(parser: argparse.ArgumentParser) -> None:
    """Where files go, and how much is said."""
    parser.add_argument("--out", type=_folder, default=OUT, metavar="DIR", help=f"where files go ({OUT})")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def _folder(text: str) -> Path:
    """A folder; that of a variable that was never set would be the one where the command runs."""
    if not text:
        raise argparse.ArgumentTypeError("must name a folder, got ''")
    return Path(text)


def add_figure_files(parser: argparse.ArgumentParser) -> None:
    """How figures are written."""
    parser.add_argument("--format", default=("png", "pdf"), type=_formats, metavar="KIND,…",
                        help="files to write of a figure: png, pdf, svg (png,pdf)")
    parser.add_argument("--dpi", type=partial(_size, Range(1, 2400)), metavar="N", help="dots an inch of a png")
    parser.add_argument("--width", type=partial(_size, Range(1, 100)), metavar="INCHES",
                        help="width of a figure; its height follows")
    parser.add_argument("--no-caption", action="store_true", help="leave out the text below a figure")


def _size(allowed: Range, text: str) -> float:
    try:
        return float(allowed.check("size", float(text)))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be {allowed}, got {text!r}") from None


def _formats(text: str) -> tuple[str, ...]:
    kinds = tuple(text.split(","))
    if set(kinds) - {"png", "pdf", "svg"}:
        raise argparse.ArgumentTypeError(f"must be of png, pdf and svg, separated by commas, got {text!r}")
    return kinds


def add_workers(parser: argparse.ArgumentParser) -> None:
    """How many processes work."""
    parser.add_argument("--workers", type=int, metavar="N", help="processes; results do not depend on it (one a core)")


def workers(arguments: argparse.Namespace) -> int:
    """How many processes work. Raises InputError."""
    if arguments.workers is None:
        import joblib

        return int(joblib.cpu_count())
    return int(COUNT.check("workers", arguments.workers))


def names_of(action: argparse.Action, names: Iterable[str]) -> None:
    """Let shells complete the values of an action to one of the names (argcomplete looks for this attribute)."""
    known = tuple(names)
    action.completer = lambda **_: known  # type: ignore[attr-defined]


def columns(values: Mapping[str, str]) -> str:
    """Names and what they mean, a line each."""
    longest = max(map(len, values), default=0)
    return "\n".join(f"{name:{longest}}  {text}" for name, text in values.items())
