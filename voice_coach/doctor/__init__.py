"""Checks whether the coach can work on this machine; no check raises, hangs or changes anything."""
