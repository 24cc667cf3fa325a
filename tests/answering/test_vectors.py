import subprocess
import sys

import numpy as np
import pytest

from bot.answering import vectors as module
from bot.answering.vectors import normalised


def test_words_of_like_meaning_lie_closer(vectors):
    phone, call, tent = vectors.unit(["phone", "call", "tent"])
    assert phone @ call > phone @ tent + 0.2


def test_telling_words_are_longer_than_function_words(vectors):
    the, parcel = np.linalg.norm(vectors.sums(["the", "parcel"]), axis=1)
    assert parcel > 5 * the


def test_empty_and_foreign_texts_have_finite_vectors(vectors):
    rows = vectors.unit(["", "🎉", "посылка", "\x00"])
    assert not rows[0].any()
    assert np.isfinite(rows).all()


def test_common_words_are_one_piece(vectors):
    assert vectors.is_whole("order")
    assert not vectors.is_whole("ordre-xq")


def test_rows_of_zeros_stay_zero():
    assert normalised(np.zeros((2, 3), dtype=np.float32)).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_the_package_with_the_weights_is_never_imported():
    code = (
        "import sys; from bot.answering.vectors import shared_vectors; shared_vectors().unit(['a b']);"
        "print(sorted({'wordllama', 'torch', 'requests', 'scipy', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_missing_package_is_named(tmp_path):
    code = (
        f"import sys; from bot.answering.vectors import shared_vectors; sys.path[:] = [{str(tmp_path)!r}]\n"
        "from bot.core.errors import Misconfigured\n"
        "try: shared_vectors()\n"
        "except Misconfigured as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "wordllama" in done.stdout


@pytest.fixture(autouse=True)
def _same_vectors(vectors):
    assert module.shared_vectors() is vectors
