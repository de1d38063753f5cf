"""The configuration: its schema, strict YAML in and out, and how files and overrides are merged.

Each name is imported when it is first used: to read a checkpoint takes the schema, but no YAML.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnist_mlp.config.files import packaged_configs
    from mnist_mlp.config.load import as_yaml, load_config, resolve, with_overrides
    from mnist_mlp.config.schema import Config
    from mnist_mlp.config.strict_yaml import dump

__all__ = ["Config", "as_yaml", "dump", "load_config", "packaged_configs", "resolve", "with_overrides"]


def __getattr__(name: str) -> Any:
    """Import a name when it is first used (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'mnist_mlp.config' has no attribute {name!r}")
    module = {"Config": "schema", "dump": "strict_yaml", "packaged_configs": "files"}.get(name, "load")
    return getattr(import_module(f"mnist_mlp.config.{module}"), name)
