"""Converts a Keras file to ONNX: tf2onnx_convert.py H5 ONNX"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import tensorflow
import tf2onnx

source, target = sys.argv[1:]
model = keras.models.load_model(source, compile=False)
image = tensorflow.TensorSpec((None, *model.input_shape[1:]), tensorflow.float32, name="image")
tf2onnx.convert.from_keras(model, input_signature=[image], output_path=target)
