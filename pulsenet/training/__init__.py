"""A run, from its description to its trace: what is derived, what is when, and the frames going through an engine."""
