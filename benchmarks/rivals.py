"""Other Qt node editors draw the same graph: ``python rivals.py NAME FOLDER GRAPH PICTURE``.

NAME: OdenGraphQt or qtpynodeeditor. FOLDER: where it is installed. GRAPH: JSON of {"nodes": [[x, y] ...], "wires":
[[from, to] ...]}. PICTURE: where what was drawn is saved, so that one can see that it was drawn. Once everything is in
sight, 1600×1000, it prints its version; then, for each line that it reads, the processor's milliseconds of a full repaint.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_API", "pyside6")


def oden(nodes: list[list[float]], wires: list[list[int]]) -> tuple[Any, Callable[[], object]]:
    """Return a view of the graph in OdenGraphQt, and what brings all of it into sight."""
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
    graph.set_acyclic(False)  # else each wire walks along all ways that lead to it
    made = [  # named here, since it takes minutes to find a thousand names
        graph.create_node("rival.Layer", name=f"Layer n{i}", pos=[x, y], push_undo=False, selected=False)
        for i, (x, y) in enumerate(nodes)
    ]
    used = [0] * len(made)
    for start, end in wires:
        made[end].set_input(used[end], made[start].output(0))
        used[end] += 1
    for node in made:
        node.set_selected(False)
    return graph.viewer(), lambda: graph.viewer().zoom_to_nodes([node.view for node in made])


def flow(nodes: list[list[float]], wires: list[list[int]]) -> tuple[Any, Callable[[], object]]:
    """Return a view of the graph in qtpynodeeditor, and what brings all of it into sight."""
    import qtpynodeeditor as editor
    from PySide6.QtCore import QPointF, Qt
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
        ports = made[start]["output"][0], made[end]["input"][used[end]]
        scene.create_connection(*ports, check_cycles=False)  # else it walks along all ways that lead there
        used[end] += 1
    view.kept = scene, registry

    def fit() -> None:
        view.setSceneRect(scene.itemsBoundingRect())
        view.fitInView(scene.itemsBoundingRect(), Qt.AspectRatioMode.KeepAspectRatio)

    return view, fit


EDITORS = {"OdenGraphQt": oden, "qtpynodeeditor": flow}


def main() -> None:
    name, folder, graph, picture = sys.argv[1:]
    sys.path.insert(0, folder)
    from PySide6.QtWidgets import QApplication

    app = QApplication([])
    given = json.loads(Path(graph).read_text("utf-8"))
    view, fit = EDITORS[name](given["nodes"], given["wires"])
    view.resize(1600, 1000)
    view.show()
    app.processEvents()
    fit()
    app.processEvents()
    viewport = view.viewport()
    viewport.repaint()
    view.grab().save(picture)
    print(importlib.metadata.version(name), flush=True)
    for _ in sys.stdin:
        begun = time.thread_time()
        viewport.repaint()
        app.processEvents()
        print((time.thread_time() - begun) * 1e3, flush=True)
    os._exit(0)  # both complain while they are taken down


if __name__ == "__main__":
    main()
