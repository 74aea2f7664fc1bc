"""Runs a network in ONNX Runtime.

    onnxruntime_pass.py forward|first-answer ONNX INPUT BATCH THREADS
"""

import sys

import numpy
import onnxruntime
from protocol import answer_requests, elements, print_output

command, file, source = sys.argv[1:4]
batch, threads = map(int, sys.argv[4:])

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
options.inter_op_num_threads = 1
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

(model_input,) = session.get_inputs()
shape = (batch, *model_input.shape[1:])
image = numpy.array(elements(source, shape), dtype=numpy.float32).reshape(shape)


def run():
    return session.run(None, {model_input.name: image})[0]


if command == "forward":
    run(), run()
print_output(run().ravel().tolist())
if command == "forward":
    answer_requests(run)
