"""The mistakes of beginners: each gets, among its first three fixes, one that a teacher would give."""

from __future__ import annotations

import re

import pytest

from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.compile.fixes import with_fixes
from grapheditor.graph import Graph, Input, Node, Output
from grapheditor.graph.arithmetic import Name

KNOWN = catalog()
INFERENCE = Inference(KNOWN)


class Sketch:
    """Draws a graph: every operator is a method, its arguments are nodes; ids count on as in the window."""

    def __init__(self) -> None:
        self.graph = Graph()

    def input(self, name: str, *shape: int | str, dtype: str = "float32") -> Output:
        self.graph.put(f"nodes.{name}", Node(name, "input", {"shape": shape, "dtype": dtype}))
        return Output(name)

    def __getattr__(self, operator: str):
        def draw(*starts: Output, **options) -> Output:
            declared = KNOWN.operators[operator]
            number = 1
            while (name := f"{declared.stem}{number}") in self.graph.nodes:
                number += 1
            checked = {key: declared.option(key).check(value) for key, value in options.items()}
            self.graph.put(f"nodes.{name}", Node(name, operator, checked))
            for i, start in enumerate(starts):
                port = declared.inputs[0] if declared.inputs[0].repeats else declared.inputs[i]
                self.graph.put(f"wires.{Input(name, port.name, i if port.repeats else None)}", start)
            return Output(name, declared.outputs[0].name if declared.outputs else "out")

        return draw

    def classify(self, scores: Output, *target: int | str, dtype: str = "int64") -> None:
        label = self.input("label", *(target or ("N",)), dtype=dtype)
        self.output(scores)
        self.cross_entropy(scores, label)


def grey_images_without_a_channel(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 28, 28)))
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "insert a dimension for the channel between image and conv1"


def grey_images_without_a_channel_and_no_flatten(g: Sketch) -> str:
    x = g.max_pool2d(g.relu(g.conv2d(g.input("image", "N", 28, 28))))
    g.classify(g.linear(x, out_features=10))
    return "insert a dimension for the channel between image and conv1 and insert a flatten between pool1 and linear1"


def channels_last(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 32, 32, 3), kernel_size=5))
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "insert a permute (channels first) between image and conv1"


def channels_last_behind_a_normalisation(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.normalize(g.input("image", "N", 224, 224, 3)), kernel_size=7, stride=2))
    g.classify(g.linear(g.flatten(g.adaptive_avg_pool2d(x)), out_features=1000))
    return "insert a permute (channels first) between normalize1 and conv1"


def an_image_without_a_batch(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", 3, 32, 32)))
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "set shape of image to N×3×32×32"


def rows_of_pixels_into_a_convolution(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("pixels", "N", 784)))
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "insert a view as 1×28×28 between pixels and conv1"


def a_linear_layer_on_an_image(g: Sketch) -> str:
    g.classify(g.linear(g.input("image", "N", 1, 28, 28), out_features=10))
    return "insert a flatten between image and linear1"


def no_flatten_behind_convolutions(g: Sketch) -> str:
    x = g.max_pool2d(g.relu(g.conv2d(g.input("image", "N", 3, 32, 32))))
    g.classify(g.linear(g.relu(g.linear(x, out_features=64)), out_features=10))
    return "insert a flatten between pool1 and linear1"


def a_flatten_that_takes_the_batch_in(g: Sketch) -> str:
    x = g.flatten(g.input("image", "N", 1, 28, 28), start_dim=0)
    g.classify(g.linear(x, out_features=10))
    return "set start dim of flatten1 to 1"


def a_flatten_too_early(g: Sketch) -> str:
    x = g.flatten(g.input("image", "N", 3, 16, 16))
    x = g.adaptive_avg_pool2d(g.relu(g.conv2d(x)))
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "take flatten1 out"


def a_wrong_number_of_features_by_hand(g: Sketch) -> str:
    x = g.max_pool2d(g.relu(g.conv2d(g.input("image", "N", 1, 28, 28), out_channels=16)))
    g.classify(g.linear(g.view(x, size=(-1, 1000)), out_features=10))
    return "set size of view1 to -1×2704"


def a_view_that_changes_the_batch(g: Sketch) -> str:
    x = g.max_pool2d(g.relu(g.conv2d(g.input("image", "N", 1, 28, 28), out_channels=16, padding=1)))
    g.classify(g.linear(g.view(x, size=(-1, 16 * 7 * 7)), out_features=10))
    return "set size of view1 to -1×3136"


def two_free_sizes_in_a_view(g: Sketch) -> str:
    x = g.view(g.input("image", "N", 1, 28, 28), size=(-1, -1))
    g.classify(g.linear(x, out_features=10))
    return "set size of view1 to -1×784"


