"""Texts of mails as programs and people in many languages write them, and what is new in each."""

CASES: list[tuple[str, str, str]] = []  # Text, what is new in it, subject.


def _case(text: str, new: str | None = None, subject: str = "") -> None:
    """Note a case; without `new` everything is."""
    CASES.append((text, text if new is None else new, subject))


_case(
    """Danke, das hat geklappt!

Viele Grüße
Jana

Am Mo., 2. Nov. 2026 um 10:05 Uhr schrieb Nordwind Kundenservice GmbH &
Co. KG <kundenservice@nordwind-handel.example>:

> Hallo Jana,
> bitte starten Sie neu.
""",
    "Danke, das hat geklappt!\n\nViele Grüße\nJana",
)
_case(
    """Merci beaucoup.

Le lun. 2 nov. 2026 à 10:05, Service Client Boutique <
service.client+abc123@boutique.example> a écrit :

> Bonjour,
""",
    "Merci beaucoup.",
)
_case(
    """Merci beaucoup.
Le lun. 2 nov. 2026 à 10:05, Service Client Boutique de Lyon et Environs <service.client+abc123@boutique.example> a
écrit :

> Bonjour,
""",
    "Merci beaucoup.",
)
_case(
    """Bonjour,

Oui c'est bon.

Envoyé de mon iPhone

> Le 2 nov. 2026 à 10:05, Service <s@b.example> a écrit :
> 
> Bonjour,
> Est-ce bon ?
""",
    "Bonjour,\n\nOui c'est bon.",
)
_case(
    """Hello

    On Monday, November 2, 2026 at 10:05:33 AM GMT+1, Example Support <s@x.example> wrote:  
 
 Old text
 goes here
""",
    "Hello",
)
_case(
    """> Which colour?

Blue.

> Which size? Large or small? Please tell us soon.

Large.

-- 
Ada
""",
    "Blue.\n\nLarge.",
)
_case(
    """Ok.

________________________________
From: Example Support <mailto:s@x.example>
Sent: Monday, November 2, 2026 10:05 AM
To: Ada <mailto:a@c.example>
Cc: one@c.example; two@c.example;
three@c.example; four@c.example;
five@c.example
Subject: [EXT] Re: Order

Old
""",
    "Ok.",
)
_case("""I got this mail:

From: fake@evil.example
To: me
Subject: Your parcel

Is it from you?""")
_case("""Ihre Kollegin (anna@shop.example) schrieb:

bitte ein Foto schicken.

Hier ist es.""")
_case("""Received from support@x.example on 2 Nov 2026:

"Your refund is on the way."

It is not.""")
_case("""Hi,

the shop says:
> Error 4711
> Card declined

What now?""")
_case(
    """Danke

---
Jana Meier
Musterstr. 1
""",
    "Danke",
)
_case("""Bitte ändern:
---
Artikel: Lampe
Menge: 2
---
Danke""")
_case(
    """Vielen Dank für die schnelle Antwort.

Mit freundlichen Grüßen

i. A. Max Mustermann
Einkauf

Mustermann GmbH
Musterstr. 1
12345 Musterstadt
Tel.: +49 30 123456
Fax: +49 30 123457
www.mustermann.example
Geschäftsführer: Erika Mustermann
Amtsgericht Musterstadt HRB 1234

Von: Example Support <s@x.example>
Gesendet: Montag, 2. November 2026 10:05
An: Max Mustermann <m@mustermann.example>
Betreff: AW: Bestellung

Alt""",
    "Vielen Dank für die schnelle Antwort.\n\nMit freundlichen Grüßen\n\ni. A. Max Mustermann",
)
_case(
    """お世話になっております。山田です。

承知いたしました。

よろしくお願いいたします。

━━━━━━━━━━━━━━━━━━
株式会社サンプル
営業部 山田 花子
〒100-0001 東京都千代田区
TEL: 03-1234-5678
Email: yamada@sample.example
━━━━━━━━━━━━━━━━━━

2026年11月2日(月) 10:05 サポート <s@x.example>:

> 山田様
> ご確認ください。
""",
    "お世話になっております。山田です。\n\n承知いたしました。\n\nよろしくお願いいたします。",
)
_case(
    """Да, всё работает, спасибо!

--
Отправлено из Mail.ru для Android

Понедельник, 2 ноября 2026, 10:05 +03:00 от Служба поддержки <s@x.example>:
>Здравствуйте!
>Работает?
""",
    "Да, всё работает, спасибо!",
)
_case(
    """Да, спасибо.

02.11.2026, 10:05, "Служба поддержки" <s@x.example>:
> Здравствуйте!
-- 
С уважением,
Иван
""",
    "Да, спасибо.",
)
_case(
    """可以的，谢谢。

发自我的iPhone

------------------ 原始邮件 ------------------
发件人: 客服 <s@x.example>
发送时间: 2026年11月2日 10:05
收件人: 王 <w@c.example>
主题: 回复：订单

您好
""",
    "可以的，谢谢。",
)
_case(
    """谢谢！




在 2026-11-02 10:05:33，"客服" <s@x.example> 写道：

>您好
>请确认。""",
    "谢谢！",
)
_case(
    """네, 감사합니다.

2026년 11월 2일 (월) 오전 10:05, 고객센터 <s@x.example>님이 작성:

> 안녕하세요
""",
    "네, 감사합니다.",
)
_case(
    """네 확인했습니다.

-----Original Message-----
From: "고객센터"<s@x.example>
To: "김"<k@c.example>;
Cc:
Sent: 2026-11-02 (월) 10:05:33 (GMT+09:00)
Subject: RE: 주문

안녕하세요""",
    "네 확인했습니다.",
)
_case(
    """نعم، شكرا لكم.

في الاثنين، 2 نوفمبر 2026 في 10:05 ص تمت كتابة ما يلي بواسطة الدعم <
s@x.example>:

> مرحبا
""",
    "نعم، شكرا لكم.",
)
_case(
    """כן, תודה.

‫בתאריך יום ב׳, 2 בנוב׳ 2026 ב-10:05 מאת ‪תמיכה‬‏ <‪s@x.example‬‏>:‬

> שלום
""",
    "כן, תודה.",
)
_case(
    """Evet, teşekkürler.

Destek <s@x.example>, 2 Kas 2026 Pzt, 10:05 tarihinde
şunu yazdı:

> Merhaba
""",
    "Evet, teşekkürler.",
)
_case(
    '''Ano, děkuji.

---------- Původní e-mail ----------
Od: Podpora <s@x.example>
Komu: jan@c.example
Datum: 2. 11. 2026 10:05:33
Předmět: Re: Objednávka
"
Dobrý den,
"''',
    "Ano, děkuji.",
)
_case(
    """Tak, dziękuję.

Pozdrawiam
Jan

Dnia 2 listopada 2026 10:05 Wsparcie <s@x.example> napisał(a):

Dzień dobry,
czy działa?
""",
    "Tak, dziękuję.\n\nPozdrawiam\nJan",
)
_case(
    """Sim, obrigado.

Em seg., 2 de nov. de 2026 às 10:05, Suporte <s@x.example>
escreveu:

> Olá
""",
    "Sim, obrigado.",
)
_case(
    """Kyllä, kiitos.

Terveisin
Päivi

Lähettäjä: Tuki <s@x.example>
Lähetetty: maanantai 2. marraskuuta 2026 10.05
Vastaanottaja: Päivi <p@c.example>
Aihe: Vs: Tilaus

Hei""",
    "Kyllä, kiitos.\n\nTerveisin\nPäivi",
)
_case(
    """Please see the mail from the customer below and answer it.

From: Carl Customer <carl@c.example>
Sent: Monday, November 2, 2026 10:05 AM
To: Agent <agent@x.example>
Subject: Broken

My lamp is broken.""",
    subject="FW: Broken",
)
_case("""FYI

On Mon, Nov 2, 2026 at 10:05 AM Carl <carl@c.example> wrote:

My lamp is broken.""")
_case("""From: Carl Customer <carl@c.example>
Sent: Monday, November 2, 2026 10:05 AM
To: Agent <agent@x.example>
Subject: Broken

My lamp is broken.

From: Example Support
Sent: Sunday, November 1, 2026
To: Carl
Subject: x

older""")
_case(
    """On Mon, Nov 2, 2026 at 10:05 AM Example Support <s@x.example> wrote:
> Hi Ada,
>
> is it the red or the blue one?
The red one.
> Do you want to keep it?
Yes, but at a lower price.
>
> Best
> Support
""",
    "The red one.\nYes, but at a lower price.",
)
_case(
    """Answers inline.

On Mon, Nov 2, 2026 at 10:05 AM Example Support <s@x.example> wrote:

> On Sun, Nov 1, 2026 at 10:05 AM Ada <a@c.example> wrote:
>
>> Where is it?
>
> In Berlin. Where do you live?

In Hamburg.

> And when are you at home?

After 6 pm.

Best,
Ada
""",
    "Answers inline.\n\nIn Hamburg.\n\nAfter 6 pm.\n\nBest,\nAda",
)
_case(
    """Thanks, works!

> -----Original Message-----
> From: Example Support <s@x.example>
> Sent: Monday
> Subject: x
>
> Try again.
""",
    "Thanks, works!",
)
_case(
    """Thanks!

> On 2 Nov 2026, at 10:05, Example Support <s@x.example> wrote:
>
> This is a quoted line that is long enough to be wrapped by the
program
> and it goes on here.
""",
    "Thanks!",
)
_case(
    """Hi,
here is the address:

Ada Miller
2 Main Street
London

Regards,
Ada

Sent from my Galaxy


-------- Original message --------
From: Example Support <s@x.example>
Date: 02/11/2026 10:05 (GMT+00:00)
To: a@c.example
Subject: Re: x

Which address?""",
    "Hi,\nhere is the address:\n\nAda Miller\n2 Main Street\nLondon\n\nRegards,\nAda",
)
_case(
    """Thanks

This email and any attachments are confidential and may be privileged. If you are not the intended recipient please delete it and notify the sender immediately. Thank you.""",
    "Thanks",
)
_case("""Hallo,

es geht um:
Von: Hamburg
Nach: Berlin
Am 5.11.2026 um 10:05 fährt der Zug. Wer hat das geschrieben?

Gruß""")
_case(
    """Great!

Ada

On Mon, 2 Nov 2026 10:05:33 +0100
Example Support <s@x.example> wrote:

> Hi
""",
    "Great!\n\nAda",
)
_case(
    """* Example Support <s@x.example> [2026-11-02 10:05]:
> Does it work?

Yes.
""",
    "Yes.",
)
_case(
    """Quoting Example Support <s@x.example>:

> Does it work?

Yes.
""",
    "Yes.",
)
_case(
    """Zitat von Example Support <s@x.example>:

> Geht es?

Ja.
""",
    "Ja.",
)
_case(
    """Ja, geht.

Example Support <s@x.example> schrieb am 02.11.2026 10:05:33:

> Von: Example Support <s@x.example>
> An: ada@c.example
> Datum: 02.11.2026 10:05
> Betreff: Re: x
>
> Geht es?
""",
    "Ja, geht.",
)
_case(
    """Oui

> Message du 02/11/26 10:05
> De : "Service" <s@x.example>
> A : a@c.example
> Copie à :
> Objet : Re: x
>
> Bonjour
""",
    "Oui",
)
_case(
    """Sì grazie

----Messaggio originale----
Da: s@x.example
Data: 2-nov-2026 10.05
A: <a@c.example>
Ogg: Re: x

Ciao""",
    "Sì grazie",
)
_case(
    """Hej,
det fungerar nu. Tack!

Mvh
Åsa

Från: Support <s@x.example>
Datum: måndag 2 november 2026 10:05
Till: Åsa <a@c.example>
Ämne: Sv: Order
Hej""",
    "Hej,\ndet fungerar nu. Tack!\n\nMvh\nÅsa",
)
_case(
    """Hei, det er mottatt.

Fra: Support <s@x.example>
Dato: mandag 2. november 2026 kl. 10:05
Til: Bjørn <b@c.example>
Emne: Re: Ordre

Hei""",
    "Hei, det er mottatt.",
)
_case(
    """Hoi, dank!

Op 2 nov 2026, om 10:05 heeft Support <s@x.example> het volgende geschreven:

Hallo""",
    "Hoi, dank!",
)
_case(
    """Hola, sí.

De: Soporte <s@x.example>
Enviado: lunes, 2 de noviembre de 2026 10:05
Para: Ana <a@c.example>
Asunto: RE: Pedido

Hola Ana""",
    "Hola, sí.",
)
_case(
    """Looks good :)

On 02/11/2026 10:05, Example Support wrote:
> Hi,
>
> --
> Example Support
> support.example

-- 
Ada Miller
""",
    "Looks good :)",
)
_case(
    """Can you check line 3?

> a
> b
> c

It says "c" but should say "d".
""",
    'Can you check line 3?\n\nIt says "c" but should say "d".',
)
_case("""Thanks. See also the mail of
On Friday we received the lamp, 3 days late.
John wrote: all fine.""")
_case("""Hi team

1. From: 5 Nov
2. To: 9 Nov
3. Date of booking: 1 Oct

Thanks""")
_case("""Start: 5.11.2026 10:05
Von: Flughafen
An: Hotel
Betreff Gepäck habe ich nichts gehört.""")

