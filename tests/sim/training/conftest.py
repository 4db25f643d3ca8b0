"""Networks are trained only where the extra is installed; checkpoints of tests lie in a folder of their own."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def _needs_the_extra(tmp_path_factory):
    for name in ("jax", "optax"):
        pytest.importorskip(name, reason=f"{name} is not installed: pip install '.[networks]'")
    patch = pytest.MonkeyPatch()
    patch.setenv("GATEFLOW_CACHE", str(tmp_path_factory.mktemp("cache")))
    patch.setenv("GATEFLOW_QUIET", "1")
    yield
    patch.undo()
