"""An offline, hands-free voice coach for facial masks and the skincare after them."""

import os

__version__ = "0.1.0"

# ONNX Runtime reports its use to its maker since 1.29, and only obeys this if it is set before it is loaded
# (https://github.com/microsoft/onnxruntime/pull/27379). Nothing of a person leaves this machine.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