def images_of_any_size_before_a_linear_layer(g: Sketch) -> str:
    x = g.flatten(g.relu(g.conv2d(g.input("image", "N", 3, "H", "W"))))
    g.classify(g.linear(x, out_features=10))
    return "insert an adaptive average pool between relu1 and flatten1"


def a_map_of_scores_at_the_loss(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 3, 32, 32)))
    g.classify(g.conv2d(x, out_channels=10, kernel_size=3, padding=1))
    return "insert an adaptive average pool and a flatten between conv2 and loss1"


def scores_with_height_and_width_of_1(g: Sketch) -> str:
    x = g.adaptive_avg_pool2d(g.conv2d(g.input("image", "N", 3, 32, 32), out_channels=10))
    g.classify(x)
    return "insert a flatten between pool1 and loss1"


def a_kernel_larger_than_what_is_left(g: Sketch) -> str:
    x = g.input("image", "N", 3, 32, 32)
    for width in (16, 32, 64):
        x = g.max_pool2d(g.relu(g.conv2d(x, out_channels=width, kernel_size=5)))
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "set kernel size of conv3 to 3"


def one_pool_too_many(g: Sketch) -> str:
    x = g.input("image", "N", 1, 28, 28)
    for width in (16, 32, 64, 64):
        x = g.max_pool2d(g.relu(g.conv2d(x, out_channels=width)))
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "set padding of conv"


def a_padding_of_more_than_half_the_window(g: Sketch) -> str:
    x = g.max_pool2d(g.input("image", "N", 3, 32, 32), kernel_size=2, padding=2)
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "set padding of pool1 to 1"


def padding_same_with_a_stride(g: Sketch) -> str:
    x = g.conv2d(g.input("image", "N", 3, 32, 32), padding="same", stride=2)
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "set padding of conv1 to 1"


def groups_that_do_not_divide(g: Sketch) -> str:
    x = g.conv2d(g.input("image", "N", 3, 32, 32), groups=4)
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "set groups of conv1 to 1"


def groups_that_do_not_divide_inside(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 3, 32, 32), out_channels=24))
    x = g.conv2d(x, out_channels=48, groups=16)
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "set groups of conv2 to 8"


def a_dilation_that_reaches_too_far(g: Sketch) -> str:
    x = g.conv2d(g.input("image", "N", 1, 8, 8), dilation=4)
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "set dilation of conv1 to 1"


def a_residual_of_another_width(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 3, 32, 32), out_channels=16, padding=1))
    x = g.add(g.conv2d(x, out_channels=32, padding=1), x)
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "insert a projection (Conv2d of 1×1) between relu1 and add1"


def a_residual_past_a_stride(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 3, 32, 32), out_channels=16, padding=1))
    x = g.add(g.conv2d(x, out_channels=32, padding=1, stride=2), x)
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "insert a projection (Conv2d of 1×1, stride 2) between relu1 and add1"


def a_residual_past_a_stride_of_any_size(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 3, "H", "W"), out_channels=16, padding=1))
    x = g.add(g.conv2d(x, out_channels=32, padding=1, stride=2), x)
    g.classify(g.linear(g.flatten(g.adaptive_avg_pool2d(x)), out_features=10))
    return "insert a projection (Conv2d of 1×1, stride 2) between relu1 and add1"


def a_residual_past_a_convolution_without_padding(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 3, 32, 32), out_channels=16, padding=1))
    x = g.add(g.conv2d(x, out_channels=16), x)
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "set padding of conv2 to 1"


def a_residual_of_features(g: Sketch) -> str:
    x = g.relu(g.linear(g.input("row", "N", 20), out_features=64))
    g.classify(g.linear(g.add(g.relu(g.linear(x, out_features=32)), x), out_features=10))
    return "insert a projection between relu1 and add1"


def images_of_two_sizes_side_by_side(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 3, 32, 32), padding=1))
    x = g.concatenate(x, g.max_pool2d(x))
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "insert a pool of 2 between relu1 and cat1"


def a_concatenation_of_a_decoder(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 3, 32, 32), padding=1))
    deep = g.relu(g.conv2d(g.max_pool2d(x), padding=1))
    g.output(g.conv2d(g.concatenate(x, deep), padding=1))
    return "insert a transposed convolution of 2 between relu2 and cat1"


def a_concatenation_of_valid_convolutions(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 3, 32, 32)))
    g.output(g.concatenate(g.conv2d(x, kernel_size=3), x))
    return "set padding of conv2 to 1"


def images_and_rows_side_by_side(g: Sketch) -> str:
    image = g.relu(g.conv2d(g.input("image", "N", 3, 16, 16)))
    row = g.linear(g.input("row", "N", 5), out_features=8)
    g.classify(g.linear(g.concatenate(image, row), out_features=10))
    return "insert a flatten between relu1 and cat1"


