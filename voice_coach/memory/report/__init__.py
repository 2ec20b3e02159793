"""The history as people see it: a calendar, a picture, tables."""

from __future__ import annotations
