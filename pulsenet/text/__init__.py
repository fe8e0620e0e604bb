"""The small language: expressions and assignments as values, chance without a state, units, mistakes in one line."""