def rows_that_differ_in_the_wrong_dimension(g: Sketch) -> str:
    one, two = g.input("one", "N", 5, 8), g.input("two", "N", 5, 12)
    g.output(g.linear(g.concatenate(one, two), out_features=10))
    return "set dim of cat1 to -1"


def a_gate_for_each_channel(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 3, 32, 32), out_channels=16))
    gate = g.sigmoid(g.linear(g.flatten(g.adaptive_avg_pool2d(x)), out_features=16))
    g.output(g.multiply(x, gate))
    return "insert a view as 16×1×1 between sigmoid1 and multiply1"


def a_vector_added_to_a_sequence(g: Sketch) -> str:
    x, style = g.input("x", "N", 7, 16), g.input("style", "N", 16)
    g.output(g.add(x, style))
    return "insert a dimension for the places between style and add1"


def an_image_into_an_lstm(g: Sketch) -> str:
    x = g.lstm(g.input("image", "N", 1, 28, 28), hidden_size=32)
    g.classify(g.linear(g.select(x, index=-1), out_features=10))
    return "insert a flatten of dimensions 1 to 2 (rows as places) between image and lstm1"


def features_of_an_image_into_a_gru(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 1, 28, 28), out_channels=16))
    x = g.gru(x, hidden_size=32)
    g.classify(g.linear(g.select(x, index=-1), out_features=10))
    return "(rows as places) between relu1 and gru1"


def an_image_into_attention(g: Sketch) -> str:
    x = g.conv2d(g.input("image", "N", 3, 32, 32), out_channels=64, kernel_size=4, stride=4)
    x = g.attention(x, x, x)
    g.classify(g.linear(g.select(x), out_features=10))
    return "(pixels as places) between conv1 and attention1"


def patches_before_a_class_token(g: Sketch) -> str:
    x = g.class_token(g.conv2d(g.input("image", "N", 3, 32, 32), out_channels=64, kernel_size=4, stride=4))
    g.classify(g.linear(g.select(x, index=0), out_features=10))
    return "(pixels as places) between conv1 and token1"


def a_row_into_an_rnn(g: Sketch) -> str:
    x = g.rnn(g.input("row", "N", 24), hidden_size=16)
    g.classify(g.linear(g.select(x, index=-1), out_features=10))
    return "insert a dimension (each value a place of one feature) between row and rnn1"


def all_places_of_an_lstm_at_the_loss(g: Sketch) -> str:
    x = g.lstm(g.input("x", "N", 12, 6), hidden_size=32)
    g.classify(g.linear(x, out_features=10))
    return "insert a selection of the last place between lstm1 and linear1"


def the_hidden_state_at_the_loss(g: Sketch) -> str:
    x = g.lstm(g.input("x", "N", 12, 6), hidden_size=32)
    g.classify(g.linear(x._replace(port="hidden"), out_features=10))
    return "insert a selection of the last layer between lstm1 and linear1"


def all_places_behind_a_class_token(g: Sketch) -> str:
    x = g.class_token(g.input("x", "N", 12, 16))
    x = g.attention(x, x, x)
    g.classify(g.linear(x, out_features=10))
    return "insert a selection of the first place between attention1 and linear1"


def features_before_places(g: Sketch) -> str:
    x = g.lstm(g.input("x", "N", 6, "T"), hidden_size=32)
    g.classify(g.linear(g.select(x, index=-1), out_features=10))
    return "insert an exchange of dimensions between x and lstm1"


def places_before_the_batch(g: Sketch) -> str:
    x = g.lstm(g.input("x", 12, "N", 6), hidden_size=32)
    g.classify(g.linear(g.select(x, index=-1), out_features=10))
    return "insert an exchange of dimensions (batch first) between x and lstm1"


def a_language_models_scores_at_the_loss(g: Sketch) -> str:
    x = g.embedding(g.input("tokens", "N", "T", dtype="int64"))
    x = g.lstm(x, hidden_size=32)
    g.classify(g.linear(x, out_features=1000), "N", "T")
    return "insert an exchange of dimensions between linear1 and loss1"


def heads_that_do_not_divide(g: Sketch) -> str:
    x = g.linear(g.input("x", "N", 12, 6), out_features=100)
    g.output(g.attention(x, x, x, heads=8))
    return "set heads of attention1 to 4"


def heads_that_divide_no_size(g: Sketch) -> str:
    x = g.linear(g.input("x", "N", 12, 6), out_features=61)
    g.output(g.attention(x, x, x, heads=8))
    return "set out features of linear1 to 64"


def queries_and_keys_of_two_widths(g: Sketch) -> str:
    x = g.input("x", "N", 12, 6)
    query, key = g.linear(x, out_features=64), g.linear(x, out_features=32)
    g.output(g.attention(query, key, g.linear(x, out_features=64)))
    return "set out features of linear2 to 64"


