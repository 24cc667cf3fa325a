"""What callers hear and what is texted besides answers, in four languages.

Whoever sets another language is spoken to in English: a voice that reads English words by the rules of another
language is hard to understand. What callers say is taken in the language that was set all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.answering.tongues import tongue

_FALLBACK = "en-US"


@dataclass(frozen=True)
class Sentences:
    """The words of one language; `{brand}`, `{consent}` and `{words}` are filled in.

    `hints` are what callers are likely to say, `yes_no` what they say when they are asked whether we understood them:
    both help Twilio to hear them.
    """

    greeting: str
    consent: str
    confirm: str
    record: str
    thanks_text: str
    thanks_call: str
    thanks_hidden: str
    silent: str
    busy: str
    hints: str
    yes_no: str


@dataclass(frozen=True)
class Tongue:
    """How a number speaks: its sentences, the `language` of the voice, and that of the caller (`hears`).

    Both are BCP 47 tags as Twilio takes them, such as de-DE. `voice` is the name of one of Twilio's voices; without
    one Twilio speaks as its console says.
    """

    says: Sentences
    language: str
    hears: str
    voice: str = ""


ENGLISH = Sentences(
    greeting="Hello, this is {brand}. {consent} Please tell us your question after this sentence.",
    consent="A computer writes down what you say, and may record it, so that we can answer.",
    confirm="I understood: {words}. Is that right? Say yes or press 1. Say no or press 2.",
    record="Please tell us your question after the tone, and hang up when you are done.",
    thanks_text="Thank you. You get our answer as a text message. Goodbye.",
    thanks_call="Thank you. We call you back with our answer. Goodbye.",
    thanks_hidden="Thank you. We cannot see your number, so please also write to us. Goodbye.",
    silent="We have heard nothing. Please call again, or write to us. Goodbye.",
    busy="You have called us many times just now. Please try again later. Goodbye.",
    hints="order, parcel, return, refund, invoice, delivery, password, account, warranty, cancel",
    yes_no="yes, no",
)
GERMAN = Sentences(
    greeting="Guten Tag, hier ist {brand}. {consent} Bitte stellen Sie Ihre Frage nach diesem Satz.",
    consent="Ein Computer schreibt mit, was Sie sagen, und nimmt es vielleicht auf, damit wir antworten können.",
    confirm="Ich habe verstanden: {words}. Ist das richtig? Sagen Sie ja, oder drücken Sie die 1. "
    "Sagen Sie nein, oder drücken Sie die 2.",
    record="Bitte stellen Sie Ihre Frage nach dem Ton, und legen Sie danach auf.",
    thanks_text="Vielen Dank. Sie bekommen unsere Antwort als SMS. Auf Wiederhören.",
    thanks_call="Vielen Dank. Wir rufen Sie mit unserer Antwort zurück. Auf Wiederhören.",
    thanks_hidden="Vielen Dank. Wir sehen Ihre Nummer nicht, bitte schreiben Sie uns deshalb auch. Auf Wiederhören.",
    silent="Wir haben nichts gehört. Bitte rufen Sie noch einmal an, oder schreiben Sie uns. Auf Wiederhören.",
    busy="Sie haben gerade sehr oft angerufen. Bitte versuchen Sie es später noch einmal. Auf Wiederhören.",
    hints="Bestellung, Paket, Rückgabe, Erstattung, Rechnung, Lieferung, Passwort, Konto, Garantie, stornieren",
    yes_no="ja, nein",
)
SPANISH = Sentences(
    greeting="Hola, le habla {brand}. {consent} Por favor, díganos su pregunta después de esta frase.",
    consent="Un ordenador escribe lo que usted dice y puede grabarlo, para que podamos responderle.",
    confirm="He entendido: {words}. ¿Es correcto? Diga sí o pulse 1. Diga no o pulse 2.",
    record="Por favor, díganos su pregunta después de la señal y cuelgue al terminar.",
    thanks_text="Gracias. Recibirá nuestra respuesta en un mensaje de texto. Adiós.",
    thanks_call="Gracias. Le llamaremos con nuestra respuesta. Adiós.",
    thanks_hidden="Gracias. No vemos su número; por favor, escríbanos también. Adiós.",
    silent="No hemos oído nada. Por favor, llame otra vez o escríbanos. Adiós.",
    busy="Nos ha llamado muchas veces hace un momento. Por favor, inténtelo más tarde. Adiós.",
    hints="pedido, paquete, devolución, reembolso, factura, entrega, contraseña, cuenta, garantía, cancelar",
    yes_no="sí, no",
)
FRENCH = Sentences(
    greeting="Bonjour, ici {brand}. {consent} Merci de poser votre question après cette phrase.",
    consent="Un ordinateur note ce que vous dites et peut l'enregistrer, afin que nous puissions vous répondre.",
    confirm="J'ai compris : {words}. Est-ce correct ? Dites oui ou tapez 1. Dites non ou tapez 2.",
    record="Merci de poser votre question après le signal, puis de raccrocher.",
    thanks_text="Merci. Vous recevrez notre réponse par SMS. Au revoir.",
    thanks_call="Merci. Nous vous rappellerons avec notre réponse. Au revoir.",
    thanks_hidden="Merci. Nous ne voyons pas votre numéro ; écrivez-nous aussi, s'il vous plaît. Au revoir.",
    silent="Nous n'avons rien entendu. Merci de rappeler ou de nous écrire. Au revoir.",
    busy="Vous venez de nous appeler de nombreuses fois. Merci de réessayer plus tard. Au revoir.",
    hints="commande, colis, retour, remboursement, facture, livraison, mot de passe, compte, garantie, annuler",
    yes_no="oui, non",
)
# In which of the languages that Twilio reads out an answer is read.
_READ_OUT = {
    "en": "en-US",
    "de": "de-DE",
    "fr": "fr-FR",
    "es": "es-ES",
    "it": "it-IT",
    "nl": "nl-NL",
    "pt": "pt-BR",
    "sv": "sv-SE",
    "da": "da-DK",
    "pl": "pl-PL",
}
LANGUAGES: Mapping[str, Sentences] = {"en": ENGLISH, "de": GERMAN, "es": SPANISH, "fr": FRENCH}


class Tongues:
    """How each number of ours speaks, and what callers are told of what becomes of their words."""

    def __init__(
        self,
        usual: str,
        by_number: Mapping[str, str],
        consent: Mapping[str, str],
        voices: Mapping[str, str] | None = None,
    ) -> None:
        """Take the language of all numbers, of single ones, and by language the consent line and the voice."""
        self._consent = consent
        self._voices = voices or {}
        self._usual = self._tongue(usual)
        self._by_number = {number: self._tongue(language) for number, language in by_number.items()}

    def of(self, number: str) -> Tongue:
        """Return how the number that was called, or texted, speaks."""
        return self._by_number.get(number.removeprefix("whatsapp:"), self._usual)

    def _tongue(self, language: str) -> Tongue:
        short = language.partition("-")[0]
        says = LANGUAGES.get(short)
        if says is None:
            return Tongue(self._with_consent("en"), _FALLBACK, language, self._voices.get(_FALLBACK, ""))
        return Tongue(self._with_consent(short), language, language, self._voices.get(language, ""))

    def reading(self, text: str, number: str) -> Tongue:
        """Return how a text is read out: in its own language where that can be told, else as the number speaks."""
        usual, own = self.of(number), tongue(text)
        if own not in _READ_OUT or usual.language.startswith(own):
            return usual
        language = next((one for one in self._voices if one.startswith(own)), _READ_OUT[own])
        return replace(usual, language=language, voice=self._voices.get(language, ""))

    def _with_consent(self, short: str) -> Sentences:
        says = LANGUAGES[short]
        return replace(says, consent=self._consent.get(short) or says.consent)
