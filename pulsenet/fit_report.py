def doubts(f): return ()
def spread(f): return None
