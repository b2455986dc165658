"""What the engine can do on this machine: devices to train on, and what it can do to a batch at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from grapheditor.engine.messages import Device, Message, Ready
from grapheditor.graph import Head
from grapheditor.graph.schema import decode

if TYPE_CHECKING:
    from grapheditor.ui.engine import Engine


class Augment(NamedTuple):
    """What can be done to a batch while training, and how many dimensions an input may have for it, None for any."""

    head: Head
    real: list[int] | None
    whole: list[int] | None

    def suits(self, shape: tuple[Any, ...], dtype: str) -> bool:
        """Return whether it suits an input. One number a sample, such as a label, always stays as it is."""
        counts = self.real if dtype.startswith(("float", "bfloat")) else self.whole
        return len(shape) > 1 and (counts is None or len(shape) in counts)


class Abilities(QObject):
    """As the engine tells when it is ready; and the device that is chosen of them."""

    changed = Signal()
    """Other devices are known, or another one is chosen."""

    def __init__(self, engine: Engine, parent: QObject) -> None:
        super().__init__(parent)
        self.devices: list[Device] = []
        self.augments: dict[str, Augment] = {}
        """What can be done to a batch while training."""
        self.device = "cpu"
        self._by_hand = False
        engine.received.connect(self._receive)

    @property
    def chosen(self) -> Device | None:
        """The device that is chosen, None as long as nothing is known of it."""
        return next((item for item in self.devices if item["id"] == self.device), None)

    def choose(self, device: str) -> None:
        """Train on a device from now on."""
        self.device, self._by_hand = device, True
        self.changed.emit()

    def _receive(self, message: Message) -> None:
        if not isinstance(message, Ready):
            return
        self.devices = message.devices
        self.augments = {name: _declared(name, **item) for name, item in message.augments.items()}
        known = [item["id"] for item in message.devices]
        if not self._by_hand or self.device not in known:
            self.device = next((name for name in known if name != "cpu"), "cpu")
        self.changed.emit()


def _declared(name: str, head: Any, real: list[int] | None, whole: list[int] | None) -> Augment:
    """Read help, options and what it suits, as the engine declares them."""
    read = decode(f"modules.{name.title().replace('_', '')}", head)
    assert isinstance(read, Head)
    return Augment(read, real, whole)
