"""Loads all tensors of a file: safetensors_load.py SAFETENSORS"""

import sys

from protocol import answer_requests
from safetensors.numpy import load_file

answer_requests(lambda: load_file(sys.argv[1]))
