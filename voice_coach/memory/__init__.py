"""Settings, the journal of the session and the history: all that the coach keeps on the disk."""
