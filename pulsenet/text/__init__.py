"""The small language: expressions and assignments as values, chance without a state, units, and mistakes in one line."""
