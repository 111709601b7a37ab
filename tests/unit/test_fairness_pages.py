"""Groups come in by CSV, are kept apart, and are described only where nobody can be told by it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from tests.fakes.positions_full import Somebody, a_position, peopled
from tests.fakes.web import Site, words

from assay.audit.ledger import SYSTEM
from assay.db.tables import AuditEntry, CandidateGroup, OutcomeCount, Position
from assay.domain.errors import BadInput
from assay.domain.hiring import Verdict
from assay.features.assessments import removal
from assay.features.fairness.groups import ROWS_MAX, Line, parse
from assay.features.fairness.reading import Fairness, fairness_of


def forty(advanced: Sequence[int] = ()) -> list[Somebody]:
    """Forty people; those of variant 1 do worse. Some go on, the others do not."""
    return [
        Somebody(
            f"c{n}@example.org",
            score=80.0 - 30 * (n % 2) + n / 10,
            variant=n % 2,
            verdict=Verdict.ADVANCE if n in advanced else Verdict.REJECT,
        )
        for n in range(40)
    ]


def fairness(site: Site, position_id: str) -> Fairness:
    with site.house.read() as session:
        return fairness_of(session, session.get_one(Position, position_id))


# ---------------------------------------------------------------------------------------- CSV

EXPECTED = [Line(2, "dana@example.org", "gender", "woman")]


@pytest.mark.parametrize(
    "text",
    [
        "mail,dimension,value\ndana@example.org,gender,woman",
        "E-Mail;Dimension;Value\r\nDana@Example.org;Gender;Woman\r\n",
        "\ufeffemail\tdimension\tvalue\ndana@example.org\tgender\twoman\n\n",
        'mail,dimension,value\n" dana@example.org ","gender","woman"',
        "E-mail address,Group,Value\ndana@example.org,gender,woman",
    ],
)
def test_lists_as_spreadsheets_write_them_are_understood(text: str) -> None:
    assert parse(text) == EXPECTED


def test_a_list_needs_no_heading() -> None:
    assert parse("dana@example.org,gender,woman") == [
        Line(1, "dana@example.org", "gender", "woman")
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no line to use"),
        ("mail,dimension,value", "no line to use"),
        ("dana@example.org,gender", "line 1: a line has three columns"),
        ("dana@example.org,gender,", "line 1: a line has three columns"),
        ("dana,gender,woman", "line 1: 'dana' is no mail address"),
        (f"dana@example.org,gender,{'x' * 61}", "at most 60"),
        ("a@b.org,gender,woman\na@b.org,gender,man", "line 2: gender of a@b.org is there twice"),
        ('a@b.org,"gender', "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(text: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        parse(text)


def test_all_bad_lines_are_told_at_once_but_not_a_thousand() -> None:
    with pytest.raises(BadInput) as refused:
        parse("\n".join("x,y" for _ in range(500)))

    assert len(refused.value.problems) == 21
    assert str(refused.value.problems[-1]) == "and 480 lines more"


def test_a_list_has_an_end_and_a_heading_is_no_line_of_it() -> None:
    heading, line = "mail,dimension,value\n", "c{}@example.org,gender,woman\n"
    most = heading + "".join(map(line.format, range(ROWS_MAX)))

    assert len(parse(most)) == ROWS_MAX
    with pytest.raises(BadInput, match="5,001 lines are too many: at most 5,000"):
        parse(most + line.format("one.more"))


# --------------------------------------------------------------------------------------- figures


def test_variants_hosts_and_hours_are_compared(site: Site) -> None:
    position_id = a_position(site.house)
    start = site.house.time.replace(hour=1)
    people = [
        Somebody(
            f"c{n}@example.org", 50.0 + n, n % 2, f"host-{n % 2}", start + timedelta(hours=n % 24)
        )
        for n in range(48)
    ]
    peopled(site.house, position_id, people)
    found = fairness(site, position_id)

    assert found.results == 48
    assert [one.name for one in found.by_variant.spreads] == ["variant 0", "variant 1"]
    assert [one.name for one in found.by_host.spreads] == ["host-0", "host-1"]
    assert [one.name for one in found.by_hour.spreads] == [
        "00 to 06 h UTC", "06 to 12 h UTC", "12 to 18 h UTC", "18 to 24 h UTC",
    ]  # fmt: skip
    assert found.by_variant.verdict == "no_difference_found"


def test_a_variant_that_is_harder_is_found(site: Site) -> None:
    position_id = a_position(site.house)
    peopled(site.house, position_id, forty())

    assert fairness(site, position_id).by_variant.verdict == "differ"
    assert fairness(site, position_id) == fairness(site, position_id), "the same each time"


def test_who_was_deleted_still_counts_by_variant(site: Site) -> None:
    position_id = a_position(site.house)
    ids = peopled(site.house, position_id, forty())
    house = site.house
    for one in ids[:10]:
        with house.write() as session:
            removal.delete(session, house.jobs, one, house.repositories, house.time, actor=SYSTEM)
    found = fairness(site, position_id)

    assert (found.results, found.deleted) == (40, 10)
    assert sum(one.count for one in found.by_variant.spreads) == 40
    assert sum(one.count for one in found.by_host.spreads) == 30


def test_of_a_deleted_result_stay_the_version_it_counted_under_and_a_whole_score(
    site: Site,
) -> None:
    """The score of a regrade that was adopted is one of its version, not of the invitation's."""
    position_id, house = a_position(site.house), site.house
    people = [
        Somebody("a@example.org", 70.0, version="2.0.0"),
        Somebody("b@example.org", 30.0, complete=False),
    ]
    for one in peopled(house, position_id, people):
        with house.write() as session:
            removal.delete(session, house.jobs, one, house.repositories, house.time, actor=SYSTEM)
    with house.read() as session:
        left = session.exec(select(OutcomeCount)).all()

    assert {(one.challenge_version, one.score) for one in left} == {
        ("2.0.0", 70.0),
        ("1.0.0", None),
    }


