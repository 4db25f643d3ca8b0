"""Phase plots of the gated network, one module each; the command knows them by these names."""

NAMES = ("portrait", "cycle", "regimes", "adaptation", "kernel")
