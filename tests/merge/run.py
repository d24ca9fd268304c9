"""Runs notebooks, each in a namespace of its own, and prints where a name has a value that it must not have.

FILE is a JSON list of {"cells": [text], "values": {call: [value]}, "about": text}. A value is what the call returns, else the name of the
exception that it raises.
"""
import contextlib
import io
import json
import sys


def value(call, names):
    try:
        return str(eval(call, names))
    except Exception as error:
        return type(error).__name__


for number, notebook in enumerate(json.load(open(sys.argv[1], encoding="utf-8"))):
    names = {}
    for text in notebook["cells"]:
        # As "Run All" with errors allowed: what a cell defines before it fails is defined.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
            exec(text, names)
    for call, allowed in notebook["values"].items():
        found = value(call, names)
        if found not in allowed:
            print(f"notebook {number}: {call} is {found!r} and not one of {allowed}\n{notebook['about']}")