# Lines above a quotation, wrapped by nobody.
# Visiting cards: below a closing with a name in its line, by themselves, with bars, with a notice below.
_case(
    """The kettle leaks.

Thanks, Noor

Noor Haddad
Haddad Interiors
Phone: +44 20 7946 0991
Email: noor@haddad.example
""",
    "The kettle leaks.\n\nThanks, Noor",
)
_case(
    """We still wait for the credit note.

Noor Haddad
Owner | Haddad Interiors Ltd.
T +44 20 7946 0991 | M +44 7700 900991
www.haddad.example
""",
    "We still wait for the credit note.",
)
_case(
    """Merci de m'envoyer la notice.

Bien cordialement,

Luc Moreau
Atelier
Tél. : 04 78 55 01 23
Port. : 06 55 55 01 23
""",
    "Merci de m'envoyer la notice.\n\nBien cordialement,\n\nLuc Moreau",
)
_case(
    """Der Akku lädt nicht.

--
Sommer & Söhne GmbH · Am Markt 3 · 04109 Leipzig
Geschäftsführerin: Rita Sommer · HRB 4711
Diese E-Mail enthält vertrauliche Informationen. Sind Sie nicht der Empfänger, löschen Sie sie bitte.
""",
    "Der Akku lädt nicht.",
)
_case(
    """Please collect the old one.

Kind regards,
Mei Chan
Chan Trading Co. Ltd.
Tel: (852) 2555 0177
Fax: (852) 2555 0178

P Please consider the environment before printing this e-mail.
""",
    "Please collect the old one.\n\nKind regards,\nMei Chan",
)
# Disclaimers, however they begin: what counts is how lawyers write, and that nobody speaks of himself.
for _said, _notice in (
    (
        "Bitte um Rückruf.",
        (
            "Angehängte Dateien und diese Zeilen sind vertraulich und nur für den Adressaten bestimmt. Falls Sie diese irrtümlich "
            "erhalten haben, bitten wir, sie zu löschen."
        ),
    ),
    (
        "¿Cuándo llega?",
        (
            "Si usted no es el destinatario, le informamos de que está prohibida cualquier divulgación o reproducción; rogamos "
            "lo comunique al remitente."
        ),
    ),
    (
        "Où est mon colis ?",
        (
            "Toute diffusion est interdite. Si vous n'êtes pas le destinataire, merci de prévenir l'expéditeur et de détruire "
            "ces lignes, reçues par erreur."
        ),
    ),
    (
        "Где мой заказ?",
        (
            "Если Вы не адресат и получили эти строки по ошибке, уведомите отправителя и удалите их; копирование запрещено "
            "без согласия компании."
        ),
    ),
    (
        "届きません。",
        (
            "本状には機密の内容が含まれることがあります。誤って受信された場合は、破棄のうえご連絡ください。受信者以外の方による開示は"
            "固く禁止されております。ご理解とご協力のほど、何とぞよろしくお願い申し上げます。以上、弊社からのお知らせでございました。"
        ),
    ),
    (
        "Please call.\n\nTim",
        (
            "Unless you are the intended recipient, any distribution or copying is prohibited.  Please notify the sender.\n\n"
            "Wer nicht Adressat ist und dies irrtümlich erhalten hat, möge den Absender verständigen und es löschen. Vertraulich!"
        ),
    ),
):
    _case(f"{_said}\n\n{_notice}\n", _said)
