"""The coach rehearsed: a virtual sound card, a person who speaks, and a stopwatch on the sound itself."""
