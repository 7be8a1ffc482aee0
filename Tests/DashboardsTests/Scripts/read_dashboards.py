"""Reads dashboards with Grafana's own models (grafana-foundation-sdk) and tells what these do not know.

usage: read_dashboards.py DASHBOARD.json …

A dashboard is read into the models and written again: a key or a value that is lost on the way is none of Grafana's. Then
every value is held against the type that the models give it: words of a choice, numbers, lists, objects. Prints one line
for each fault, and what was looked at; exits with 1 when there are faults.
"""

import enum
import importlib.metadata
import inspect
import json
import sys
import types
import typing

from grafana_foundation_sdk.cog import runtime
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard, units

# Keys that Grafana reads and the models, or those of one version, do not have.
BEYOND_MODELS = {
    # The Prometheus data source's own, as its annotation editor keeps them beside the query; and Grafana's own mark.
    "annotations.list": {"expr", "step", "titleFormat", "textFormat", "tagKeys", "builtIn"},
    # As long as there are repeated panels; the models of Grafana 10 lack it.
    "panels": {"maxPerRow"},
}

UNITS = {value for name, value in vars(units).items() if isinstance(value, str) and not name.startswith("__")}


def lost(ours, theirs, path, faults):
    """What of ours is not in theirs."""
    if isinstance(ours, dict):
        if not isinstance(theirs, dict):
            faults.append(f"{path}: an object is no object any more")
            return
        allowed = BEYOND_MODELS.get(path.rstrip("0123456789[]"), set())
        for key, value in ours.items():
            if key in theirs:
                lost(value, theirs[key], f"{path}.{key}".lstrip("."), faults)
            elif key not in allowed:
                faults.append(f"{path}: Grafana's models have no key {key!r}")
    elif isinstance(ours, list):
        if not isinstance(theirs, list) or len(ours) != len(theirs):
            faults.append(f"{path}: the list is another one")
            return
        for index, (left, right) in enumerate(zip(ours, theirs)):
            lost(left, right, f"{path}[{index}]", faults)
    elif ours != theirs:
        faults.append(f"{path}: {ours!r} has become {theirs!r}")


def mistyped(value, hint, path, faults):
    """Whether a value is of the type that the models declare."""
    origin = typing.get_origin(hint)
    if hint in (typing.Any, object) or isinstance(hint, typing.TypeVar):
        return walk(value, path, faults)
    if origin in (typing.Union, types.UnionType):
        choices = typing.get_args(hint)
        if value is None and type(None) in choices:
            return None
        attempts = []
        for choice in choices:
            if choice is type(None):
                continue
            found = []
            mistyped(value, choice, path, found)
            if not found:
                return None
            attempts.append(found)
        faults.extend(min(attempts, key=len))
    elif origin is typing.Literal:
        if value not in typing.get_args(hint):
            faults.append(f"{path}: {value!r} is none of {typing.get_args(hint)}")
    elif origin is list:
        if not isinstance(value, list):
            faults.append(f"{path}: {value!r} is no list")
        else:
            for index, entry in enumerate(value):
                mistyped(entry, typing.get_args(hint)[0], f"{path}[{index}]", faults)
    elif origin is dict:
        if not isinstance(value, dict):
            faults.append(f"{path}: {value!r} is no object")
        else:
            for key, entry in value.items():
                mistyped(entry, typing.get_args(hint)[1], f"{path}.{key}", faults)
    elif hint is type(None):
        if value is not None:
            faults.append(f"{path}: {value!r} where nothing is expected")
    elif inspect.isclass(hint) and issubclass(hint, enum.Enum):
        if value not in [entry.value for entry in hint]:
            faults.append(f"{path}: {value!r} is none of {[entry.value for entry in hint]}")
    elif hint is float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            faults.append(f"{path}: {value!r} is no number")
    elif hint is str:
        # The models put words of a choice into some texts.
        if not isinstance(value, str):
            faults.append(f"{path}: {value!r} is no text")
    elif hint in (int, bool):
        if type(value) is not hint:
            faults.append(f"{path}: {value!r} is no {hint.__name__}")
    elif inspect.isclass(hint):
        if isinstance(value, hint):
            walk(value, path, faults)
        elif isinstance(value, dict) and hasattr(hint, "from_json"):
            # The models keep some objects as they came.
            found = hint.from_json(value)
            walk(found, path, faults)
            lost(value, json.loads(JSONEncoder().encode(found)), path, faults)
        else:
            faults.append(f"{path}: {value!r} is no {hint.__name__}")


def walk(value, path, faults):
    """Every attribute of a model against its declaration."""
    kind = type(value)
    if not kind.__module__.startswith("grafana_foundation_sdk.models"):
        return
    for name, hint in typing.get_type_hints(kind).items():
        mistyped(getattr(value, name), hint, f"{path}.{name}".lstrip("."), faults)


def all_units(node):
    if isinstance(node, dict):
        if isinstance(node.get("unit"), str):
            yield node["unit"]
        if node.get("id") == "unit":
            yield node["value"]
        for value in node.values():
            yield from all_units(value)
    elif isinstance(node, list):
        for value in node:
            yield from all_units(value)


def faults_of(path):
    with open(path, encoding="utf-8") as file:
        ours = json.load(file)
    faults = []
    model = dashboard.Dashboard.from_json(ours)
    lost(ours, json.loads(JSONEncoder().encode(model)), "", faults)
    walk(model, "", faults)
    for panel in ours["panels"]:
        if panel["type"] != "row" and runtime.panelcfg_config(panel["type"]) is None:
            faults.append(f"panel {panel['title']!r}: Grafana has no panel type {panel['type']!r}")
    faults += [f"Grafana has no unit {unit!r}" for unit in sorted(set(all_units(ours["panels"])) - UNITS)]
    return faults, len(ours["panels"])


def main():
    register_default_plugins()
    count = 0
    for path in sys.argv[1:]:
        faults, panels = faults_of(path)
        count += len(faults)
        for fault in faults:
            print(f"{path}: {fault}")
        print(f"{path}: {panels} panels read")
    print(f"grafana-foundation-sdk {importlib.metadata.version('grafana-foundation-sdk')}: {count} faults")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