_case(
    "Dear privacy team,\n\nyour disclosure of my address to an unauthorized recipient was no error of mine. Please delete it, "
    "notify the sender and keep my complaint confidential, as the law intended."
)
_case(
    "Oui merci\n\nEnvoyé de mon appareil Bell Samsung par l’entremise du réseau le plus vaste au pays.\n",
    "Oui merci",
)
# What looks like a card, or like the head of a mail, and is what the customer has to say.
_case(
    """Please note our new details.

Noor Haddad
Haddad Interiors
www.haddad.example
noor@haddad.example
+44 20 7946 0991
"""
)
_case("Rechnung bitte an:\n\nHaddad Interiors | London\nTel: +44 20 7946 0991\nMail: noor@haddad.example")
_case("Bonjour,\nmon billet :\nDe : Lyon\nÀ : Nice\nDate : 14/12/2026\nObjet : billet 99\nMerci")
# A language that nobody told us of: brackets, a time and a colon are enough above quotation signs, with a year above others.
_case("Mo ni ibeere.\n\nMọ́n, 2 Bél 2026, 14:20 Iranlọwọ <s@b.example> kọ eyi:\n\n> Bawo ni", "Mo ni ibeere.")
_case("Mo ni ibeere.\n\nMọ́n, 2 Bél 2026, 14:20 Iranlọwọ <s@b.example> kọ eyi:\n\nBawo ni", "Mo ni ibeere.")
# Two lines of a program's own, and an attribution with the quoted words behind it.
_case("Vale, gracias\n\nEnviado desde mi Samsung Galaxy\nObtener Outlook para Android\n", "Vale, gracias")
_case("Hotovo.\n\nNabavite Outlook za Android<https://aka.ms/ghei36>\n", "Hotovo.")
_case(
    "No funciona.\n\n  El lun, 2 nov 2026 a la(s) 12:10, Tienda <s@b.example> escribió:   Hola, ¿qué tal?\nReinicie.",
    "No funciona.",
)
_case("Please see Outlook for Android\nit does not open your links.")

