import json
from pathlib import Path

import numpy as np

from mnist_mlp.storage.checkpoint import load
from tests.cli.conftest import Run, tiny


def figures(run: Run, checkpoint: str | Path, data: Path) -> dict[str, float]:
    record: dict[str, float] = json.loads(run("evaluate", checkpoint, "--data", data, "--json").stdout)
    return record


def test_a_final_run_gets_the_temperature_of_a_run_with_validation_samples(
    run: Run, trained: Path, tiny_data: Path
) -> None:
    run("train", "--run-dir", "final", *tiny(tiny_data), "-o", "data.validation=0")
    result = run("calibrate", "final", "--from", trained, "--output", "calibrated.safetensors")
    assert result.exit_code == 0, result.stderr
    source, before = load(trained / "checkpoints/best.safetensors"), load(Path("final/checkpoints/best.safetensors"))
    after = load(Path("calibrated.safetensors"))
    assert source.state.calibration is not None
    assert before.state.calibration is None
    assert after.state.calibration == source.state.calibration
    assert f"temperature {source.state.calibration.temperature:.4f}" in result.stdout
    np.testing.assert_array_equal(after.state.model.mlp.theta, before.state.model.mlp.theta)
    record, plain = (figures(run, name, tiny_data) for name in ("calibrated.safetensors", "final"))
    assert record["uncalibrated"] == plain["calibration"]
    assert record["temperature"] == source.state.calibration.temperature
    assert record["accuracy"] == plain["accuracy"]


def test_the_calibration_of_another_config_is_refused(run: Run, trained: Path, tiny_data: Path) -> None:
    run("train", "--run-dir", "other", *tiny(tiny_data), "-o", "network.hidden=[5]")
    result = run("calibrate", "other", "--from", trained, "--output", "x.safetensors")
    assert result.exit_code == 4
    assert "calibration of another config" in result.stderr
    assert not Path("x.safetensors").exists()


def test_a_run_without_validation_samples_has_no_calibration_to_copy(run: Run, tiny_data: Path) -> None:
    run("train", "--run-dir", "final", *tiny(tiny_data), "-o", "data.validation=0")
    result = run("calibrate", "final", "--from", "final", "--output", "x.safetensors")
    assert result.exit_code == 4
    assert result.stderr == (
        "error: no calibration in the checkpoint: final: its run held out no validation samples, or its network gives "
        "scores; train the config with data.validation=10000 and use that run\n"
    )
