"""`threadpilot eval intents`: what it reads, what it prints, and what it says of files that are none."""

import json
from pathlib import Path

import pytest

from bot.cli import main

pytestmark = pytest.mark.usefixtures("logging_kept")

GOOD = "text,intent\nwhere is my parcel,track\nmy parcel has not come,track\ni want my money back,refund\n"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.csv"
    path.write_text(GOOD + '"who won, yesterday",oos\n\n')
    return path


def test_one_line_of_json_on_stdout_and_progress_on_stderr(
    good: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", "intents", str(good), str(good), "--json"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert out.count("\n") == 1
    contract = {"n", "top1", "coverage", "aurc", "ece", "oos_auroc", "fit_s", "ms_per_message"}
    assert contract <= told.keys()
    assert (told["n"], told["n_out_of_scope"], told["top1"]) == (4, 1, 1.0)
    assert told["coverage"].keys() == {"0.01", "0.03", "0.05"}
    assert "Building the index" in err


def test_a_table_for_people(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "intents", str(good), str(good)]) == 0
    out = capsys.readouterr().out
    assert "right article, of those in scope     1.000" in out
    assert "can be sent with at most 3% wrong" in out


def test_other_names_of_columns_and_intents_that_were_never_taught(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = tmp_path / "test.csv"
    test.write_bytes(b"\xef\xbb\xbfSentence,Label,\nmoney back,refund,\nsing,karaoke,\n")
    assert main(["eval", "intents", str(good), str(test), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["top1"] == 0.5
    assert "1 intents of" in err
    assert "“karaoke”" in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "has no column “text”"),
        (b"text,intent\n", "has no rows"),
        (b"a,b\n1,2\n", "has no column “text”"),
        (b"text,price\n1,2\n", "has no column “intent”"),
        (b"text,intent\nhello\n", "row 2 lacks its text or its intent"),
        (b"text,intent\nhello,a\n,b\n", "row 3 lacks"),
        (b"text,intent\nonly strange,oos\n", "has no intent besides “oos”"),
        (b'text,intent\n"open,a\n', "is not a CSV file"),
        (b"text,intent\n\xff\xfe,a\n", "is not UTF-8 text"),
        (b"\x00\x01\x02", "has no column “text”"),
    ],
)
def test_garbage_is_named_in_one_sentence(
    content: bytes, said: str, good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "train.csv"
    path.write_bytes(content)
    assert main(["eval", "intents", str(path), str(good)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_a_file_that_is_not_there(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "intents", str(good), str(tmp_path / "none.csv")]) == 2
    assert "none.csv cannot be read: No such file" in capsys.readouterr().err
    assert main(["eval", "intents", str(tmp_path), str(good)]) == 2
