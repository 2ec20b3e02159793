"""Can the coach work here? One small file for each group of checks; none raises, none hangs, none changes anything."""
