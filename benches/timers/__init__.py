"""Whether timers by name ring in time, beside a mask, though the coach is killed while they run.

Prints a JSON object; the exit status is 1 when a timer rang more than 50 ms beside its time, or did not ring. The
chimes are found in what the virtual sound card's speaker has played.
"""
