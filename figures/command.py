"""The command ``gateflow`` as it is installed: what it needs takes a second to load, in which it may be interrupted."""

import sys


def main() -> int:
    """Run the command line; returns its exit code."""
    try:
        from gateflow.figures.cli import main as run

        return run()
    except KeyboardInterrupt:
        print("gateflow: interrupted, no result was written", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
