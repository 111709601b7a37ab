"""Ready means able to answer."""

from fastapi.testclient import TestClient

from app.config import Settings
from app.main import create_app


def test_without_a_model_the_service_lives_but_is_not_ready(tmp_path, application):
    settings = Settings(model_path=tmp_path / "nothing.joblib")
    with TestClient(create_app(settings)) as client:
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").status_code == 503
        assert client.post("/v1/score", json=application).status_code == 503
