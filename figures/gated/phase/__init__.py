"""Phase plots of the gated network, one file each."""
