"""What is derived of the gated linear network: model, flow, conserved quantities, exact reduction, closed forms."""
