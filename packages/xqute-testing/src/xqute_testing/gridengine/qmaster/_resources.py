"""The resources that `-l` may request: those that a newly installed cell defines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isinf
from types import MappingProxyType

from ._request import Denied

_TYPES = {
    "STRING": "arch calendar m_topology m_topology_inuse qname tmpdir",
    "HOST": "hostname",
    "BOOL": "display_win_gui rerun",
    "INT": "m_core m_socket m_thread num_proc seq_no slots",
    "DOUBLE": "cpu load_avg load_long load_medium load_short np_load_avg np_load_long"
    " np_load_medium np_load_short",
    "TIME": "h_cpu h_rt s_cpu s_rt min_cpu_interval",
    "MEMORY": "h_core h_data h_fsize h_rss h_stack h_vmem s_core s_data s_fsize s_rss s_stack"
    " s_vmem mem_free mem_total mem_used swap_free swap_rate swap_rsvd swap_total swap_used"
    " virtual_free virtual_total virtual_used",
}
_SHORTCUTS = {
    "a": "arch",
    "c": "calendar",
    "dwg": "display_win_gui",
    "h": "hostname",
    "core": "m_core",
    "socket": "m_socket",
    "thread": "m_thread",
    "topo": "m_topology",
    "utopo": "m_topology_inuse",
    "mf": "mem_free",
    "mt": "mem_total",
    "mu": "mem_used",
    "p": "num_proc",
    "q": "qname",
    "re": "rerun",
    "s": "slots",
    "sf": "swap_free",
    "sr": "swap_rate",
    "srsv": "swap_rsvd",
    "st": "swap_total",
    "su": "swap_used",
    "vf": "virtual_free",
    "vt": "virtual_total",
    "vu": "virtual_used",
    "la": "load_avg",
    "ll": "load_long",
    "lm": "load_medium",
    "ls": "load_short",
    "nla": "np_load_avg",
    "nll": "np_load_long",
    "nlm": "np_load_medium",
    "nls": "np_load_short",
    "mci": "min_cpu_interval",
    "seq": "seq_no",
    "tmp": "tmpdir",
}
_NOT_REQUESTABLE = re.compile(r"(np_)?load_\w+|min_cpu_interval|rerun|seq_no|tmpdir")
#: The type of each resource.
RESOURCES: Mapping[str, str] = MappingProxyType(
    {name: kind for kind, names in _TYPES.items() for name in names.split()}
)
_TIME = re.compile(r"(?:(\d*):(\d*):)?([+-]?\d+(?:\.\d*)?)\Z", re.ASCII)
_AMOUNT = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)([kKmMgGtT]?)\Z", re.ASCII)
_BOOL = re.compile(r"true|false|[+-]?\d+", re.ASCII | re.IGNORECASE)
_FACTORS = {
    "": 1,
    **{letter: 1000**power for power, letter in enumerate("kmgt", 1)},
    **{letter: 1024**power for power, letter in enumerate("KMGT", 1)},
}
#: Requests for these are compared with the memory of a host.
MEMORY_OF_HOST = ("mem_free", "mem_total", "virtual_free", "virtual_total")


def amount(kind: str, text: str) -> float | None:
    """Return a value of a type as a number, None if it is not a value of that type."""
    if text.upper() == "INFINITY":
        return float("inf")
    if kind == "TIME":
        match = _TIME.match(text)
        if not match:
            return None
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    match = _AMOUNT.match(text)
    return float(match[1]) * _FACTORS[match[2]] if match else None


def full_name(name: str) -> str:
    """Return the full name of a resource that may be given by its shortcut."""
    return _SHORTCUTS.get(name, name)


def checked(requests: Mapping[str, str | None], hosts: frozenset[str]) -> dict[str, str | None]:
    """Return the requests of a job with full names and with times in seconds.

    Raises:
        Denied: There is no such resource, or the value is invalid.
    """
    for given, value in requests.items():
        name = full_name(given)
        kind = RESOURCES.get(name)
        if kind is None:
            raise Denied(f'unknown resource "{given}"')
        if _NOT_REQUESTABLE.fullmatch(name):
            raise Denied(f'resource "{given}" configured as non requestable')
        if value == "":
            raise Denied(f'denied: missing value for resource "{given}"')
        if name == "slots":
            raise Denied(
                '"job" denied: use parallel environments instead of requesting slots explicitly'
            )
        if value is not None:
            _check_value(name, kind, value, hosts)
    return {full_name(name): _in_seconds(name, value) for name, value in requests.items()}


def _in_seconds(name: str, value: str | None) -> str | None:
    if value is None or RESOURCES[full_name(name)] != "TIME":
        return value
    seconds = amount("TIME", value)
    return value if seconds is None or isinf(seconds) else f"{seconds:.0f}"


def _check_value(name: str, kind: str, value: str, hosts: frozenset[str]) -> None:
    if kind == "HOST" and value not in hosts and not set(value) & set("*?[|"):
        raise Denied(f'can\'t resolve hostname "{value}"')
    if kind == "BOOL" and not _BOOL.fullmatch(value):
        raise Denied(f'attribute "{name}" is not a boolean value')
    words = {"TIME": "time", "MEMORY": "memory", "INT": "integer", "DOUBLE": "double"}
    if kind in words and amount(kind, value) is None:
        raise Denied(f'attribute "{name}" is not a {words[kind]} value')
