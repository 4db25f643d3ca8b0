"""Any planar flow or small map: portraits, limit cycles, continuation, basins."""
