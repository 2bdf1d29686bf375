"""The command line: `chainrule train`, `predict`, `evaluate`, `summary`, `check` and `doctor`, one file a command."""