def more_places_than_positions(g: Sketch) -> str:
    g.output(g.position_embedding(g.input("x", "N", 100, 16), length=64))
    return "set length of positions1 to 100"


def decimal_numbers_into_an_embedding(g: Sketch) -> str:
    x = g.lstm(g.embedding(g.input("tokens", "N", "T")), hidden_size=32)
    g.classify(g.linear(g.select(x, index=-1), out_features=10))
    return "set dtype of tokens to int64"


def tokens_into_an_lstm(g: Sketch) -> str:
    x = g.lstm(g.input("tokens", "N", 12, dtype="int64"), hidden_size=32)
    g.classify(g.linear(g.select(x, index=-1), out_features=10))
    return "insert an embedding between tokens and lstm1"


def whole_numbers_as_pixels(g: Sketch) -> str:
    x = g.relu(g.conv2d(g.input("image", "N", 3, 32, 32, dtype="int64")))
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "set dtype of image to float32"


def double_precision(g: Sketch) -> str:
    g.classify(g.linear(g.input("row", "N", 20, dtype="float64"), out_features=10))
    return "set dtype of row to float32"


def decimal_classes(g: Sketch) -> str:
    g.classify(g.linear(g.input("row", "N", 20), out_features=10), "N", dtype="float32")
    return "set dtype of label to int64"


def classes_one_hot(g: Sketch) -> str:
    g.classify(g.linear(g.input("row", "N", 20), out_features=10), "N", 10)
    return "set shape of label to N"


def classes_one_hot_and_decimal(g: Sketch) -> str:
    g.classify(g.linear(g.input("row", "N", 20), out_features=10), "N", 10, dtype="float32")
    return "set dtype of label to int64 and set shape of label to N"


def classes_in_a_column(g: Sketch) -> str:
    g.classify(g.linear(g.input("row", "N", 20), out_features=10), "N", 1)
    return "set shape of label to N"


def classes_of_pixels_with_a_channel(g: Sketch) -> str:
    x = g.conv2d(g.input("image", "N", 3, 32, 32), out_channels=5, padding=1)
    g.classify(x, "N", 1, 32, 32)
    return "set shape of label to N×32×32"


def classes_of_another_batch(g: Sketch) -> str:
    g.classify(g.linear(g.input("row", "N", 20), out_features=10), "M")
    return "set shape of label to N"


def a_batch_norm_of_images_on_features(g: Sketch) -> str:
    x = g.relu(g.batch_norm2d(g.linear(g.input("row", "N", 20), out_features=64)))
    g.classify(g.linear(x, out_features=10))
    return "make bn1 a LayerNorm"


def a_softmax_along_a_dimension_that_is_not_there(g: Sketch) -> str:
    g.output(g.softmax(g.linear(g.input("row", "N", 20), out_features=10), dim=2))
    return "set dim of softmax1 to -1"


def a_place_that_is_not_there(g: Sketch) -> str:
    g.classify(g.linear(g.select(g.input("x", "N", 12, 6), index=12), out_features=10))
    return "set index of select1 to -1"


def a_transpose_of_the_batch(g: Sketch) -> str:
    x = g.lstm(g.transpose(g.input("x", "N", 12, 6), dim0=0), hidden_size=16)
    g.classify(g.linear(g.select(x, index=-1), out_features=10))
    return "take transpose1 out"


def a_permute_to_channels_last(g: Sketch) -> str:
    x = g.permute(g.input("image", "N", 3, 32, 32), dims=(0, 2, 3, 1))
    x = g.conv2d(x, kernel_size=5)
    g.classify(g.linear(g.flatten(x), out_features=10))
    return "take permute1 out"


MISTAKES = [item for item in list(globals().values()) if getattr(item, "__annotations__", {}).get("g") == "Sketch"]


def test_there_are_dozens():
    assert len(MISTAKES) >= 60


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda item: item.__name__)
def test_a_teachers_fix_is_among_the_first_three(mistake):
    sketch = Sketch()
    wanted = mistake(sketch)
    graph = sketch.graph
    analysis = INFERENCE.analyse(graph)
    problem = next(item for item in with_fixes(INFERENCE, graph, analysis) if item.severity == "error")
    for fix in problem.fixes:
        mended = graph.copy()
        mended.put_all(fix.records)
        after = INFERENCE.analyse(mended)
        assert after.sound, fix.title
        assert not re.search(r"insert a flatten between linear\d+ and loss", fix.title)
        for name in mended.nodes:
            if mended.nodes[name].operator == "output":
                start = mended.inputs(name, "x")[0]
                assert after.nodes[start.node].outputs[start.port].dims[0] == Name("N"), fix.title
    assert any(wanted in fix.title for fix in problem.fixes[:3]), [fix.title for fix in problem.fixes]
