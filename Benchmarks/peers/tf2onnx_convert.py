"""Converts a Keras file to ONNX: tf2onnx_convert.py H5 ONNX

Exits with 1 where tf2onnx leaves operations of TensorFlow in the graph, and writes nothing then.
"""

import os
import sys
from collections import Counter

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import onnx
import tensorflow
import tf2onnx
from keras.src.applications.convnext import LayerScale


def unknown(graph):
    """The operations that ONNX does not know, those of loops and branches included."""
    for node in graph.node:
        if not onnx.defs.has(node.op_type, node.domain):
            yield node.op_type
        for attribute in node.attribute:
            for inner in [attribute.g, *attribute.graphs]:
                yield from unknown(inner)


source, target = sys.argv[1:]
# The one layer of keras.applications that Keras does not find by itself.
layers = {"LayerScale": LayerScale}
model = keras.models.load_model(source, custom_objects=layers, compile=False)
image = tensorflow.TensorSpec((None, *model.input_shape[1:]), tensorflow.float32, name="image")
converted, _ = tf2onnx.convert.from_keras(model, input_signature=[image])
left = Counter(unknown(converted.graph))
if left:
    names = ", ".join(f"{count} {name}" for name, count in sorted(left.items()))
    sys.exit(f"tf2onnx leaves operations that ONNX does not know: {names}")
onnx.save(converted, target)