def test_only_complete_results_under_one_version_are_compared(
    site: Site, alice: TestClient
) -> None:
    """Another version may have another rubric, and its variant 1 is another starter."""
    position_id = a_position(site.house)
    newer = [Somebody(f"n{n}@example.org", 10.0, variant=1, version="2.0.0") for n in range(13)]
    halves = [Somebody(f"h{n}@example.org", 10.0, variant=1, complete=False) for n in range(7)]
    peopled(site.house, position_id, [*forty(), *newer, *halves])
    found = fairness(site, position_id)
    page = words(alice.get(f"/hiring/positions/{position_id}/fairness").text)
    told = site.calls().get(f"/api/v1/positions/{position_id}/fairness").json()

    assert (found.results, found.version, found.partial, found.others) == (40, "1.0.0", 7, 13)
    assert [one.count for one in found.by_variant.spreads] == [20, 20]
    assert "40 complete results under version 1.0.0" in page
    assert "Left out: 7 results in which not everything was measured and 13 results" in page
    assert (told["partial"], told["others"]) == (7, 13)


def test_an_empty_position_says_too_few_and_not_fair(site: Site, alice: TestClient) -> None:
    page = words(alice.get(f"/hiring/positions/{a_position(site.house)}/fairness").text)

    assert page.count("Too few to tell.") == 3
    assert "No difference found" not in page


# ---------------------------------------------------------------------------------------- groups


def groups_of(people: int, split: int) -> str:
    lines = [f"c{n}@example.org,gender,{'woman' if n < split else 'man'}" for n in range(people)]
    return "\n".join(["mail,dimension,value", *lines])


def uploaded(client: TestClient, position_id: str, text: str) -> int:
    path = f"/hiring/positions/{position_id}/groups"
    return client.post(path, data={"text": text}).status_code


def test_a_rate_below_four_fifths_is_seen(site: Site, alice: TestClient) -> None:
    position_id = a_position(site.house)
    chosen = [*range(5), *range(20, 35)]
    peopled(site.house, position_id, forty(chosen))
    assert uploaded(alice, position_id, groups_of(40, 20)) == 303
    (dimension,) = fairness(site, position_id).dimensions

    man, woman = dimension.impacts
    assert (man.rate, woman.rate) == (0.75, 0.25)
    assert woman.is_below is True
    assert woman.p is not None
    assert woman.p < 0.01
    assert "below 0.8" in words(alice.get(f"/hiring/positions/{position_id}/fairness").text)


