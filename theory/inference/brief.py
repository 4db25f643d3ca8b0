"""Objects that hold arrays and say so in a line."""

from dataclasses import fields
from typing import Any

import numpy as np

# Vectors and matrices of so many entries are written out.
_FEW = 6


class Brief:
    """Base of dataclasses, made with repr=False, in whose repr large arrays are told by their shape.

    >>> from gateflow.theory.inference.model import TaskModel
    >>> TaskModel(np.ones((3, 4)))
    TaskModel(W=array (3, 4), noise=IsotropicNoise(sigma=1.0), prior=None)
    """

    def __repr__(self) -> str:
        """Name, and fields in brief."""
        shown = [f"{field.name}={_told(getattr(self, field.name))}"
                 for field in fields(self) if field.repr]  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(shown)})"


def _told(value: Any) -> str:
    if not isinstance(value, np.ndarray | list | tuple):
        return repr(value)
    array = np.asarray(value)
    return str(array.tolist()) if array.size <= _FEW and array.ndim < 3 else f"array {array.shape}"
