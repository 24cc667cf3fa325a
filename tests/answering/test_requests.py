"""Whoever asks for something that only a person can do is not put off with an article about something near it."""

from datetime import date

import pytest

from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.guardrails import Checked, abroad, check
from bot.answering.guardrails.requests import requests
from bot.answering.knowledge import Article, Library
from bot.core.model import Channel, Source
from bot.core.ports.answering import Question

PATCH = "Small holes in a tent are repaired with a patch on both sides. [1]"


def flags(said, text=PATCH):
    source = Source(1, "tents", "Tents", "")
    found = check(Checked(f"We are sorry. {text}", {1: text}, said, (source,), date(2026, 11, 26), "Shop"))
    return [flag.name for flag in found]


@pytest.mark.parametrize(
    "said",
    [
        "my tent pole broke, can you send me a new one or not",
        "My tent leaks. Could you please replace it?",
        "The tent has a hole. Please refund me.",
        "hole in my tent. send me another one",
        "The tent is torn, can I have a new one?",
        "there is a hole in the tent - any chance you could give me a discount?",
        "do you have a spare pole for me",
        "Could you change the colour of my tent for me?",
        "would you kindly cancel the tent",
        "I want a refund for this tent",
        "The tent came late. I'd like a voucher for the trouble",
        "tent broken, refund my money",
        "I expect you to send a new tent by Friday",
        "Is it possible for you to extend my warranty?",
    ],
)
def test_a_request_that_the_answer_does_not_grant_is_named(said):
    assert flags(said) == ["request"]


@pytest.mark.parametrize(
    "trouble", ["This does not work", "The zip does not close any more", "my code does nothing"]
)
@pytest.mark.parametrize(
    "deed",
    [
        "please cancel my order",
        "so please replace my jacket",
        "please extend my return period",
        "can you send a new pole",
        "kindly refund my money",
        "and send me a new pole",
        ", replace my jacket",
    ],
)
def test_trouble_told_before_it_takes_nothing_from_a_request(trouble, deed):
    assert flags(f"{trouble} {deed}") == ["request"]


@pytest.mark.parametrize(
    "said",
    [
        "Cancel my order, I will send it back to you.",
        "Refund my order, I sent everything back to you",
        "Replace my lamp, the old one goes back to you today",
        "Send a new lamp and I will give the old one back to you",
        "Please divert my parcel to the neighbour",
        "What does this cost and send me a new pole",
    ],
)
def test_what_they_do_themselves_takes_nothing_from_a_request(said):
    assert flags(said) == ["request"]


@pytest.mark.parametrize(
    "said",
    [
        "how do i repair a hole in my tent",
        "Can you tell me how a tent is repaired?",
        "Could you send me some information on tent repairs?",
        "please give me an idea how to patch it",
        "Can you repair a hole in a tent?",
        "How can I have it repaired?",
        "Do you have patches for tents?",
        "can i get it patched",
        "A pole snapped. How can I get through the weekend?",
        "Do I need a new zip for my tent, or can I mend it?",
        "Do you send tents to Norway?",
        "What does a club for tents bring me?",
        "Where can I get a new pole for my tent?",
        "my tent is torn!! please fix",
        "the tent leaks, send it back?",
        "i would give my old tent back to you",
        "can i have a tent sent to Norway",
        "",
    ],
)
def test_a_question_is_no_request(said):
    assert flags(said) == []


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("could you cancel my order for me?", "You cancel an order in your account within an hour. [1]"),
        ("can I get a label to send it back", "Print the label at the page for returns. [1]"),
        ("Can I have my money back?", "A refund takes five days. [1]"),
        ("can you change the address for me", "The address cannot be changed after that. [1]"),
        ("please send me a new one", "We send a replacement or refund the item. [1]"),
        ("can we get 30 days to pay", "Companies pay on invoice with 30 days to pay. [1]"),
        ("can i get cash for it", "Gift cards cannot be exchanged for cash. [1]"),
        ("please change it to express", "An order cannot be upgraded to express later. [1]"),
        ("can you change the company name", "We can reissue an invoice with another company name. [1]"),
        ("forgot my code, can you add it afterwards", "A code cannot be added to an order. [1]"),
    ],
)
def test_an_article_that_tells_that_very_thing_is_enough(said, text):
    assert flags(said, text) == []
    assert flags(said) == ["request"]


def test_a_request_says_what_is_to_be_done():
    (one,) = requests("Hello. It broke. Could you please send me a new pole by Friday? Thanks.")
    assert (one.text, one.verb) == ("Could you please send me a new pole by Friday", "send")
    assert one.things == {"pole"}


async def test_a_request_waits_for_a_person_however_sure_the_article_is():
    told = ("Small holes in a tent are repaired with a patch.", "A broken pole is held together with tape.")
    asked = ("my tent pole broke", "how do i repair a broken tent pole")
    library = Library((Article("tents", "Repair a tent", told, questions=asked, sections=("", "")),))
    answerer = EmbeddedAnswerer(library, brand="Shop")
    said = "my tent pole broke"
    sure = await answerer.answer(Question((said,), Channel.CHAT))
    wants = await answerer.answer(Question((f"{said}, can you send me a new one or not",), Channel.CHAT))
    assert "request" in [flag.name for flag in wants.flags]
    assert "request" not in [flag.name for flag in sure.flags]
    assert wants.confidence <= 0.75
    assert wants.evidence[0].text.startswith("Asks for what only a person can do")


