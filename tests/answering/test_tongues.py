import pytest

from bot.answering.tongues import tongue


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Where is my parcel and when will it be here?", "en"),
        ("Wo ist mein Paket und wann kommt es bei mir an?", "de"),
        ("Bonjour, où est mon colis et quand est-ce que je le reçois ?", "fr"),
        ("¿Dónde está mi paquete y cuándo lo tengo por aquí?", "es"),
        ("Dove è il mio pacco e quando arriva?", "it"),
        ("Waar is mijn pakket en wanneer kan ik het hebben?", "nl"),
        ("Onde está o meu pacote e quando é que eu o tenho?", "pt"),
        ("Var är mitt paket och när kan jag ha det?", "sv"),
        ("Kiedy jest moja paczka i czy to nie jest za późno?", "pl"),
        ("thx", ""),
        ("refund pls now", ""),
        ("Bonjour, Camille", ""),
        ("Heron 4 Lark 2 Ember 2 Tarn", ""),
        ("", ""),
        ("x" * 100_000, ""),
    ],
)
def test_language_is_told_only_when_it_is_clear(text, code):
    assert tongue(text) == code
