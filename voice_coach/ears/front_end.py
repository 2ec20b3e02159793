"""What may be done to the sound before it is heard: the place for echo cancelling and for taking off noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class FrontEnd(Protocol):
    """Cleans a stream of sound. One that cancels echo gets what is played from the mouth's EchoTap."""

    def clean(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """The next piece, shape (samples,) at SAMPLE_RATE, cleaned; may be shorter or longer, as blocks come."""


class Untouched:
    """Leaves the sound as it is."""

    def clean(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """The same piece."""
        return sound
