"""Prints Keras 3's summary of model files, so wide that it cuts no name of the residual blocks.

    python summarize.py model.h5 …        # with the Python of fixtures/environment.sh
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
# What is printed is cut to the width of the terminal.
os.environ["COLUMNS"] = "120"

import keras  # noqa: E402

for path in sys.argv[1:]:
    keras.models.load_model(path, compile=False).summary(line_length=120)
