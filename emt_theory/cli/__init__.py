"""The `emt` command: one file for each subcommand, and no logic of its own."""
