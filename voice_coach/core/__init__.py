"""What the coach decides: pure functions of events; no clock, thread, file or sound in here."""
