"""``gateflow laws``: conservation laws of a network that is one einsum, and whether these are all."""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from gateflow.theory.checks import InputError

_EPILOG = """example:
  gateflow laws "p,pih,phj->ij" --sizes p=2,i=2,h=1,j=2
Also by name: gates, row-gates, two-layers, gated-deep, deep, heads. It takes a second up to 20 parameters."""


def parser(words: Sequence[str], make: Any) -> argparse.ArgumentParser:
    """The parser of the command."""
    made: argparse.ArgumentParser = make(
        "laws", description="What training conserves, read off the indices; how many laws are independent, and whether "
        "they are all, in exact arithmetic.", epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("spec", metavar="SPEC", help="indices of the factors and of the map, as ih,hj->ij, or a name")
    made.add_argument("--sizes", metavar="INDEX=N,…", help="length of each index (3, or the named network's)")
    made.add_argument("--names", metavar="NAME,…", help="name of each factor (A,B,…)")
    made.add_argument("--seed", type=int, default=0, help="of the random point and time constants (0)")
    made.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    return made


def run(arguments: argparse.Namespace, words: Sequence[str], progress: Any) -> int:
    """Print the laws and the certificate; returns the exit code. Raises InputError."""
    from gateflow.sim.network.presets import Words
    from gateflow.theory.network.certificate import MOST_PARAMETERS, count_laws
    from gateflow.theory.network.laws import conservation_laws
    from gateflow.theory.network.scalar_parts import scalar_parts

    network = Words(arguments.spec, arguments.sizes, {"name": arguments.names}).network()
    if arguments.seed < 0:
        raise InputError(f"seed must be an integer of at least 0, got {arguments.seed}")
    laws = conservation_laws(network)
    counted = network.n_parameters <= MOST_PARAMETERS
    certificate = count_laws(network, laws, seed=arguments.seed) if counted else None
    if arguments.json:
        print(json.dumps({
            "spec": network.spec, "sizes": dict(network.sizes), "laws": [law.record() for law in laws],
            "independent": certificate.independent if certificate else None,
            "complete": certificate.complete if certificate else None,
            "missing": certificate.missing if certificate else None,
            "parameters": network.n_parameters, "dimension": certificate.dimension if certificate else None},
            ensure_ascii=False))
        return 0
    sizes = ", ".join(f"{index} = {size}" for index, size in network.sizes.items())
    print(f"{network.spec}   {sizes}   factors {', '.join(network.names)}, {network.n_parameters} parameters")
    print("\nconserved for any loss, data and schedule, without costs:")
    print(*(f"  {law.words}" for law in laws), sep="\n")
    if certificate is None:
        print(f"\nnot counted: more than {MOST_PARAMETERS} parameters; try smaller sizes")
        return 0
    print(f"\nindependent: {certificate.independent} of {network.n_parameters} parameters; the flow moves in "
          f"{certificate.dimension} dimensions")
    print(f"certificate: {certificate.verdict} (Lie algebra modulo 2^31 − 1, brackets of level {certificate.levels})")
    for part in scalar_parts(network):
        print(f"  {', '.join(part)}: one number drives them all, so that laws beyond the index rule exist")
    return 0
