"""Turns text into meaning and meaning into text. Pure: voice_coach.library reads the files."""
