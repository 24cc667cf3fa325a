"""`python -m benchmarks.guardrails` counts what stops right answers, and apart what is a matter for a person."""

import pytest

guardrails = pytest.importorskip("benchmarks.guardrails")


def test_matters_for_a_person_have_a_line_of_their_own(tmp_path, capsys):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "lawyers.md").write_text(
        "---\ntitle: Lawyers\nquestions:\n"
        "  - my lawyer will sue you\n  - which lawyer do you recommend\n  - can you send me a lawyer\n---\n"
        "Lawyers are found in the register of lawyers.\n"
    )
    (tmp_path / "questions.csv").write_text("text,article\n")
    assert guardrails.main(["--company", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "held back as a matter for a person: 33.33% (1 of 3 right answers" in printed
    assert "false alarms: 33.33% (1 of 3 right answers" in printed
    assert "by name: request 1" in printed
