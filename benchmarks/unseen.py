"""An estimate of the new-text pipeline on mails that nobody had seen while it was made.

    python -m benchmarks.unseen [--show] [--json]

Written after the pipeline was frozen, and never used to change it: mail programs, providers and versions that the
development mails and `benchmarks/replies.py` do not have, in fifteen languages, with other people, words, dates and
matters. Every text stands above the quoted answer, below it, between its lines, above a line of the telephone's, above a
signature, and above a company's notice. Whatever is found here and mended makes this set a development set: then write another one.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

from benchmarks.new_text import OUTCOMES, outcome
from integrations.email.newtext import split

NAME, ADDRESS = "Hollis & Brand Helpdesk", "care+7fq2@hollisbrand.example"


@dataclass(frozen=True)
class Language:
    """What a customer writes, what they were told, and what stands between: by the program that puts it there.

    A head that begins with `>` quotes with signs; any other is followed by the old text as it was.
    """

    bodies: tuple[str, ...]
    old: str
    heads: dict[str, str]
    device: str = ""
    notice: str = ""


LANGUAGES = {
    "en": Language(
        (
            (
                "Hi there,\n\nthanks for getting back so fast. The blue one fits, the grey one doesn't.\n"
                "Could you swap it for a size 9?\n\nCheers\nTheo Lindqvist"
            ),
            "1. yes\n2. no, it arrived on Thursday\n3. see photo\n\nPlease call me before 5pm.",
            (
                'It still says "payment declined" when I use my card ending 0093. I tried twice on Sunday evening:\n'
                "once on the phone and once on the laptop. Is something wrong on your side?"
            ),
        ),
        "Dear Theo,\n\nwould another size help? We have 8 and 9 in stock.\n\nBest\nHollis & Brand",
        {
            "roundcube": ">On 2026-11-17 08:42, {name} wrote:",
            "k9": ">On November 17, 2026 8:42:11 AM GMT+01:00, {name} <{address}> wrote:",
            "mutt": ">On Tue, Nov 17, 2026 at 08:42:11AM +0000, {name} wrote:",
            "fastmail": ">On Tue, 17 Nov 2026, at 8:42 AM, {name} wrote:",
            "evolution": ">On Tue, 2026-11-17 at 08:42 +0000, {name} wrote:",
            "samsung": "-------- Original message --------\nFrom: {name} <{address}>\nDate: 17/11/2026 08:42 (GMT+00:00)\n"
            "To: theo.l@postbox.example\nSubject: Your return\n",
            "windows mail": "From: {name}\nSent: 17 November 2026 08:42\nTo: theo.l@postbox.example\nSubject: Your return\n",
            "em client": '------ Original Message ------\nFrom "{name}" <{address}>\nTo theo.l@postbox.example\n'
            "Date 17/11/2026 08:42:11\nSubject Your return\n",
            "spark": ">On 17 Nov 2026 at 8:42 AM +0000, {name} <{address}>, wrote:",
            "zimbra": '----- Original Message -----\nFrom: "{name}" <{address}>\nTo: "Theo" <theo.l@postbox.example>\n'
            "Sent: Tuesday, 17 November, 2026 08:42:11\nSubject: Your return\n",
        },
        device="Sent from my Galaxy",
        notice="This e-mail and any files transmitted with it are confidential and intended solely for the addressee. If you have received it in error please notify the sender and delete it.",
    ),
    "de": Language(
        (
            (
                "Moin,\n\ndanke, das hat geklappt. Nur die Rechnung stimmt noch nicht: Es fehlt die USt-ID.\n\n"
                "Gruß\nWiebke Thomsen"
            ),
            (
                "Leider nein. Am 12. November war niemand da, und bei den Nachbarn liegt auch nichts.\n"
                "Bitte um Nachforschung."
            ),
            (
                "Guten Morgen Team,\n\nich schreibe wegen der Lieferung von gestern:\n- zwei Gläser kaputt\n- Karton nass\n\n"
                "Was nun?"
            ),
        ),
        "Liebe Frau Thomsen,\n\nist alles angekommen?\n\nHerzliche Grüße\nHollis & Brand",
        {
            "roundcube": ">Am 2026-11-17 08:42, schrieb {name}:",
            "k9": ">Am 17. November 2026 08:42:11 MEZ schrieb {name} <{address}>:",
            "webde": 'Gesendet: Dienstag, 17. November 2026 um 08:42 Uhr\nVon: "{name}" <{address}>\n'
            "An: wiebke@postfach.example\nBetreff: Ihre Rücksendung\n",
            "em client": '------ Originalnachricht ------\nVon "{name}" <{address}>\nAn wiebke@postfach.example\n'
            "Datum 17.11.2026 08:42:11\nBetreff Ihre Rücksendung\n",
            "samsung": "-------- Ursprüngliche Nachricht --------\nVon: {name} <{address}>\nDatum: 17.11.26 08:42 (GMT+01:00)\n"
            "An: wiebke@postfach.example\nBetreff: Ihre Rücksendung\n",
            "kmail": ">Am Dienstag, 17. November 2026, 08:42:11 MEZ schrieb {name}:",
            "evolution": ">Am Dienstag, dem 17.11.2026 um 08:42 +0100 schrieb {name}:",
        },
        device="Von meinem Galaxy gesendet",
        notice="Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, informieren Sie bitte den Absender und löschen Sie diese Mail.",
    ),
    "fr": Language(
        (
            (
                "Bonjour,\n\nmerci pour votre réponse rapide. Le colis est bien arrivé, mais il manque la notice.\n\n"
                "Bien à vous\nMaëlle Garnier"
            ),
            "Non, toujours rien. Le suivi indique « livré » depuis samedi.\nPouvez-vous vérifier auprès du transporteur ?",
        ),
        "Chère Maëlle,\n\navez-vous reçu le colis ?\n\nCordialement\nHollis & Brand",
        {
            "roundcube": ">Le 2026-11-17 08:42, {name} a écrit :",
            "k9": ">Le 17 novembre 2026 08:42:11 GMT+01:00, {name} <{address}> a écrit :",
            "orange": '> Message du 17/11/26 08:42\n> De : "{name}" <{address}>\n> A : maelle@boite.example\n'
            "> Copie à :\n> Objet : Votre retour\n>",
            "samsung": "-------- Message d'origine --------\nDe : {name} <{address}>\nDate : 17/11/2026 08:42 (GMT+01:00)\n"
            "À : maelle@boite.example\nObjet : Votre retour\n",
            "zimbra": '----- Mail original -----\nDe: "{name}" <{address}>\nÀ: "Maëlle" <maelle@boite.example>\n'
            "Envoyé: Mardi 17 Novembre 2026 08:42:11\nObjet: Votre retour\n",
        },
        device="Envoyé depuis mon smartphone Samsung Galaxy.",
        notice="Ce message et ses pièces jointes sont confidentiels et destinés exclusivement à leur destinataire. Si vous l'avez reçu par erreur, merci d'en avertir l'expéditeur et de le détruire.",
    ),
    "es": Language(
        (
            "Buenos días:\n\nya he recibido el reembolso, pero faltan 4,50 € de los gastos de envío.\n\nUn saludo\nIker Zabala",
            "Sí, por favor. El número es HB-2201 y la talla, la 42.\nMañana estaré en casa todo el día.",
        ),
        "Estimado Iker:\n\n¿le enviamos otra talla?\n\nSaludos\nHollis & Brand",
        {
            "roundcube": ">El 2026-11-17 08:42, {name} escribió:",
            "k9": ">El 17 de noviembre de 2026 8:42:11 CET, {name} <{address}> escribió:",
            "samsung": "-------- Mensaje original --------\nDe: {name} <{address}>\nFecha: 17/11/26 08:42 (GMT+01:00)\n"
            "Para: iker@buzon.example\nAsunto: Su devolución\n",
            "zimbra": '----- Mensaje original -----\nDe: "{name}" <{address}>\nPara: "Iker" <iker@buzon.example>\n'
            "Enviados: Martes, 17 de Noviembre 2026 8:42:11\nAsunto: Su devolución\n",
            "evolution": ">El mar, 17-11-2026 a las 08:42 +0100, {name} escribió:",
        },
        device="Enviado desde mi Galaxy",
        notice="Este mensaje y sus adjuntos son confidenciales y se dirigen exclusivamente a su destinatario. Si lo ha recibido por error, avise al remitente y elimínelo.",
    ),
    "it": Language(
        (
            "Salve,\n\nil pacco è arrivato stamattina ma manca il caricatore. Potete spedirlo a parte?\n\nGrazie mille\nRocco Fadda",
            "No, non ho ancora ricevuto nulla.\nIl corriere dice che l'indirizzo è sbagliato: via Dante 14, non 41.",
        ),
        "Gentile Rocco,\n\nha ricevuto il pacco?\n\nCordiali saluti\nHollis & Brand",
        {
            "roundcube": ">Il 2026-11-17 08:42 {name} ha scritto:",
            "k9": ">Il 17 novembre 2026 08:42:11 CET, {name} <{address}> ha scritto:",
            "libero": "Il 17/11/2026 08:42 {name} <{address}> ha scritto:\n\n",
            "samsung": "-------- Messaggio originale --------\nDa: {name} <{address}>\nData: 17/11/26 08:42 (GMT+01:00)\n"
            "A: rocco@casella.example\nOggetto: Il suo reso\n",
            "windows mail": "Da: {name}\nInviato: martedì 17 novembre 2026 08:42\nA: rocco@casella.example\nOggetto: Il suo reso\n",
        },
        device="Inviato dal mio smartphone Samsung Galaxy.",
        notice="Questo messaggio è riservato ed è destinato esclusivamente al destinatario. Se l'avete ricevuto per errore, avvisate il mittente e cancellatelo.",
    ),
    "pt": Language(
        (
            "Olá,\n\na encomenda chegou ontem, mas a cor não é a que pedi. Como faço a troca?\n\nCumprimentos\nInês Falcão",
            "Obrigada, já consegui entrar.\nSó falta mudar a morada: Rua do Sol, 8, 2.º esq.",
        ),
        "Cara Inês,\n\nconseguiu entrar na conta?\n\nCumprimentos\nHollis & Brand",
        {
            "roundcube": ">Em 2026-11-17 08:42, {name} escreveu:",
            "k9": ">Em 17 de novembro de 2026 08:42:11 WET, {name} <{address}> escreveu:",
            "samsung": "-------- Mensagem original --------\nDe: {name} <{address}>\nData: 17/11/26 08:42 (GMT+00:00)\n"
            "Para: ines@correio.example\nAssunto: A sua devolução\n",
            "bol": "Em 17/11/2026 08:42, {name} < {address} > escreveu:\n\n",
        },
        device="Enviado do meu smartphone Samsung Galaxy.",
        notice="Esta mensagem é confidencial e destina-se exclusivamente ao seu destinatário. Se a recebeu por engano, avise o remetente e elimine-a.",
    ),
    "nl": Language(
        (
            "Hallo,\n\nbedankt voor de snelle reactie. De hoes past niet om model T-4.\n\nMvg\nSjoerd Hoekstra",
            "Ja graag, stuur maar op naar het werk:\nHavenkade 3, 8861 XH Harlingen.",
        ),
        "Beste Sjoerd,\n\nzullen we een andere hoes sturen?\n\nGroeten\nHollis & Brand",
        {
            "roundcube": ">{name} schreef op 2026-11-17 08:42:",
            "k9": ">Op 17 november 2026 08:42:11 CET schreef {name} <{address}>:",
            "samsung": "-------- Oorspronkelijk bericht --------\nVan: {name} <{address}>\nDatum: 17-11-2026 08:42 (GMT+01:00)\n"
            "Aan: sjoerd@brievenbus.example\nOnderwerp: Uw retour\n",
            "ziggo": "Op 17-11-2026 om 08:42 schreef {name} <{address}>:\n\n",
            "evolution": ">{name} schreef op di 17-11-2026 om 08:42 [+0100]:",
        },
        device="Verzonden vanaf mijn Galaxy",
        notice="Dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde. Hebt u het per vergissing ontvangen, waarschuw dan de afzender en verwijder het.",
    ),
    "sv": Language(
        (
            "Hejsan,\n\npaketet kom fram men kvittot saknas. Kan ni mejla det?\n\nVänligen\nTuva Ek",
            "Nej, inte än. Jag var hemma hela tisdagen.\nHör gärna av er på 070-555 01 02.",
        ),
        "Hej Tuva,\n\nhar paketet kommit?\n\nHälsningar\nHollis & Brand",
        {
            "roundcube": ">Den 2026-11-17 08:42, skrev {name}:",
            "k9": ">Den 17 november 2026 08:42:11 CET skrev {name} <{address}>:",
            "samsung": "-------- Originalmeddelande --------\nFrån: {name} <{address}>\nDatum: 2026-11-17 08:42 (GMT+01:00)\n"
            "Till: tuva@brev.example\nÄmne: Din retur\n",
            "windows mail": "Från: {name}\nSkickat: den 17 november 2026 08:42\nTill: tuva@brev.example\nÄmne: Din retur\n",
        },
        device="Skickat från min Galaxy",
    ),
    "da": Language(
        (
            "Hej igen,\n\ndet virker nu, tak. Men hvornår kommer resten af ordren?\n\nDe bedste hilsner\nAsger Holm",
            "Nej tak, jeg vil hellere have pengene tilbage.\nKontoen er den samme som før.",
        ),
        "Kære Asger,\n\nvirker det nu?\n\nVenlig hilsen\nHollis & Brand",
        {
            "roundcube": ">Den 2026-11-17 08:42, skrev {name}:",
            "k9": ">Den 17. november 2026 08.42.11 CET skrev {name} <{address}>:",
            "samsung": "-------- Oprindelig meddelelse --------\nFra: {name} <{address}>\nDato: 17.11.2026 08.42 (GMT+01:00)\n"
            "Til: asger@postkasse.example\nEmne: Din returnering\n",
        },
        device="Sendt fra min Galaxy",
    ),
    "pl": Language(
        (
            "Witam,\n\nprzesyłka dotarła, ale jedna szklanka jest stłuczona. Co mam zrobić?\n\nPozdrawiam\nZuzanna Wrona",
            "Tak, poproszę o zwrot na konto.\nNumer zamówienia: HB/881/26.",
        ),
        "Pani Zuzanno,\n\nczy przesyłka dotarła?\n\nZ poważaniem\nHollis & Brand",
        {
            "roundcube": ">W dniu 2026-11-17 08:42, {name} napisał(a):",
            "k9": ">Dnia 17 listopada 2026 08:42:11 CET, {name} <{address}> napisał/a:",
            "wp": "Dnia 17 listopada 2026 08:42 {name} <{address}> napisał(a):\n\n",
            "samsung": "-------- Oryginalna wiadomość --------\nOd: {name} <{address}>\nData: 17.11.2026 08:42 (GMT+01:00)\n"
            "Do: zuzanna@skrzynka.example\nTemat: Pani zwrot\n",
        },
        device="Wysłane z mojego Galaxy",
    ),
    "cs": Language(
        (
            "Dobrý den,\n\nděkuji, balík dorazil. Jen v něm chybí druhý polštář.\n\nS pozdravem\nVojtěch Hruška",
            "Ne, reklamaci jsem ještě neposlal.\nMám přiložit účtenku, nebo stačí číslo objednávky?",
        ),
        "Vážený pane Hruško,\n\ndorazil balík?\n\nS pozdravem\nHollis & Brand",
        {
            "seznam": "---------- Původní e-mail ----------\nOd: {name} <{address}>\nKomu: vojtech@schranka.example\n"
            "Datum: 17. 11. 2026 8:42:11\nPředmět: Vaše vrácení\n",
            "roundcube": ">Dne 2026-11-17 08:42, {name} napsal:",
            "k9": ">Dne 17. listopadu 2026 8:42:11 SEČ, {name} <{address}> napsal:",
        },
        device="Odesláno z mého telefonu Galaxy",
    ),
    "ru": Language(
        (
            "Здравствуйте!\n\nПосылка пришла, но размер не подошёл. Можно обменять на 43?\n\nС уважением\nГлеб Орлов",
            "Нет, деньги пока не вернулись.\nПрошла уже неделя, проверьте, пожалуйста.",
        ),
        "Уважаемый Глеб,\n\nподошёл ли размер?\n\nС уважением\nHollis & Brand",
        {
            "yandex": '>17.11.2026, 08:42, "{name}" <{address}>:',
            "mailru": ">Вторник, 17 ноября 2026, 8:42 +03:00 от {name} <{address}>:",
            "roundcube": ">{name} писал 2026-11-17 08:42:",
            "the bat": ">Вы писали 17 ноября 2026 г., 8:42:11:",
            "k9": ">17 ноября 2026 г. 8:42:11 GMT+03:00, {name} <{address}> пишет:",
        },
        device="Отправлено с моего Galaxy",
    ),
    "tr": Language(
        (
            "Merhaba,\n\nürün elime ulaştı ama kutusu ezilmiş. İade edebilir miyim?\n\nSaygılarımla\nDefne Aksoy",
            "Hayır, hâlâ gelmedi.\nKargo takip numarasını tekrar gönderir misiniz?",
        ),
        "Sayın Defne Aksoy,\n\nürün ulaştı mı?\n\nSaygılar\nHollis & Brand",
        {
            "k9": ">17 Kasım 2026 08:42:11 GMT+03:00 tarihinde {name} <{address}> şunu yazdı:",
            "roundcube": ">2026-11-17 08:42 tarihinde {name} yazdı:",
            "samsung": "-------- Orijinal mesaj --------\nKimden: {name} <{address}>\nTarih: 17.11.2026 08:42 (GMT+03:00)\n"
            "Kime: defne@posta.example\nKonu: İadeniz\n",
        },
        device="Galaxy cihazımdan gönderildi",
    ),
    "ja": Language(
        (
            "お世話になっております。森下です。\n\n商品は届きましたが、説明書が入っていませんでした。\n送っていただけますか。\n\nよろしくお願いいたします。",
            "はい、返品でお願いします。\n注文番号は HB-7731 です。",
        ),
        "森下様\n\n商品は届きましたでしょうか。\n\nHollis & Brand",
        {
            "becky": ">On Tue, 17 Nov 2026 08:42:11 +0900\n{name} <{address}> wrote:",
            "roundcube": ">2026-11-17 08:42 に {name} さんは書きました:",
            "k9": ">2026年11月17日 8:42:11 JST、{name} <{address}>のメール:",
            "windows mail": "差出人: {name}\n送信日時: 2026年11月17日 8:42\n宛先: morishita@yubin.example\n件名: 返品について\n",
        },
        device="Galaxyから送信",
    ),
    "zh": Language(
        (
            "您好，\n\n包裹已经收到，但是少了一个配件。请问可以补寄吗？\n\n谢谢\n罗一鸣",
            "没有，还没收到退款。\n麻烦再帮我查一下。",
        ),
        "罗先生您好：\n\n包裹收到了吗？\n\nHollis & Brand",
        {
            "qq": '------------------ 原始邮件 ------------------\n发件人: "{name}" <{address}>;\n发送时间: 2026年11月17日(星期二) 上午8:42\n'
            '收件人: "罗一鸣" <luo@youxiang.example>;\n主题: 您的退货\n',
            "netease": '>在 2026-11-17 08:42:11，"{name}" <{address}> 写道：',
            "foxmail": "发件人： {name}\n发送时间： 2026-11-17 08:42\n收件人： 罗一鸣\n主题： 您的退货\n",
            "k9": ">于 2026年11月17日 GMT+08:00 上午8:42:11, {name} <{address}> 写道:",
        },
        device="发自我的 Galaxy",
    ),
}


@dataclass(frozen=True)
class Mail:
    """The text of a mail, and what is new in it."""

    situation: str
    language: str
    program: str
    text: str
    expected: str


def every() -> Iterator[Mail]:
    """Put every body into every situation with every head."""
    for language, said in LANGUAGES.items():
        for program, head in said.heads.items():
            for body in said.bodies:
                for situation, text, new in _situations(said, head, body):
                    yield Mail(situation, language, program, text, new)


def _situations(said: Language, head: str, body: str) -> Iterator[tuple[str, str, str]]:
    below = _below(head, said.old)
    yield "above", f"{body}\n\n{below}\n", body
    yield "device", f"{body}\n\n{said.device}\n\n{below}\n", body
    yield "signature", f"{body}\n-- \nHollis & Sons, Quay 4\n+49 30 5550199\n\n{below}\n", body
    if said.notice:
        yield "notice", f"{body}\n\n{said.notice}\n\n{below}\n", body
    if head.startswith(">"):
        yield "below", f"{below}\n\n{body}\n", body
        first, _, rest = below.rpartition("\n>")
        yield "between", f"{first}\n\n{body}\n\n>{rest}\n\n{_AFTER}\n", f"{body}\n\n{_AFTER}"


_AFTER = "HB-2201 / 42 / OK."


def _below(head: str, old: str) -> str:
    signs = head.startswith(">")
    filled = head.removeprefix(">" if not head.startswith("> ") else "").format(name=NAME, address=ADDRESS)
    quoted = "\n".join(f"> {line}".rstrip() for line in old.split("\n")) if signs else old
    return f"{filled}\n{quoted}"


def interval(right: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, 1927)."""
    z, share = 1.96, right / n
    middle, spread = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--show", action="store_true", help="print what differs")
    arguments.add_argument("--json", action="store_true")
    options = arguments.parse_args()
    counts: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    for mail in every():
        found = split(mail.text).new
        result = outcome(found, mail.expected)
        for group in (mail.situation, mail.language):
            counts.setdefault(group, Counter())[result] += 1
        total[result] += 1
        if options.show and result != "exact":
            print(f"\n=== {result}: {mail.situation} {mail.language} {mail.program}\n{found}")
    if options.json:
        print(json.dumps({"all": total, **counts}))
        return
    for language, count in [*counts.items(), ("all", total)]:
        said = ", ".join(f"{count[name]} {name}" for name in OUTCOMES if count[name])
        print(f"{language:9} n={count.total():4}: {said}")
    low, high = interval(total["exact"], total.total())
    print(f"exact: {total['exact'] / total.total():.1%}, 95 % interval {low:.1%} to {high:.1%}")


if __name__ == "__main__":
    main()
