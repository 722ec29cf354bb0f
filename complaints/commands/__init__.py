"""What the operator types, one module for each command.

`complaints X` is the object `command` of the module `X` here (a `-` in the name is a `_` in the module's). To add a
command, add a module; `complaints/cli.py` finds it.
"""
