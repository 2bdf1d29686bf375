"""The training loop: data, objective, steps, epochs."""