ATTRIBUTIONS = """\
Dana 2.11.2026. u 10:05, Example Support je napisao/la:
Am Montag, 2. November 2026, 10:05:33 MEZ hat Example Support <s@x.example> Folgendes geschrieben:
En date de : Lun 2.11.26, Example Support <s@x.example> a écrit :
El lunes, 2 de noviembre de 2026, 10:05:33 CET, Example Support <s@x.example> escribió:
Em segunda-feira, 2 de novembro de 2026 10:05:33 BRT, Example Support <s@x.example> escreveu:
In data lunedì 2 novembre 2026 10:05:33 CET, Example Support <s@x.example> ha scritto:
Le lundi 2 novembre 2026 à 10:05:33 UTC+1, Example Support <s@x.example> a écrit :
Op maandag 2 november 2026 10:05:33 CET schreef Example Support <s@x.example>:
W dniu poniedziałek, 2 listopada 2026 10:05:33 CET użytkownik Example Support <s@x.example> napisał:
Понедельник, 2 ноября 2026, 10:05 +03:00 от Example Support <s@x.example>:
On Mon, Nov 02, 2026 at 10:05:33AM +0100, Example Support wrote:
Example Support <s@x.example> hat am 02.11.2026 10:05 CET geschrieben:
Am 2026-11-02 10:05, schrieb Example Support:
Le 2026-11-02 10:05, Example Support a écrit :
El 2026-11-02 10:05, Example Support escribió:
Am 2. November 2026 10:05:33 MEZ schrieb Example Support <s@x.example>:
On 2 Nov 2026, 10:05 +0100, Example Support <s@x.example>, wrote:
At 2026-11-02 10:05:33, "Example Support" <s@x.example> wrote:
在 2026-11-02 10:05:33，"Example Support" <s@x.example> 写道：
02.11.2026, 10:05, "Example Support" <s@x.example>:
Dnia 2 listopada 2026 10:05 Example Support <s@x.example> napisał(a):
2026-11-02 10:05 GMT+01:00 Example Support <s@x.example>:
2026年11月2日月曜日、Example Support<s@x.example>さんは書きました:
2026년 11월 2일 월요일 10시 5분 33초 GMT+9, Example Support <s@x.example>님이 작성:
Den måndag 2 november 2026 10:05:33 CET skrev Example Support <s@x.example>:
Em seg, 2 de nov de 2026 10:05, Example Support <s@x.example> escreveu:
Il lun 2 nov 2026, 10:05 Example Support <s@x.example> ha scritto:
El lun., 2 de noviembre de 2026 10:05, Example Support <s@x.example> escribió:
Example Support <s@x.example> schrieb am Mo., 2. Nov. 2026, 10:05:
Example Support <s@x.example>, 2 Kas 2026 Pzt, 10:05 tarihinde şunu yazdı:
На пн, 2.11.2026 г. в 10:05 Example Support <s@x.example> написа:
ons. 2. nov. 2026 kl. 10:05 skrev Example Support <s@x.example>:
Στις Δευ, 2 Νοε 2026 στις 10:05 π.μ., ο/η Example Support <s@x.example> έγραψε:
În lun., 2 nov. 2026 la 10:05, Example Support <s@x.example> a scris:
Vào Th 2, 2 thg 11, 2026 vào lúc 10:05 Example Support <s@x.example> đã viết:
Pada Sen, 2 Nov 2026 pukul 10.05 Example Support <s@x.example> menulis:
ในวันที่ จ. 2 พ.ย. 2026 เวลา 10:05 Example Support <s@x.example> เขียนว่า:
--- On Mon, 11/2/26, Example Support <s@x.example> wrote:
---- On Mon, 02 Nov 2026 10:05:33 +0100 Example Support <s@x.example> wrote ----
On Monday, November 2nd, 2026 at 10:05 AM, Example Support <s@x.example> wrote:
Example Support <s@x.example> escribió el lun., 2 nov. 2026, 10:05:
Den 02.11.2026 kl. 10.05, skrev Example Support <s@x.example>:
Dne pondělí 2. listopadu 2026 10:05:33 CET, Example Support <s@x.example> napsal(a):
po 2. 11. 2026 v 10:05 Example Support <s@x.example> napsal/a:
2 Kasım 2026 Pazartesi tarihinde Example Support <s@x.example> yazdı:
maanantai 2. marraskuuta 2026 klo 10.05.33 UTC+2 Example Support <s@x.example> kirjoitti:
بتاريخ الاثنين، 2 نوفمبر 2026 10:05 ص، كتب Example Support <s@x.example>:
‫בתאריך יום ב׳, 2 בנוב׳ 2026, 10:05, מאת Example Support ‏<s@x.example>:‬
On 11/2/26, Example Support <s@x.example> wrote:
On 02.11.26 10:05, Example Support via Desk wrote:
Am 02.11.2026 um 10:05 schrieb "Example Support (Shop)" <s@x.example>:
On Mon, Nov 2, 2026, 10:05 AM Example Support <s@x.example> wrote:
Le lun. 2 nov. 2026, 10:05, Example Support <s@x.example> a écrit :
Op ma 2 nov. 2026 10:05 schreef Example Support <s@x.example>:
Em 02-11-2026 10:05, Example Support escreveu:
Dňa 2. 11. 2026 o 10:05 Example Support napísal(a):
pon, 2 lis 2026, 10:05 użytkownik Example Support <s@x.example> napisał:
El dl., 2 de nov. 2026, 10:05, Example Support <s@x.example> va escriure:
On Nov 2, 2026, at 10:05, Example Support <s@x.example> wrote:
""".splitlines()

