"""`threadpilot settings export|import` on both databases: whole or not at all, also of two at once."""

import asyncio
import json

import pytest

from bot.core.errors import Misconfigured, Superseded
from bot.core.sealing import OPEN
from bot.verbs.settings.exchanging import export, take_in
from storage.database import open_database
from storage.signals import LocalSignals

EMAIL = "auto_above.email"


def file_of(folder, name, **settings):
    path = folder / name
    told = {"threadpilot_settings": 1, "settings": {key.replace("__", "."): v for key, v in settings.items()}}
    path.write_text(json.dumps(told))
    return path


async def in_force(url):
    async with open_database(url, LocalSignals(), sealing=OPEN) as database, database.snapshot() as tx:
        return {key: one.value for key, one in (await tx.settings.current()).items() if one.value is not None}


async def test_what_was_written_out_is_taken_in_again(url, tmp_path, capsys):
    wanted = {EMAIL: 0.85, "mode.email": "auto", "rules.words": ["charge*back"]}
    first = file_of(tmp_path, "first.json", **wanted)
    shown = await take_in(url, first, "ada", OPEN, yes=False)
    assert "auto_above.email: None -> 0.85" in shown
    assert shown.endswith("Nothing was changed yet: add --yes to do it.")
    assert await in_force(url) == {}
    assert (await take_in(url, first, "ada", OPEN, yes=True)).endswith("Done.")
    await export(url, tmp_path / "second.json", OPEN)
    assert json.loads((tmp_path / "second.json").read_text())["settings"] == wanted
    await export(url, None, OPEN)
    assert json.loads(capsys.readouterr().out)["settings"] == wanted
    assert (
        await take_in(url, tmp_path / "second.json", "ada", OPEN, yes=True)
        == "All settings are like that already."
    )
    async with open_database(url, LocalSignals(), sealing=OPEN) as database, database.snapshot() as tx:
        rows = await tx.audit.rows(0, 10)
    assert {(row.actor, row.action) for row in rows} == {("ada", "setting")}
    assert len(rows) == len(wanted)


async def test_what_a_file_does_not_name_becomes_its_default(url, tmp_path):
    await take_in(
        url, file_of(tmp_path, "a.json", **{EMAIL: 0.85, "mode.chat": "auto"}), "ada", OPEN, yes=True
    )
    await take_in(url, file_of(tmp_path, "b.json", **{EMAIL: 0.9}), "ada", OPEN, yes=True)
    assert await in_force(url) == {EMAIL: 0.9, "mode.chat": "assist"}


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"auto_above__email": 1.5}, "auto_above.email: A threshold lies between"),
        ({"mode__email": "fast"}, "mode.email: A mode is one of"),
        ({"rules__words": "chargeback"}, "rules.words: that value cannot be read"),
        ({"experiment__email": {"id": "x"}}, "'experiment.email' is no setting"),  # It would have no record.
        ({"recalibration": {}}, "'recalibration' is no setting"),  # Verdicts teach that, no file.
        ({"auto_above__fax": 0.9}, "'auto_above.fax' is no setting"),
    ],
)
async def test_one_impossible_value_refuses_all_of_a_file(url, tmp_path, settings, complaint):
    file = file_of(tmp_path, "bad.json", **{"mode__chat": "auto"} | settings)
    with pytest.raises(Misconfigured, match="Nothing was imported") as refused:
        await take_in(url, file, "ada", OPEN, yes=True)
    assert complaint in str(refused.value)
    assert await in_force(url) == {}


async def test_files_that_cannot_be_read_or_written_are_named(sqlite_url, tmp_path):
    (tmp_path / "picture.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "half.json").write_text('{"threadpilot_settings": 1, ')
    for name, complaint in (
        ("absent.json", "cannot be read"),
        ("picture.json", "as text"),
        ("half.json", "not JSON"),
    ):
        with pytest.raises(Misconfigured, match=complaint):
            await take_in(sqlite_url, tmp_path / name, "ada", OPEN, yes=True)
    with pytest.raises(Misconfigured, match="cannot be written: Is a directory"):
        await export(sqlite_url, tmp_path, OPEN)


async def test_of_two_files_at_once_each_counts_whole_or_not_at_all(url, tmp_path):
    wanted = [{EMAIL: n / 10, "auto_above.chat": n / 10, "auto_above.sms": n / 10} for n in (5, 6, 7)]
    files = [file_of(tmp_path, f"{n}.json", **one) for n, one in enumerate(wanted)]
    done = await asyncio.gather(
        *(take_in(url, file, "ada", OPEN, yes=True) for file in files), return_exceptions=True
    )
    assert all(isinstance(one, (str, Superseded)) for one in done), done
    assert any(isinstance(one, str) for one in done)
    assert await in_force(url) in wanted
