"""Runs of one recipe that differ in their seed alone: a directory with a run directory for each.

recipe.yaml      the whole config; each seed takes the place of its own
seeds.json       which
digests.json     SHA-256 of large data files (storage.digests), which each run takes over
seed-0/ ...      the runs
"""

from pathlib import Path

import msgspec

from mnist_mlp.config.schema import Config
from mnist_mlp.config.strict_yaml import dump
from mnist_mlp.errors import StorageError
from mnist_mlp.runs.directory import SEEDS_FILE, Run
from mnist_mlp.storage import durable
from mnist_mlp.storage.digests import Digests, read_digests


class Family:
    """The files of such a directory, by name."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.recipe_file = directory / "recipe.yaml"
        self.seeds_file = directory / SEEDS_FILE
        self.digests_file = Run(directory).digests_file

    def begin(self, config: Config, seeds: list[int], digests: Digests) -> None:
        """Write down what shall run."""
        if self.seeds_file.exists() or Run(self.directory).config_file.exists():
            raise StorageError(
                "directory holds a run",
                where=self.directory,
                fix=f"continue it with --resume {self.directory}, or choose another --run-dir",
            )
        digests.write(self.digests_file)
        durable.write(self.recipe_file, dump(msgspec.to_builtins(config)).encode())
        durable.write(self.seeds_file, msgspec.json.encode(seeds) + b"\n")

    def exists(self) -> bool:
        """Whether this is such a directory."""
        return self.seeds_file.is_file()

    def seeds(self) -> list[int]:
        """As they were asked for."""
        try:
            return msgspec.json.decode(self.seeds_file.read_bytes(), type=list[int])
        except (OSError, msgspec.MsgspecError) as error:
            raise StorageError("seeds not readable", where=self.seeds_file, why=str(error)) from None

    def run(self, seed: int) -> Run:
        """The run of one seed; it may not have begun."""
        return Run(self.directory / f"seed-{seed}")

    def prepare(self, seed: int) -> Run:
        """The run of one seed, its directory there, with the digests that are known."""
        run = self.run(seed)
        durable.make_directory(run.directory)
        if not run.digests_file.exists():
            read_digests(self.digests_file).write(run.digests_file)
        return run
