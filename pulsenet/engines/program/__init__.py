"""From a circuit to a program: Brian2's statements in loops over lines, in a static order, as one C++ file."""
