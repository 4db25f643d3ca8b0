"""``python -m gateflow``: the command line."""

import sys

from gateflow.figures.command import main

sys.exit(main())