# Those that are believed only above lines with quotation signs: people write so too.
WEAK_ATTRIBUTIONS = """\
Example Support schrieb am 02.11.2026 10:05:
Example Support a écrit le 02/11/2026 10:05 :
Example Support 님이 2026. 11. 2. 오전 10:05에 쓴 글:
Example Support, 02.11.2026 10:05:
""".splitlines()

# Lines that say from what a mail was sent.
DEVICES = """\
Sent from my iPhone
Sent from my Galaxy
Sent from Mail for Windows
Sent from Mail for Windows 10
Sent from Outlook for iOS
Sent from Yahoo Mail for iPhone
Sent from Yahoo Mail on Android
Sent from Yahoo Mail. Get the app
Sent from the all new AOL app for iOS
Sent with Proton Mail secure email.
Sent from Proton Mail mobile
Sent from ProtonMail for iOS
Sent from Samsung Mobile
Sent from Samsung tablet
Sent from my Samsung Galaxy smartphone.
Sent from my Verizon, Samsung Galaxy smartphone
Sent from my Huawei phone
Sent from my BlackBerry 10 smartphone on the Vodafone network.
Sent via BlackBerry from T-Mobile
Sent from my Windows Phone
Sent from Gmail Mobile
Sent from my iPad
Sent via the Samsung Galaxy S21 5G, an AT&T 5G smartphone
Get Outlook for iOS
Get Outlook for Android
Get BlueMail for Android
Von meinem iPhone gesendet
Von meinem iPad gesendet
Gesendet von meinem iPhone
Von meinem Samsung Galaxy Smartphone gesendet.
Von meinem Samsung Gerät gesendet.
Gesendet von Mail für Windows
Gesendet von Mail für Windows 10
Gesendet von Outlook für iOS
Von Outlook für iOS gesendet
Outlook für Android herunterladen
Gesendet mit der GMX iPhone App
Gesendet mit der WEB.DE Mail App
Diese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.
Diese Nachricht wurde von meinem Android Mobiltelefon mit WEB.DE Mail gesendet.
Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.
Gesendet mit der Telekom Mail App
Von Yahoo Mail auf Android gesendet
Gesendet von Yahoo Mail auf Android
Gesendet mit Proton Mail
Von unterwegs gesendet
Envoyé de mon iPhone
Envoyé depuis mon iPhone
Envoyé depuis mon mobile
Envoyé à partir de mon smartphone Samsung Galaxy.
Envoyé à partir d'Outlook pour iOS
Envoyé depuis l'application Mail Orange
Envoyé depuis mon appareil Galaxy
Envoyé à partir de Courrier pour Windows
Envoyé de Yahoo Mail pour Android
Télécharger Outlook pour iOS
Obtenir Outlook pour iOS
Enviado desde mi iPhone
Enviado desde mi Samsung Mobile de Claro
Enviado desde Correo para Windows
Enviado desde Outlook para Android
Obtener Outlook para iOS
Enviado desde Yahoo Mail para Android
Inviato da iPhone
Inviato dal mio iPad
Inviato da Outlook per iOS
Inviato dal mio dispositivo Samsung
Inviato da Posta per Windows
Inviato da Libero Mail
Inviato da smartphone Samsung Galaxy.
Enviado do meu iPhone
Enviado do meu smartphone Samsung Galaxy.
Enviado a partir do Outlook para iOS
Enviado do Correio para Windows
Verstuurd vanaf mijn iPhone
Verzonden vanaf mijn Galaxy
Verzonden vanuit Mail voor Windows
Verstuurd vanaf Outlook voor iOS
Outlook voor iOS downloaden
Sendt fra min iPhone
Sendt fra min Samsung Galaxy smartphone
Sendt fra Mail til Windows
Sendt fra Outlook for iOS
Skickat från min iPhone
Skickat från min Samsung-enhet.
Skickat från Mail för Windows
Skickat från Outlook för iOS
Hämta Outlook för iOS
Lähetetty iPhonesta
Lähetetty Samsung-puhelimesta
Lähetetty Windowsin Sähköpostista
Hanki Outlook for iOS
Wysłane z iPhone’a
Wysłane z mojego iPhone’a
Wysłano z mojego smartfona Samsung Galaxy.
Wysłane z aplikacji Poczta dla Windows
Wysłane z telefonu Samsung Galaxy
Odesláno z mého iPhonu
Odesláno z iPhonu
Odesláno ze zařízení Galaxy
Odesláno z aplikace Pošta pro Windows
iPhone’umdan gönderildi
Samsung cihazımdan gönderildi
Windows için Posta ile gönderildi
Отправлено с iPhone
Отправлено с моего iPhone
Отправлено из мобильной Яндекс Почты
Отправлено из Почты Mail.ru
Отправлено из Mail для Android
Отправлено со смартфона Samsung Galaxy.
Відправлено з iPhone
Надіслано з iPhone
iPhoneから送信
私のiPhoneから送信
Windows 用メールから送信
Yahoo!メールアプリから送信
iPadから送信
发自我的iPhone
发自我的小米手机
发自我的华为手机
发自 Windows 版邮件
發自我的 iPhone
從我的 iPhone 傳送
从 Windows 版邮件发送
发自网易邮箱大师
나의 iPhone에서 보냄
내 iPhone에서 보냄
Windows용 메일에서 보냄
Samsung Galaxy 스마트폰에서 보냈습니다.
أُرسلت من iPhone الخاص بي
مرسل من هاتفي Samsung Galaxy
تم الإرسال من البريد لـ Windows
נשלח מה-iPhone שלי
נשלח מסמארטפון ה-Samsung Galaxy שלי.
נשלח מדואר עבור Windows
Στάλθηκε από το iPhone μου
Trimis de pe iPhone-ul meu
Elküldve az iPhone-omról
Được gửi từ iPhone của tôi
Dikirim dari iPhone saya
Poslano s mog iPhonea
Enviat des del meu iPhone
Sent from a mobile device
Sent from my mobile, please excuse typos.
Sent from my phone, please excuse any typos
""".splitlines()

