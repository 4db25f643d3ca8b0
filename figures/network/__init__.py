"""What a network that is one einsum does, drawn."""
