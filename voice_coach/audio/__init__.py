"""Sound devices, and the processes that record and play."""

from __future__ import annotations
