"""What customers are told before a person answers, in their language. It promises nothing that nobody has set."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.model import Case
from bot.services.survey_words import language_of_customer


@dataclass(frozen=True)
class Words:
    """One language: it came in, a colleague looks at it, when somebody is there, and replies are read."""

    received: str
    escalated: str
    opens: str
    reply: str


_ENGLISH = Words(
    "Thank you, your message has reached us.",
    "It goes to a colleague who knows this matter. They will answer you here themselves.",
    "Nobody is here at the moment. We are back on {day} at {time} ({zone}) and answer then.",
    "You can add something at any time by replying.",
)
WORDS = {
    "en": _ENGLISH,
    "de": Words(
        "Vielen Dank, Ihre Nachricht ist bei uns angekommen.",
        "Eine Kollegin oder ein Kollege mit dem nötigen Wissen sieht sie sich an und antwortet Ihnen hier selbst.",
        "Im Moment ist niemand da. Ab {day}, {time} Uhr ({zone}) sind wir wieder hier und antworten Ihnen.",
        "Sie können jederzeit etwas ergänzen, indem Sie antworten.",
    ),
    "fr": Words(
        "Merci, votre message nous est bien parvenu.",
        "Il est transmis à un ou une collègue qui connaît ce sujet et vous répondra ici.",
        "Personne n'est là en ce moment. Nous serons de retour le {day} à {time} ({zone}) et vous répondrons alors.",
        "Vous pouvez ajouter quelque chose à tout moment en répondant.",
    ),
    "es": Words(
        "Gracias, hemos recibido su mensaje.",
        "Lo verá una persona que conoce este tema y le responderá aquí.",
        "En este momento no hay nadie. Volvemos el {day} a las {time} ({zone}) y le responderemos entonces.",
        "Puede añadir algo en cualquier momento respondiendo.",
    ),
    "it": Words(
        "Grazie, il suo messaggio è arrivato.",
        "Lo vedrà una persona che conosce l'argomento e le risponderà qui.",
        "Al momento non c'è nessuno. Torniamo il {day} alle {time} ({zone}) e le risponderemo allora.",
        "Può aggiungere qualcosa in qualsiasi momento rispondendo.",
    ),
    "pt": Words(
        "Obrigado, a sua mensagem chegou até nós.",
        "Vai ser vista por alguém que conhece este assunto e que lhe responderá aqui.",
        "Neste momento não está ninguém. Voltamos em {day} às {time} ({zone}) e responderemos então.",
        "Pode acrescentar algo a qualquer momento, respondendo.",
    ),
    "nl": Words(
        "Bedankt, uw bericht is bij ons aangekomen.",
        "Een collega die hier verstand van heeft, bekijkt het en antwoordt u hier zelf.",
        "Op dit moment is er niemand. Op {day} om {time} ({zone}) zijn we er weer en dan antwoorden we.",
        "U kunt op elk moment iets toevoegen door te antwoorden.",
    ),
}


def acknowledgement(case: Case, *, escalated: bool, opens: datetime | None, zone: str) -> str:
    """Return what a customer is told: that a colleague looks at it, and when somebody is there again.

    `opens` is that moment where nobody is there now; it is told by the clock of `zone`.
    """
    words = WORDS.get(language_of_customer(case), _ENGLISH)
    there = opens.astimezone(ZoneInfo(zone)) if opens else None
    place = zone.rpartition("/")[2].replace("_", " ")
    lines = [
        words.received,
        words.escalated if escalated else "",
        words.opens.format(day=f"{there:%Y-%m-%d}", time=f"{there:%H:%M}", zone=place) if there else "",
        words.reply,
    ]
    return "\n\n".join(line for line in lines if line)
