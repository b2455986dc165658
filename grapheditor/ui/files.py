"""Asks for files: which to open, where to save and export to, and whether to write over what is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMessageBox

from grapheditor.graph import FileError, read
from grapheditor.graph.disk import before
from grapheditor.ui.session import SUFFIX
from grapheditor.ui.telling import Notice, sentence
from grapheditor.ui.texts import mark, tr

if TYPE_CHECKING:
    from grapheditor.ui.pictures import Look
    from grapheditor.ui.window import Window

WEIGHTS = (".safetensors", ".pt", ".pth")
FILTERS = {
    ".onnx": mark("ONNX (*.onnx)"),
    ".py": mark("PyTorch source (*.py)"),
    ".safetensors": mark("Weights (*.safetensors)"),
}
PICTURES = {
    ".svg": mark("SVG, opens as the graph (*.svg)"),
    ".png": mark("PNG, opens as the graph (*.png)"),
    ".pdf": mark("PDF (*.pdf)"),
    ".tex": mark("TikZ for LaTeX (*.tex)"),
}

CURVES = {
    ".png": mark("PNG (*.png)"),
    ".svg": mark("SVG (*.svg)"),
    ".csv": mark("All points as CSV (*.csv)"),
}


class Files:
    """The files of one window's graph, and the dialogs that ask for them."""

    def __init__(self, window: Window) -> None:
        self.window = window

    def browse(self) -> None:
        """Ask for files and open them."""
        kinds = tr("Graphs ({patterns})", patterns=f"*{SUFFIX} *.json *.svg *.png")
        names, _ = QFileDialog.getOpenFileNames(self.window, tr("Open graphs"), self._folder(), kinds)
        self.window.windows.open(map(Path, names), self.window)

    def choose_data(self, folder: bool) -> None:
        """Ask for a folder, or a file, and let the graph learn from it."""
        if folder:
            chosen = QFileDialog.getExistingDirectory(self.window, tr("Learn from a folder"), self._folder())
        else:
            chosen, _ = QFileDialog.getOpenFileName(self.window, tr("Learn from a file"), self._folder())
        if chosen and not self.window.session.data.replace(chosen):
            text = tr("Nothing that can be learned from is known in {name}.", name=Path(chosen).name)
            self.window.notice.show_notice(Notice(text, wrong=True))

    def begin_from_weights(self) -> None:
        """Ask for a file of weights, and let the next run begin from them."""
        chosen = self._weights(tr("Begin from the weights of a file"))
        if chosen is not None:
            self.window.session.beginning.choose(chosen)

    def take_weights(self) -> None:
        """Ask for a file of weights, and take them for exports, lenses and results."""
        chosen = self._weights(tr("Take the weights of a file"))
        if chosen is not None:
            self.window.session.weights.take(chosen)

    def _weights(self, title: str) -> Path | None:
        kinds = tr("Weights ({patterns})", patterns=" ".join(f"*{ending}" for ending in WEIGHTS))
        chosen, _ = QFileDialog.getOpenFileName(self.window, title, self._folder(), kinds)
        return Path(chosen) if chosen else None

    def open_before(self) -> None:
        """Open the version before the last save, as a graph that has no file yet."""
        path = self.window.session.path
        if path is None or not self.window.may_leave():
            return
        try:
            graph = read(before(path), self.window.session.catalog.history)
        except FileError as error:
            self.window.notice.show_notice(Notice(sentence(error), wrong=True))
            return
        graph.path = None
        self.window.session.show(graph)
        text = tr("This is {name} as it was before it was saved last. Saving asks where to.", name=path.name)
        self.window.notice.show_notice(Notice(text))

    def save(self) -> bool:
        """Save the graph; ask where, the first time, and before writing over what others have written."""
        path, safety = self.window.session.path, self.window.session.safety
        if path is None or safety.read_only is not None:
            return self.save_as()
        safety.look()
        if safety.is_changed() and not self._may_write_over(path):
            safety.look(again=True)
            return False
        return self._save_to(path)

    def _may_write_over(self, path: Path) -> bool:
        buttons = QMessageBox.StandardButton
        text = tr(
            "{name} was changed outside since it was opened here. Write over it? What is there now is kept as {kept}.",
            name=path.name,
            kept=before(path).name,
        )
        answer = QMessageBox.question(
            self.window, tr("Write over the file?"), text, buttons.Yes | buttons.Cancel, buttons.Cancel
        )
        return answer == buttons.Yes

    def save_as(self) -> bool:
        """Ask where to save the graph, and save it."""
        suggested = str(Path(self._folder()) / f"{self._file_name()}{SUFFIX}")
        name, _ = QFileDialog.getSaveFileName(
            self.window, tr("Save the graph"), suggested, tr("Graphs ({patterns})", patterns=f"*{SUFFIX}")
        )
        if not name:
            return False
        path = Path(name if name.endswith(".json") else f"{name}{SUFFIX}")
        return self._may_replace(path, name) and self._save_to(path)

    def _may_replace(self, path: Path, asked: str) -> bool:
        """Ask before writing over a file that the dialog did not ask about, since the ending was added behind it."""
        if str(path) == asked or not path.exists():
            return True
        buttons = QMessageBox.StandardButton
        text = tr("{name} exists already. Write over it?", name=path.name)
        return (
            QMessageBox.question(self.window, tr("Write over the file?"), text, buttons.Yes | buttons.No) == buttons.Yes
        )

    def _save_to(self, path: Path) -> bool:
        saved = self.window.session.save(path)
        if saved:
            self.window.remember(path)
        return saved

    def export(self, suffix: str) -> None:
        """Ask where to, and export in the format of the suffix."""
        suggested = str(Path(self._folder()) / f"{self._file_name()}{suffix}")
        name, _ = QFileDialog.getSaveFileName(self.window, tr("Export"), suggested, tr(FILTERS[suffix]))
        path = Path(name if name.endswith(suffix) else f"{name}{suffix}")
        if name and self._may_replace(path, name):
            self.window.session.exports.start(path)

    def export_picture(self, *, part: bool = False) -> None:
        """Ask how and where to, and draw what the canvas shows, or of it the selection."""
        from grapheditor.ui.pictures.dialog import PictureDialog

        window = self.window
        heat = window.canvas.scene.overlay is not None and not part
        dialog = PictureDialog(window, window.settings, window.theme, heat=heat)
        dialog.accepted.connect(lambda: self._draw_picture(dialog.look, part))
        dialog.open()

    def _draw_picture(self, look: Look, part: bool) -> None:
        from grapheditor.ui.pictures import PictureError, write_picture

        kinds = {tr(text): suffix for suffix, text in PICTURES.items()}
        suggested = str(Path(self._folder()) / f"{self._file_name()}.svg")
        name, chosen = QFileDialog.getSaveFileName(self.window, tr("Export a picture"), suggested, ";;".join(kinds))
        path = Path(name)
        if path.suffix.lower() not in PICTURES:
            path = Path(f"{name}{kinds.get(chosen, '.svg')}")
        if not name or not self._may_replace(path, name):
            return
        try:
            canvas = self.window.canvas
            write_picture(path, canvas.scene, look, canvas.selection if part else None)
        except (PictureError, FileError) as error:
            text = sentence(error) if isinstance(error, FileError) else str(error)
            self.window.notice.show_notice(Notice(text, wrong=True))
            return
        self.window.notice.show_notice(Notice(tr("{name} written.", name=path.name), folder=path.parent))

    def export_curves(self) -> None:
        """Ask where to, and write the charts that are shown: a picture, or the points of their curves."""
        kinds = {tr(text): suffix for suffix, text in CURVES.items()}
        suggested = str(Path(self._folder()) / f"{self._file_name()}-curves.png")
        name, chosen = QFileDialog.getSaveFileName(self.window, tr("Export curves"), suggested, ";;".join(kinds))
        path = Path(name)
        if path.suffix.lower() not in CURVES:
            path = Path(f"{name}{kinds.get(chosen, '.png')}")
        if not name or not self._may_replace(path, name):
            return
        try:
            self.window.editor.training.export(path)
        except FileError as error:
            self.window.notice.show_notice(Notice(sentence(error), wrong=True))

    def _file_name(self) -> str:
        return "-".join(self.window.session.name.lower().split()) or "untitled"

    def _folder(self) -> str:
        if self.window.session.path is not None:
            return str(self.window.session.path.parent)
        return self.window.windows.recents.folder
