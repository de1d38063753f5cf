"""The configuration: its schema, strict YAML in and out, and how files and overrides are merged."""

from mnist_mlp.config.load import load_config, packaged_configs, resolve
from mnist_mlp.config.schema import Config
from mnist_mlp.config.strict_yaml import dump

__all__ = ["Config", "dump", "load_config", "packaged_configs", "resolve"]
