"""Two ways to run a circuit: inside this process (runtime), or as a C++ program built once (standalone)."""
