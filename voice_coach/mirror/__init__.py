"""The mirror: a live page in a browser that shows what the coach does and takes commands (docs/mirror.md)."""
