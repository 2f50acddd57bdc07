"""The command line: options, commands, and what they print to the terminal.

The top of the house: nothing imports it but the two ``__main__``. A command is thin; what it does,
a function below does.
"""
