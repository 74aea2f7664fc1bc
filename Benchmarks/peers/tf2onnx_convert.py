"""Converts a Keras file to ONNX: tf2onnx_convert.py H5 ONNX"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import tensorflow
import tf2onnx
from keras.src.applications.convnext import LayerScale

source, target = sys.argv[1:]
# The one layer of keras.applications that Keras does not find by itself.
layers = {"LayerScale": LayerScale}
model = keras.models.load_model(source, custom_objects=layers, compile=False)
image = tensorflow.TensorSpec((None, *model.input_shape[1:]), tensorflow.float32, name="image")
tf2onnx.convert.from_keras(model, input_signature=[image], output_path=target)
