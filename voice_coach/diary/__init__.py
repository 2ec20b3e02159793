"""Shows the history: a calendar in the terminal, a picture, and tables for other programs."""
