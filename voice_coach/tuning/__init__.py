"""Tuning: what one person said, in one room, and the settings with which the ears understand it best."""
