"""The process that trains and draws."""

import os

# Read by torch's thread pool when torch is first imported. Waiting threads sleep instead of spinning. Next to a busy
# neighbour a training step took 0.4 s instead of 2 s on two cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
