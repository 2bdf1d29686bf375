"""Who computes: each engine runs a `Program` and is held equal to the reference."""
