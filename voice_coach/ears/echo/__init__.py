"""Echo cancellation: removes the coach's own voice from the microphone's sound, and recognises what is left of it."""
