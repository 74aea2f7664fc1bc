"""Writes a Keras file as an archive, with Keras itself: keras_archive.py H5 KERAS"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
from keras.src.applications.convnext import LayerScale

source, target = sys.argv[1:]
# The one layer of keras.applications that Keras does not find by itself.
model = keras.models.load_model(source, custom_objects={"LayerScale": LayerScale}, compile=False)
model.save(target)
