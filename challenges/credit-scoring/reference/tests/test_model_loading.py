"""The model is read once, at start."""

from shutil import copy

import pytest
from fastapi.testclient import TestClient

from app.config import Settings
from app.main import create_app
from app.model import ModelUnfit, load_model


def test_a_model_that_answers_otherwise_than_in_training_is_unfit(model):
    model.self_test()
    other = type(model)(
        **{name: getattr(model, name) for name in model.__slots__} | {"example_probability": 0.5}
    )
    with pytest.raises(ModelUnfit):
        other.self_test()


def test_the_model_file_is_not_needed_after_the_start(
    settings, application, tmp_path, wait_until_loaded
):
    path = tmp_path / "model.joblib"
    copy(settings.model_path, path)
    with TestClient(create_app(Settings(model_path=path))) as client:
        wait_until_loaded(client)
        path.unlink()
        assert client.post("/v1/score", json=application).status_code == 200


def test_what_was_written_can_be_read(settings):
    assert load_model(settings.model_path).version.startswith("gbm-")
