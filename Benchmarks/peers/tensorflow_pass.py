"""Runs a network in TensorFlow.

    tensorflow_pass.py forward|first-answer NAME H5 INPUT BATCH THREADS

Keras 3 does not load every model file of Keras 2; it does load the weights into its own network.
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy
import tensorflow
from protocol import answer_requests, elements, print_output

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fixtures"))

from architectures import architecture  # noqa: E402

command, name, file, source = sys.argv[1:5]
batch, threads = map(int, sys.argv[5:])

tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
tensorflow.config.threading.set_inter_op_parallelism_threads(1)
model = architecture(name)
model.load_weights(file)

shape = (batch, *model.input_shape[1:])
image = tensorflow.constant(numpy.array(elements(source, shape)).reshape(shape), "float32")
function = tensorflow.function(lambda image: model(image, training=False))


def run():
    return function(image).numpy()


if command == "forward":
    run(), run()
print_output(run().ravel().tolist())
if command == "forward":
    answer_requests(run)
