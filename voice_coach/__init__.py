"""An offline, hands-free voice coach for facial masks and the skincare after them."""

__version__ = "0.1.0"