# What stands above a quoted mail without signs.
HEADERS = [
    """\
-------- Ursprüngliche Nachricht --------
Von: Example Support <s@x.example>
Datum: 02.11.26 10:05 (GMT+01:00)
An: ada@c.example
Betreff: Re: Order""",
    """\
-------- Message d'origine --------
De : Example Support <s@x.example>
Date : 02/11/2026 10:05 (GMT+01:00)
À : ada@c.example
Objet : Re: Order""",
    """\
----Messaggio originale----
Da: s@x.example
Data: 02/11/2026 10.05
A: <ada@c.example>
Ogg: Re: Order""",
    """\
-----Original-Nachricht-----
Betreff: Re: Order
Datum: 2026-11-02T10:05:33+0100
Von: "Example Support" <s@x.example>
An: "ada@c.example" <ada@c.example>""",
    """\
Gesendet: Montag, 02. November 2026 um 10:05 Uhr
Von: "Example Support" <s@x.example>
An: ada@c.example
Betreff: Re: Order""",
    """\
---------- Původní e-mail ----------
Od: Example Support <s@x.example>
Komu: ada@c.example
Datum: 2. 11. 2026 10:05:33
Předmět: Re: Order""",
    """\
------------------ 原始邮件 ------------------
发件人: "Example Support" <s@x.example>;
发送时间: 2026年11月2日(星期一) 上午10:05
收件人: "ada"<ada@c.example>;
主题: Re: Order""",
    """\
--------- 원본 메일 ---------
보낸사람 : Example Support <s@x.example>
받는사람 : ada@c.example
날짜: 2026년 11월 2일 10:05
제목: Re: Order""",
    """\
-----Original Message-----
From: "Example Support"<s@x.example>
To: <ada@c.example>
Cc:
Sent: 2026-11-02 (월) 10:05:33 (GMT+09:00)
Subject: Re: Order""",
    """\
De: "Example Support" <s@x.example>
À: "Ada" <ada@c.example>
Envoyé: Lundi 2 Novembre 2026 10:05:33
Objet: Re: Order""",
    """\
From:        Example Support <s@x.example>
To:        ada@c.example
Date:        02-11-2026 10:05
Subject:        Re: Order""",
    """\
Von:	Example Support/EXAMPLE/DE
An:	Ada Miller
Datum:	02.11.2026 10:05
Betreff:	Re: Order
________________________________""",
    """\
*Von:* Example Support <s@x.example>
*Gesendet:* Montag, 2. November 2026 10:05
*An:* Ada <ada@c.example>
*Cc:* Bob <bob@c.example>; Carl
<carl@c.example>
*Betreff:* Re: Order""",
    """\
________________________________
From: Example Support <s@x.example>
Sent: 02 November 2026 10:05
To: Ada <ada@c.example>
Cc: Bob <bob@c.example>
Subject: Re: Order""",
    """\
__________________________________________________
Von: Example Support [mailto:s@x.example]
Gesendet: Montag, 2. November 2026 10:05
An: Ada
Betreff: Re: Order""",
    """\
From: Example Support
Sent: Monday, November 2, 2026 10:05 AM
To: Ada
Subject: RE: Order""",
    """\
From: Example Support <s@x.example>
Date: Monday, 2 November 2026 at 10:05
To: Ada <ada@c.example>
Subject: Re: Order""",
    """\
Date: Mon, 2 Nov 2026 10:05:33 +0100
From: s@x.example
To: ada@c.example
Subject: Re: Order""",
    """\
Lähettäjä: Example Support <s@x.example>
Lähetetty: maanantai 2. marraskuuta 2026 10.05
Vastaanottaja: Ada
Aihe: Re: Order""",
    """\
Nadawca: Example Support <s@x.example>
Data: 2 listopada 2026 10:05
Do: Ada
Temat: Re: Order""",
    """\
差出人: Example Support <s@x.example>
送信日時: 2026年11月2日 10:05
宛先: ada@c.example
件名: Re: Order""",
    """\
From: Example Support <s@x.example>
Sent: Monday, November 2, 2026 10:05:33 AM
To: ada@c.example <ada@c.example>
Subject: Re: Order""",
    """\
من: Example Support <s@x.example>
تم الإرسال: الاثنين، 2 نوفمبر 2026 10:05
إلى: Ada
الموضوع: Re: Order""",
    """\
מאת: Example Support <s@x.example>
‏‏נשלח: יום שני 02 נובמבר 2026 10:05
‏‏אל: Ada
‏‏נושא: Re: Order""",
    """\
Mensagem original
De: Example Support <s@x.example>
Data: 02/11/2026 10:05
Para: ada@c.example
Assunto: Re: Order""",
    """\
----- Mail original -----
De: "Example Support" <s@x.example>
À: ada@c.example
Envoyé: Lundi 2 Novembre 2026 10:05:33
Objet: Re: Order""",
    """\
----- Original Message ----- 
From: "Example Support" <s@x.example>
To: <ada@c.example>
Sent: Monday, November 02, 2026 10:05 AM
Subject: Re: Order""",
    """\
##- Please type your reply above this line -##""",
    """\
##- Bitte geben Sie Ihre Antwort oberhalb dieser Zeile ein. -##""",
    """\
--- Please reply above this line ---""",
    """\
##- Veuillez saisir votre réponse au-dessus de cette ligne -##""",
]

