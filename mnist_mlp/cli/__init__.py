"""The command line: parses arguments, calls one function, prints its result, turns errors into exit codes."""
