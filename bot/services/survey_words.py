"""What customers are asked about our help, and told on the page where they answer, in their language."""

import re
from dataclasses import dataclass

from bot.answering.tongues import tongue
from bot.core.model import Case, Sender

_SCRIPTS = {"ja": re.compile(r"[\u3040-\u30ff]"), "ar": re.compile(r"[\u0600-\u06ff]")}
_ENOUGH = 5  # Letters of a script that only few languages have.


@dataclass(frozen=True)
class SurveyWords:
    """One language. `mail` has a place for the link, `text` one for our name, `thanks` one for the score.

    Scores run from `bad` to `good`; a `text` message is answered with one.
    """

    mail: str
    text: str
    title: str
    comment: str
    bad: str
    good: str
    thanks: str
    ended: str
    direction: str = "ltr"


_ENGLISH = SurveyWords(
    mail="How was our help? Please rate it on this page, from 1 to 5:\n\n<{link}>",
    text="{brand}: how did we do? Reply with a number from 1 (bad) to 5 (very good).",
    title="How was our help?",
    comment="Would you like to tell us more? (optional)",
    bad="bad",
    good="very good",
    thanks="Thank you! You gave us {score} of 5. You can change that here.",
    ended="This link has ended. Please reply to our mail instead.",
)
WORDS = {
    "en": _ENGLISH,
    "de": SurveyWords(
        mail="Wie war unsere Hilfe? Bitte bewerten Sie sie auf dieser Seite, von 1 bis 5:\n\n<{link}>",
        text="{brand}: Wie waren wir? Bitte antworten Sie mit einer Zahl von 1 (schlecht) bis 5 (sehr gut).",
        title="Wie war unsere Hilfe?",
        comment="Möchten Sie uns mehr sagen? (freiwillig)",
        bad="schlecht",
        good="sehr gut",
        thanks="Vielen Dank! Sie haben uns {score} von 5 gegeben. Hier können Sie das ändern.",
        ended="Dieser Link gilt nicht mehr. Bitte antworten Sie auf unsere Mail.",
    ),
    "fr": SurveyWords(
        mail="Comment était notre aide ? Merci de la noter sur cette page, de 1 à 5 :\n\n<{link}>",
        text="{brand} : comment était-ce ? Répondez par un chiffre de 1 (mauvais) à 5 (très bien).",
        title="Comment était notre aide ?",
        comment="Souhaitez-vous nous en dire plus ? (facultatif)",
        bad="mauvaise",
        good="très bonne",
        thanks="Merci ! Vous nous avez donné {score} sur 5. Vous pouvez changer cela ici.",
        ended="Ce lien n'est plus valable. Merci de répondre à notre e-mail.",
    ),
    "es": SurveyWords(
        mail="¿Qué le pareció nuestra ayuda? Valórela en esta página, del 1 al 5:\n\n<{link}>",
        text="{brand}: ¿qué nota nos da? Responda con una cifra del 1 (mal) al 5 (muy bien).",
        title="¿Qué le pareció nuestra ayuda?",
        comment="¿Desea contarnos algo más? (opcional)",
        bad="mala",
        good="muy buena",
        thanks="¡Gracias! Nos ha dado {score} de 5. Puede cambiarlo aquí.",
        ended="Este enlace ya no es válido. Responda a nuestro correo, por favor.",
    ),
    "it": SurveyWords(
        mail="Com'è stato il nostro aiuto? Lo valuti in questa pagina, da 1 a 5:\n\n<{link}>",
        text="{brand}: com'è andata? Risponda con un numero da 1 (male) a 5 (molto bene).",
        title="Com'è stato il nostro aiuto?",
        comment="Vuole dirci di più? (facoltativo)",
        bad="scarso",
        good="ottimo",
        thanks="Grazie! Ci ha dato {score} su 5. Può cambiarlo qui.",
        ended="Questo link non è più valido. Risponda alla nostra e-mail, per favore.",
    ),
    "pt": SurveyWords(
        mail="Como foi a nossa ajuda? Avalie-a nesta página, de 1 a 5:\n\n<{link}>",
        text="{brand}: como correu? Responda com uma nota de 1 (mal) a 5 (muito bem).",
        title="Como foi a nossa ajuda?",
        comment="Quer contar-nos mais? (opcional)",
        bad="má",
        good="muito boa",
        thanks="Obrigado! Deu-nos {score} em 5. Pode mudar isso aqui.",
        ended="Este link já não é válido. Responda ao nosso e-mail, por favor.",
    ),
    "nl": SurveyWords(
        mail="Hoe was onze hulp? Beoordeel die op deze pagina, van 1 tot 5:\n\n<{link}>",
        text="{brand}: hoe deden wij het? Antwoord met een cijfer van 1 (slecht) tot 5 (heel goed).",
        title="Hoe was onze hulp?",
        comment="Wilt u ons meer vertellen? (niet verplicht)",
        bad="slecht",
        good="heel goed",
        thanks="Bedankt! U gaf ons {score} van 5. U kunt dat hier wijzigen.",
        ended="Deze link is niet meer geldig. Beantwoord in plaats daarvan onze mail.",
    ),
    "pl": SurveyWords(
        mail="Jak oceniają Państwo naszą pomoc? Prosimy o ocenę na tej stronie, od 1 do 5:\n\n<{link}>",
        text="{brand}: jak nam poszło? Prosimy o ocenę: 1 (źle) do 5 (świetnie).",
        title="Jak oceniają Państwo naszą pomoc?",
        comment="Czy chcą Państwo napisać nam więcej? (nieobowiązkowe)",
        bad="źle",
        good="bardzo dobrze",
        thanks="Dziękujemy! Ocena: {score} z 5. Można ją tutaj zmienić.",
        ended="Ten link stracił ważność. Prosimy odpowiedzieć na naszą wiadomość.",
    ),
    "sv": SurveyWords(
        mail="Hur var vår hjälp? Betygsätt den på den här sidan, från 1 till 5:\n\n<{link}>",
        text="{brand}: hur gick det? Svara med en siffra från 1 (dåligt) till 5 (mycket bra).",
        title="Hur var vår hjälp?",
        comment="Vill du berätta mer? (frivilligt)",
        bad="dålig",
        good="mycket bra",
        thanks="Tack! Du gav oss {score} av 5. Du kan ändra det här.",
        ended="Länken gäller inte längre. Svara på vårt mejl i stället.",
    ),
    "ja": SurveyWords(
        mail="サポートはいかがでしたか。こちらのページで1から5までの評価をお願いいたします。\n\n<{link}>",
        text="{brand}：対応はいかがでしたか。1（悪い）〜5（良い）の数字でご返信ください。",
        title="サポートはいかがでしたか。",
        comment="ご意見をお聞かせください（任意）",
        bad="悪い",
        good="とても良い",
        thanks="ありがとうございます。5点中{score}点をいただきました。ここで変更できます。",
        ended="このリンクは無効になりました。メールにご返信ください。",
    ),
    "ar": SurveyWords(
        mail="كيف كانت مساعدتنا؟ يمكنك تقييمها في هذه الصفحة من 1 إلى 5:\n\n<{link}>",
        text="{brand}: كيف كانت خدمتنا؟ أجب برقم من 1 (سيئ) إلى 5 (ممتاز).",
        title="كيف كانت مساعدتنا؟",
        comment="هل تود أن تخبرنا بالمزيد؟ (اختياري)",
        bad="سيئة",
        good="جيدة جدًا",
        thanks="شكرًا لك! أعطيتنا {score} من 5. يمكنك تغيير ذلك هنا.",
        ended="انتهت صلاحية هذا الرابط. يرجى الرد على رسالتنا.",
        direction="rtl",
    ),
}


def language_of_customer(case: Case, otherwise: str = "en") -> str:
    """Return the language in which the customer writes, of those we have words in, or `otherwise`."""
    text = "\n".join(m.content for m in case.messages if m.sender is Sender.CUSTOMER and not m.automatic)
    by_script = (name for name, script in _SCRIPTS.items() if len(script.findall(text)) >= _ENOUGH)
    found = next(by_script, "") or tongue(text)
    return found if found in WORDS else otherwise
