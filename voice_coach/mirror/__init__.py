"""The mirror: a live page in a browser, as a face of the loop. What it is and who may see it: docs/mirror.md."""
