"""The coach's own voice in the microphone: where it is, how it is removed, and how like it an utterance is."""
