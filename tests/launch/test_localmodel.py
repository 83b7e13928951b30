"""Which model runs on this machine, and whether one does."""

from pathlib import Path

import pytest

from huntaze.launch import localmodel
from huntaze.launch.errors import LaunchError
from huntaze.launch.ports import free_port


def test_a_key_makes_it_unnecessary():
    assert localmodel.is_wanted({})
    assert not localmodel.is_wanted({"OPENAI_API_KEY": "sk-x"})
    assert not localmodel.is_wanted({"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1"})
    assert localmodel.is_wanted({"OPENAI_API_KEY": " "})
    assert not localmodel.is_wanted({"LOCAL_MODEL": "Off"})


def test_any_gguf_drops_in(tmp_path):
    weights = tmp_path / "Qwen2.5-0.5B-Instruct-Q4_K_M.gguf"
    weights.touch()
    model = localmodel.choose({"LOCAL_MODEL_PATH": str(weights), "LOCAL_MODEL_THREADS": "3"})
    assert model
    assert (model.path, model.threads) == (weights, 3)
    assert model.name == "Qwen2.5-0.5B-Instruct"
    assert model.variables()["HUNTAZE_LOCAL_MODEL_URL"] == f"http://127.0.0.1:{model.port}/v1"


def test_bundled_model_has_its_plain_name():
    model = localmodel.choose({})
    assert model
    assert model.name == "SmolLM2-135M-Instruct"


@pytest.mark.parametrize(
    "environ",
    [{"LOCAL_MODEL_PATH": "/nowhere/model.gguf"}, {"LOCAL_MODEL_THREADS": "many"}],
)
def test_wrong_settings_are_refused(environ):
    with pytest.raises(LaunchError, match=next(iter(environ))):
        localmodel.choose(environ)


@pytest.mark.model
def test_real_model_comes_up_and_goes(tmp_path):
    chosen = localmodel.choose({})
    assert chosen
    with localmodel.running(chosen, tmp_path / "model.log") as model:
        assert model.is_ready()
    assert not model.is_ready()


def test_failing_model_is_said_plainly(tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_text("not weights")
    model = localmodel.LocalModel(broken, free_port())
    with (
        pytest.raises(LaunchError, match="did not start"),
        localmodel.running(model, Path(tmp_path / "model.log")),
    ):
        pass
