"""What a trace leaves unsaid: a run's own equations, run in NumPy on what was on the wires. No simulator."""