# Texts of customers in which nothing is quoted, whatever it looks like.
NOTHING_QUOTED = [
    """\
Hi,

On Monday, 2 November 2026 I wrote to you:
my lamp is broken. Nobody answered.

Ada""",
    """\
Hallo,

am 2. November 2026 um 10:05 schrieb mir Ihr Kollege folgendes:
bitte schicken Sie die Lampe zurück. Soll ich das tun?""",
    """\
From: Berlin
To: Munich
Date: 5 May 2026

Can you deliver there?""",
    """\
Hello,

Name: Ada
Date: 2 November 2026
To: whom it may concern
Order: 4711

Please call me.""",
    """\
My address:
ada@c.example

Please write to this address:
bob@c.example

and not to 2 Main St.""",
    """\
Error:
> cannot open file
What does that mean?""",
    """\
Hello,
please find the data below.

--
Item: lamp
Quantity: 2
--
When does it ship? I need it by Friday.""",
    """\
Sent from my old address, but I live elsewhere now:
2 Main St""",
    """\
I will send it from my iPhone tomorrow.
Sent from my iPhone it never arrives, why is that so?""",
    """\
The mail on 2 Nov 2026 from support@x.example says:
refund within 5 days. It is now day 9.""",
    """\
Thanks!

Ada Miller
0123 456789
2 Main Street""",
    """\
Please note: the parcel was sent to
2 Main Street
and not to me.

Subject: complaint
I want my money back.""",
    """\
Le problème est le suivant :
De : Paris
À : Lyon
Le colis est bloqué depuis le 2 novembre 2026.""",
    """\
Confidential: please do not tell my wife, it is a present.
It must arrive by 5 December.""",
    """\
Hi

Best regards to your team, they were great.
Phone: 0123 456
Email: a@b.example
These are my new details. Please update them.""",
    """\
Hola:

De: mi dirección anterior
Para: la nueva, calle Mayor 5
Fecha: 5 de mayo de 2026

Gracias""",
    """\
Guten Tag,

an: Müller
von: Schmidt
Datum: 3.11.2026
So stand es auf dem Paket.""",
    """\
I wrote on 02.11.2026 10:05 to support@x.example:

Where is my order?

No answer so far. Please help.""",
    """\
- first
- second
-- third
--- fourth
done""",
    """\
Hello

=====
Order 4711
=====
is missing. Tel. 0123 45678 is mine.""",
    """\
Danke!

-Ada-""",
    """\
When: Monday 2 November 2026, 10:05
From: me
What: lamp
It broke.""",
    """\
Could you forward:
Order number: 4711
to the right person?""",
]
