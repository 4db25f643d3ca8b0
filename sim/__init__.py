"""What is simulated: gradient descent and the flows that the theory reduces it to."""
