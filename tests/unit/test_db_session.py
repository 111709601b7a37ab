"""Where a database may be."""

import pytest

from assay.db.session import database_url
from assay.domain.errors import BadInput


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_usual_way_to_name_postgresql_is_understood(scheme: str) -> None:
    url = database_url(f"{scheme}://assay:word@host:5433/assay")

    assert url.drivername == "postgresql+psycopg"
    assert (url.host, url.port, url.password) == ("host", 5433, "word")


def test_a_file_of_sqlite_is_kept_where_it_was_said() -> None:
    assert database_url("sqlite:////var/lib/assay/assay.db").database == "/var/lib/assay/assay.db"


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///:memory:", "mysql://host/assay", "assay.db", "postgresql://h:x/y"],
)
def test_what_cannot_keep_our_data_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(BadInput, match=r"sqlite:////var/lib/assay/assay\.db"):
        database_url(url)


def test_a_refusal_does_not_print_the_password() -> None:
    with pytest.raises(BadInput) as refused:
        database_url("mysql://assay:hunter2@host/assay")

    assert "hunter2" not in str(refused.value)