def test_who_may_have_something_is_not_told_of_a_new_one():
    assert flags("The tent is torn, can I have a new tent?") == ["request"]
    assert flags("Can I have a tent in green for my old one?") == ["request"]


@pytest.mark.parametrize(
    "said",
    [
        "Bitte stornieren Sie meine Bestellung NW-1.",
        "Können Sie bitte meine Lieferadresse ändern?",
        "Könnt ihr mir eine neue Stange schicken?",
        "Stornieren Sie bitte die Bestellung",
        "Pourriez-vous changer l'adresse de livraison de ma commande ?",
        "Veuillez annuler ma commande.",
        "Bonjour. Merci de me rembourser.",
        "Remboursez-moi !",
        "¿Pueden cancelar mi pedido, por favor?",
        "Por favor cancelen mi pedido",
        "Quiero que me devuelvan el dinero",
        "¿Podrían enviarme uno nuevo?",
        "Potete annullare il mio ordine?",
        "Può cambiare l'indirizzo di consegna?",
        "Vi chiedo di rimborsarmi",
        "Kunt u mijn bestelling annuleren?",
        "Kunnen jullie mijn adres wijzigen?",
        "Graag mijn bestelling annuleren",
        "Stornieren Sie sofort meine Bestellung!",
        "Erstatten Sie mir umgehend mein Geld!",
        "Löschen Sie mein Konto.",
        "Hallo, löschen Sie mein Konto",
        "Schickt mir eine neue Stange",
        "Ich möchte, dass Sie meine Bestellung stornieren.",
        "Können Sie bitte wie besprochen meine Bestellung stornieren?",
        "Können Sie nicht einfach meine Bestellung stornieren?",
        "Stornieren Sie meine Bestellung ich brauche sie nicht",
        "Können Sie mir das Zelt in die Schweiz senden?",
        "Annule ma commande",
        "Bonjour, envoyez-moi une nouvelle perche",
        "Je veux que vous annuliez ma commande",
        "Cancelen mi pedido, por favor.",
        "Devuélvanme el dinero.",
        "¡Envíenme uno nuevo!",
        "Podrian cancelar mi pedido",
        "Annullate l'ordine per favore.",
        "Rimborsatemi subito.",
        "Buongiorno, speditemi una nuova",
        "Annuleer mijn bestelling aub.",
        "Stuur mij een nieuwe.",
        "Ik wil dat u mijn bestelling annuleert",
    ],
)
def test_a_request_in_another_language_is_one_too(said):
    assert len(list(abroad.requests(said))) == 1
    assert "request" in flags(said)


@pytest.mark.parametrize(
    "said",
    [
        "Wie kann ich meine Bestellung stornieren?",
        "Können Sie mir sagen, wie ich die Adresse ändern kann?",
        "Können Sie mir einen Link zur Rücksendung schicken?",
        "Was kostet es, wenn Sie das Zelt reparieren?",
        "Comment puis-je annuler ma commande ?",
        "Si vous annulez ma commande, quand suis-je remboursé ?",
        "Pouvez-vous me dire comment changer l'adresse ?",
        "Envoyez-vous en Suisse ?",
        "¿Cómo puedo cancelar mi pedido?",
        "¿Cuándo me devuelven el dinero?",
        "Come posso annullare l'ordine?",
        "Posso cambiare l'indirizzo?",
        "Hoe kan ik mijn bestelling annuleren?",
        "Kunt u mij vertellen hoe ik mijn adres kan wijzigen?",
        "please cancel my order",
        "Können Sie auch in die Schweiz senden?",
        "Pouvez-vous envoyer en Belgique ?",
        "Potete spedire in Svizzera?",
        "Kunt u ook naar België sturen?",
        "¿Pueden enviar también a Bélgica?",
        "Senden Sie auch in die Schweiz?",
        "Reparieren Sie Zelte?",
        "Envían a Bélgica?",
        "Spedite in Svizzera?",
        "¿Se puede cambiar la dirección?",
        "Si può cambiare la taglia?",
        "Bitte nicht stornieren!",
        "Bitte stornieren Sie die Bestellung nicht.",
        "Ne remboursez pas",
        "Ne me remboursez pas, je garde la tente",
        "Por favor no cancelen mi pedido",
        "Non annullate l'ordine",
        "Annuleer mijn bestelling niet",
        "Stornierung meiner Bestellung",
        "Cancelación del pedido",
        "Rimborso della tenda",
    ],
)
def test_a_question_in_another_language_is_no_request(said):
    assert list(abroad.requests(said)) == []


@pytest.mark.parametrize(
    ("said", "told", "other"),
    [
        (
            "Bitte stornieren Sie meine Bestellung.",
            "Eine Bestellung kann in Ihrem Konto storniert werden.",
            "Die Adresse wird im Konto geändert.",
        ),
        (
            "Pouvez-vous changer mon adresse ?",
            "L'adresse est changée dans votre compte.",
            "La commande est annulée dans votre compte.",
        ),
        (
            "Kunt u mijn bestelling annuleren?",
            "Een bestelling kan binnen een uur geannuleerd worden.",
            "Het adres kan gewijzigd worden.",
        ),
        (
            "¡Devuélvanme el dinero!",
            "El dinero se devuelve en cinco días.",
            "Un pedido se cancela en la cuenta.",
        ),
    ],
)
def test_an_answer_in_their_language_that_tells_that_very_thing_is_enough(said, told, other):
    (request,) = abroad.requests(said)
    assert request.told_by(told)
    assert not request.told_by(other)
