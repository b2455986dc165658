"""Ids of nodes: readable ASCII identifiers that can be an attribute of a torch module and a key in a checkpoint."""

from __future__ import annotations

import keyword
import re
from collections.abc import Container
from functools import lru_cache

LONGEST = 80
MODULE_ATTRIBUTES = frozenset(
    """
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double
    dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu
    load_state_dict modules mtia named_buffers named_children named_modules named_parameters parameters
    register_backward_hook register_buffer register_forward_hook register_forward_pre_hook
    register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook
    register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to
    to_empty train training type xpu zero_grad
    """.split()  # noqa: SIM905 - a list of 70 strings says no more
)
"""The public attributes of torch.nn.Module; a test compares them with the installed torch."""
SOURCE_NAMES = frozenset({"self", "torch", "nn", "F", "objective", "super", "dict", "list", "tuple", "int", "range"})
"""Names that the printed source uses itself."""


def refusal(name: str) -> str | None:
    """Say why a text cannot be an id, or None where it can."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        return "an id has letters a to z, digits and _, and starts with a letter"
    if len(name) > LONGEST:
        return f"an id has at most {LONGEST} characters"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return f"{name} is a word of the Python language"
    if name in MODULE_ATTRIBUTES:
        return f"{name} is already an attribute of every torch module"
    if name in SOURCE_NAMES:
        return f"{name} has a meaning of its own in the printed source"
    return None


def module_refusal(name: str) -> str | None:
    """Say why a text cannot name a module, or None where it can: it is a class of the printed source."""
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name):
        return "a module's name begins with a capital letter and has letters and digits, such as Bottleneck"
    if len(name) > LONGEST:
        return f"a module's name has at most {LONGEST} characters"
    if name in ("F", "True", "False", "None"):
        return f"{name} has a meaning of its own in the printed source"
    return None


def fresh(stem: str, taken: Container[str]) -> str:
    """Return the first of ``stem``, or ``stem1``, ``stem2`` ... that is free; a stem with a number counts on."""
    base = stem.rstrip("0123456789")
    number = int(stem[len(base) :] or 1)
    base = base[: LONGEST - 12]
    while f"{base}{number}" in taken:
        number += 1
    return f"{base}{number}"


@lru_cache(maxsize=100_000)
def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key in which conv2 stands before conv10."""
    parts = re.findall(r"\d+|\D+", name)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
