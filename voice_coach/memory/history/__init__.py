"""The history of earlier masks, in SQLite in the user's data folder."""
