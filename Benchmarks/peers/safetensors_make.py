"""Writes the weights of a Keras file as safetensors: safetensors_make.py H5 SAFETENSORS"""

import sys

import h5py
import numpy
from safetensors.numpy import save_file

tensors = {}


def visit(name, item):
    if isinstance(item, h5py.Dataset):
        tensors[name] = numpy.asarray(item)


with h5py.File(sys.argv[1]) as file:
    file["model_weights"].visititems(visit)
save_file(tensors, sys.argv[2])
