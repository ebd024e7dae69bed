"""The scripts that wrote the recorded files need PyTorch, Flax and Equinox, which the tests do not."""

collect_ignore = ["data"]
