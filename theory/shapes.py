"""Short reprs of dataclasses that hold arrays."""

from dataclasses import fields
from typing import Any

import numpy as np


class Shapes:
    """Base of dataclasses (with repr=False) that show the shapes of their arrays instead of the numbers."""

    def __repr__(self) -> str:
        """The fields, arrays as their shapes."""
        shown = (f"{field.name}={_short(getattr(self, field.name))}" for field in fields(self))  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(shown)})"


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.ndim:
        return str(value.shape)
    if isinstance(value, tuple):
        return f"({', '.join(map(_short, value))})"
    return repr(value)
