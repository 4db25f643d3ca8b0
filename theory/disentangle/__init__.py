"""Many tasks, one latent state: optimal classifiers, what their reports determine, and how well."""
