"""Any network whose map is one einsum of its factors: flow, conservation laws, compression and modes."""
