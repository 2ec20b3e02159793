"""What several benches use: options and publishing, processes, voices and rooms, statistics, cached results."""
