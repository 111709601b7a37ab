"""A model is shown what can be about the claim, and little else."""

from app.schemas import Document
from app.selecting import CHARACTERS_MAX, select

CONDITIONS = "\n\n".join(f"1.{n} Wear and tear are not covered by these conditions." for n in range(400))


def document(text, name="D1"):
    return Document(document_id=name, name="a.txt", text=text)


def test_short_documents_are_shown_whole():
    assert select([document("Hello.\n\nWorld.")]).shown == (("D1", "Hello.\n\nWorld."),)


def test_conditions_are_left_out():
    chosen = select([document("GENERAL CONDITIONS\n\n" + CONDITIONS)])
    assert chosen.shown == (("D1", "GENERAL CONDITIONS"),)
    assert chosen.left_out > 15_000


def test_a_letter_inside_long_conditions_is_found():
    letter = "My policy is HO-4821-7736-7.\n\nIt happened on 4 March 2026.\n\nI claim EUR 120.00."
    [(_, text)] = select([document(f"{CONDITIONS}\n\n{letter}\n\n{CONDITIONS}")]).shown
    assert "HO-4821-7736-7" in text
    assert "EUR 120.00" in text
    assert len(text) < 700


def test_no_claim_is_larger_than_the_limit_and_short_documents_come_first():
    long = document("x" * 2400, "D1"), document("y" * 2400, "D2"), document("z" * 2400, "D3")
    chosen = select([*long, document("short", "D4")])
    assert sum(len(text) for _, text in chosen.shown) == CHARACTERS_MAX
    assert [name for name, _ in chosen.shown] == ["D1", "D2", "D3", "D4"]


def test_order_of_the_documents_stays():
    assert [name for name, _ in select([document("bb", "B"), document("a", "A")]).shown] == ["B", "A"]
