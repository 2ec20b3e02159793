"""The coach in a real Home Assistant, through a real broker: what is seen, pressed, chosen, and lost with the broker.

Home Assistant 2024.3.3, the last version for Python 3.11, is set up in an environment of its own (several minutes and
a network, once; `--environment` takes one that is there). It finds the coach by discovery over mosquitto, on this
machine alone, and is driven through its REST API. The coach is the real session and the real face; it needs no time for
a sentence and has no microphone. The automations of docs/home-assistant.md are loaded and must run.
"""
