"""Pictures of the derivations of task inference."""

from figures.picture import Drawing

PICTURES: dict[str, Drawing] = {}
