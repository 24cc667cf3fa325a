"""What is written on the widget."""

import pytest

from tests.browser.widget import texts


@pytest.mark.parametrize("language", ["de", "es", "fr", "ar"])
def test_every_text_is_there_in_every_language(language):
    english, theirs = texts("en"), texts(language)
    assert set(theirs) == set(english)
    for name, said in english.items():
        assert theirs[name].count("{") == said.count("{"), name