def test_small_cells_are_shown_to_nobody(site: Site, alice: TestClient) -> None:
    position_id = a_position(site.house)
    peopled(site.house, position_id, forty([1, 2, 20, 21, 22, 23, 24, 25]))
    uploaded(alice, position_id, groups_of(40, 20))
    page = words(alice.get(f"/hiring/positions/{position_id}/fairness").text)
    answer = site.calls().get(f"/api/v1/positions/{position_id}/fairness").json()

    assert "not shown" in page
    assert "10.0 %" not in page
    woman = next(o for o in answer["dimensions"][0]["impacts"] if o["group"] == "woman")
    assert woman == {"group": "woman", "rate": None, "ratio": None, "p": None, "is_below": None}


def test_a_new_list_takes_the_place_of_the_one_before(site: Site, alice: TestClient) -> None:
    position_id = a_position(site.house)
    peopled(site.house, position_id, forty())
    uploaded(alice, position_id, groups_of(40, 20))
    uploaded(alice, position_id, "c1@example.org,age,over 40")

    with site.house.read() as session:
        (left,) = session.exec(select(CandidateGroup)).all()
    assert (left.dimension, left.value) == ("age", "over 40")


def test_a_stranger_in_the_list_changes_nothing(site: Site, alice: TestClient) -> None:
    position_id = a_position(site.house)
    peopled(site.house, position_id, forty())
    uploaded(alice, position_id, groups_of(40, 20))
    path = f"/hiring/positions/{position_id}/groups"
    answer = alice.post(path, data={"text": "c1@example.org,age,old\nx@example.org,age,old"})

    assert answer.status_code == 422
    assert "line 2: nobody of this position has the address x@example.org" in words(
        answer.text
    ).replace("Line", "line")
    assert "c1@example.org,age,old" in answer.text, "what was typed is not lost"
    with site.house.read() as session:
        assert len(session.exec(select(CandidateGroup)).all()) == 40


def test_a_long_list_is_not_lost_either(site: Site, alice: TestClient) -> None:
    position_id = a_position(site.house)
    text = "\n".join(f"somebody.{n}@example.org,gender,woman" for n in range(2_500))
    answer = alice.post(f"/hiring/positions/{position_id}/groups", data={"text": text})

    assert answer.status_code == 422
    assert "somebody.2499@example.org,gender,woman" in answer.text


def test_a_file_can_be_chosen_instead(site: Site, alice: TestClient) -> None:
    position_id = a_position(site.house)
    peopled(site.house, position_id, forty())
    path = f"/hiring/positions/{position_id}/groups"
    file = ("groups.csv", groups_of(40, 20).encode("utf-16"), "text/csv")

    assert alice.post(path, files={"file": file}, data={"text": ""}).status_code == 303
    broken = ("groups.csv", b"\xff\xfe\x00", "text/csv")
    assert alice.post(path, files={"file": broken}).status_code == 422


def test_a_list_and_a_file_at_once_are_refused_and_neither_is_passed_over(
    site: Site, alice: TestClient
) -> None:
    position_id = a_position(site.house)
    peopled(site.house, position_id, forty())
    path = f"/hiring/positions/{position_id}/groups"
    file = ("groups.csv", groups_of(40, 20).encode(), "text/csv")
    answer = alice.post(path, files={"file": file}, data={"text": "c1@example.org,age,old"})

    assert answer.status_code == 422
    assert "use one of them" in words(answer.text)
    assert "c1@example.org,age,old" in answer.text
    with site.house.read() as session:
        assert session.exec(select(CandidateGroup)).all() == []


def test_groups_can_be_taken_away_again(site: Site, alice: TestClient) -> None:
    position_id = a_position(site.house)
    peopled(site.house, position_id, forty())
    uploaded(alice, position_id, groups_of(40, 20))
    alice.post(f"/hiring/positions/{position_id}/groups/delete")

    with site.house.read() as session:
        assert session.exec(select(CandidateGroup)).all() == []
        said = session.exec(
            select(AuditEntry.details).where(AuditEntry.action == "position:groups_uploaded")
        ).all()
    assert "example.org" not in "".join(said), "the log names nobody"


def test_none_of_it_is_anybody_elses_business(site: Site) -> None:
    position_id, cast = a_position(site.house), site.house.cast
    for who, status in ((cast.bob, 403), (cast.vera, 403), (cast.charlie, 404)):
        client = site.of(who)
        assert client.get(f"/hiring/positions/{position_id}/fairness").status_code == status
        assert uploaded(client, position_id, "a@b.org,x,y") == status
        path = f"/hiring/positions/{position_id}/groups/delete"
        assert client.post(path).status_code == status
