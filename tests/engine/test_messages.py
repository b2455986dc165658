"""Messages: made, compared, and read again as they were written; what is none is refused in words."""

from __future__ import annotations

import json

import pytest

from grapheditor.engine import messages as m


@pytest.mark.parametrize("kind", m.KINDS.values(), ids=m.KINDS)
def test_each_comes_back_as_it_was_sent(kind):
    message = kind(**dict.fromkeys(kind.FIELDS, "x"))
    assert m.decode(json.loads(json.dumps(m.encode(message)))) == message


def test_what_is_not_said_is_the_default_each_time_anew():
    first, second = m.Probed(1), m.Probed(1)
    assert first == second
    first.found["loss"] = 1.0
    assert second.found == {}
    assert first != second
    assert first != m.Ping()


def test_a_part_may_be_changed_in_a_copy():
    message = m.Look("layer1")
    assert message.changed(inside="layer1.0") == m.Look("layer1", "layer1.0")
    assert message == m.Look("layer1")


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "Look"},
        {"kind": "Look", "path": "", "depth": 1},
        {"kind": "Message"},
        {"kind": "object"},
        {},
        [],
    ],
)
def test_what_is_no_message_is_refused(values):
    with pytest.raises(ValueError, match="message"):
        m.decode(values)


@pytest.mark.parametrize(("values", "named"), [(("a", "b", "c"), {}), (("a",), {"path": "b"}), ((), {"inside": "a"})])
def test_a_message_is_made_of_its_own_parts_once_each(values, named):
    with pytest.raises(TypeError, match="Look"):
        m.Look(*values, **named)
