import json
from pathlib import Path

import yaml

from mnist_mlp.config import packaged_configs
from tests.cli.conftest import Run


def test_list_names_every_packaged_config(run: Run) -> None:
    lines = run("config", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == sorted(packaged_configs())
    assert {"default", "reference", "deep", "regression"} <= set(packaged_configs())
    assert all(len(line.split()) > 3 for line in lines)


def test_show_prints_a_complete_config_that_loads_as_the_same(run: Run) -> None:
    shown = run("config", "show", "reference", "-o", "seed=3").stdout
    Path("copy.yaml").write_text(shown)
    assert run("config", "show", "copy.yaml").stdout == shown
    settings = yaml.safe_load(shown)
    assert settings["seed"] == 3
    assert settings["optimizer"] == {"name": "sgd", "learning_rate": 0.001}


def test_schema_is_json_schema(run: Run) -> None:
    schema = json.loads(run("config", "schema").stdout)
    assert "$ref" in schema or "properties" in schema
    assert "training" in json.dumps(schema)
