"""Other Qt node editors draw the same graph: ``python rivals.py NAME FOLDER GRAPH [PICTURE]`` prints milliseconds.

NAME: OdenGraphQt or qtpynodeeditor. FOLDER: where it is installed. GRAPH: JSON of {"nodes": [[x, y] ...], "wires":
[[from, to] ...]}. PICTURE: where what was drawn is saved, so that one can see that it was drawn. One line of JSON: the
version and the processor's milliseconds of full repaints with everything in sight, 1600×1000, on this screen.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_API", "pyside6")
TURNS = 9


def oden(nodes: list[list[float]], wires: list[list[int]]) -> Any:
    """Return a view of the graph in OdenGraphQt."""
    from OdenGraphQt import BaseNode, NodeGraph

    class Layer(BaseNode):  # type: ignore[misc]
        __identifier__ = "rival"
        NODE_NAME = "Layer"

        def __init__(self) -> None:
            super().__init__()
            for number in range(4):
                self.add_input(f"x{number}")
            self.add_output("out")

    graph = NodeGraph()
    graph.register_node(Layer)
    made = [graph.create_node("rival.Layer", pos=[x, y], push_undo=False, selected=False) for x, y in nodes]
    used = [0] * len(made)
    for start, end in wires:
        made[end].set_input(used[end], made[start].output(0))
        used[end] += 1
    for node in made:
        node.set_selected(False)
    return graph.viewer()


def flow(nodes: list[list[float]], wires: list[list[int]]) -> Any:
    """Return a view of the graph in qtpynodeeditor."""
    import qtpynodeeditor as editor
    from PySide6.QtCore import QPointF
    from qtpynodeeditor import NodeDataModel, NodeDataType

    class Layer(NodeDataModel):  # type: ignore[misc]
        name = "Layer"
        caption = "Layer"
        caption_visible = True
        num_ports = {"input": 4, "output": 1}  # noqa: RUF012 - so its interface wants it
        data_type = NodeDataType("tensor", "Tensor")

        def out_data(self, port: int) -> None:
            return None

        def set_in_data(self, data: object, port: object) -> None:
            return None

        def embedded_widget(self) -> None:
            return None

    registry = editor.DataModelRegistry()
    registry.register_model(Layer)
    scene = editor.FlowScene(registry=registry)
    view = editor.FlowView(scene)
    made = []
    for x, y in nodes:
        node = scene.create_node(Layer)
        node.graphics_object.setPos(QPointF(x, y))
        made.append(node)
    used = [0] * len(made)
    for start, end in wires:
        scene.create_connection(made[start]["output"][0], made[end]["input"][used[end]])
        used[end] += 1
    view.kept = scene, registry
    return view


EDITORS = {"OdenGraphQt": oden, "qtpynodeeditor": flow}


def main() -> None:
    name, folder, graph, *picture = sys.argv[1:]
    sys.path.insert(0, folder)
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication, QGraphicsView

    app = QApplication([])
    given = json.loads(Path(graph).read_text("utf-8"))
    view = EDITORS[name](given["nodes"], given["wires"])
    view.resize(1600, 1000)
    view.show()
    app.processEvents()
    view.fitInView(QGraphicsView.scene(view).itemsBoundingRect(), Qt.AspectRatioMode.KeepAspectRatio)
    app.processEvents()
    viewport = view.viewport()
    spent = []
    for _ in range(TURNS):
        begun = time.thread_time()
        viewport.repaint()
        app.processEvents()
        spent.append((time.thread_time() - begun) * 1e3)
    if picture:
        view.grab().save(picture[0])
    print(json.dumps({"version": importlib.metadata.version(name), "milliseconds": spent}), flush=True)
    os._exit(0)  # both complain while they are taken down


if __name__ == "__main__":
    main()
