"""Writes a model of Dense layers as Keras 2 lays it out: large_make.py H5 LAYERS UNITS

Each layer has UNITS × UNITS weights. Keras itself would hold the whole of it in memory.
"""

import json
import sys

import h5py
import numpy

path, count, units = sys.argv[1], *map(int, sys.argv[2:])
names = [f"dense_{number}" for number in range(count)]


def dense(name, before):
    config = {
        "name": name,
        "trainable": True,
        "dtype": "float32",
        "units": units,
        "activation": "linear",
        "use_bias": True,
        "kernel_initializer": {"class_name": "Zeros", "config": {}},
        "bias_initializer": {"class_name": "Zeros", "config": {}},
        "kernel_regularizer": None,
        "bias_regularizer": None,
        "activity_regularizer": None,
        "kernel_constraint": None,
        "bias_constraint": None,
    }
    return {
        "class_name": "Dense",
        "config": config,
        "name": name,
        "inbound_nodes": [[[before, 0, 0, {}]]],
    }


source = {
    "class_name": "InputLayer",
    "config": {
        "batch_input_shape": [None, units],
        "dtype": "float32",
        "sparse": False,
        "ragged": False,
        "name": "input",
    },
    "name": "input",
    "inbound_nodes": [],
}
layers = [dense(name, before) for name, before in zip(names, ["input", *names])]
model = {
    "class_name": "Functional",
    "config": {
        "name": "large",
        "trainable": True,
        "layers": [source, *layers],
        "input_layers": [["input", 0, 0]],
        "output_layers": [[names[-1], 0, 0]],
    },
}
generator = numpy.random.default_rng(1)

with h5py.File(path, "w") as file:
    file.attrs["backend"] = "tensorflow"
    file.attrs["keras_version"] = "2.15.0"
    file.attrs["model_config"] = json.dumps(model)
    weights = file.create_group("model_weights")
    weights.attrs["backend"] = "tensorflow"
    weights.attrs["keras_version"] = "2.15.0"
    weights.attrs["layer_names"] = [name.encode() for name in ["input", *names]]
    weights.create_group("input").attrs["weight_names"] = []
    for name in names:
        group = weights.create_group(name)
        group.attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
        group[f"{name}/kernel:0"] = generator.random((units, units), "float32")
        group[f"{name}/bias:0"] = generator.random(units, "float32")
