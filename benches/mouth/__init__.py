"""How promptly the mouth speaks, hushes and ticks, measured in the sound of the virtual card.

Prints a JSON line a measurement, in milliseconds: median, 95th percentile and worst. The recorder's clock is late by
about 10 ms, so that silence after `hush` may seem to come at once. How the voices sound is not measured (see voices),
nor is the delay of a real sound card.
"""
