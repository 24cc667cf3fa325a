"""The words by which mail programs mark what they quote, language by language.

Adding a language is adding one entry. Phrases are separated by commas and compared in lower case. They were collected from what the programs write; nothing here is a pattern.
"""

from dataclasses import dataclass, fields
from functools import cache


@dataclass(frozen=True)
class Language:
    """What one language calls things; each value is a comma-separated list."""

    on: str = ""  # The first word of "On Monday, … wrote:".
    wrote: str = ""
    sender: str = ""  # Labels of a quoted mail's header: From, Sent, Date, To, Cc, Subject.
    sent: str = ""
    date: str = ""
    to: str = ""
    subject: str = ""
    original: str = ""  # Between dashes: "Original Message".
    forwarded: str = ""  # The beginnings of words that say "forwarded".
    sent_from: str = ""  # "Sent from my …", before or behind the name of the device.
    closing: str = ""
    when: str = ""  # Days and months, abbreviated where that is how dates are written.
    see_below: str = ""  # The writer refers to what is below.
    confidential: str = ""  # How the disclaimer begins.
    legal: str = ""  # Words of lawyers, of which a disclaimer has several.


LANGUAGES = {
    "en": Language(
        on="on, at",
        wrote="wrote, writes, quoting",
        sender="from, sender",
        sent="sent, sent on, sent at, sent by",
        date="date, sent date, received",
        to="to, cc, bcc, reply-to, importance, attachments, attachment, organization, recipients",
        subject="subject",
        original="original message, original email, original mail, reply message, original appointment, "
        "reply above this line, previous message, quoted message, replied message, original",
        forwarded="forward, fwd",
        sent_from="sent from, sent via, sent using, sent with, get outlook for, sent by, "
        "typed on, written on my, get the, get bluemail, download outlook",
        closing="best regards, kind regards, regards, warm regards, best wishes, best, thanks, thank you, "
        "many thanks, cheers, sincerely, yours sincerely, yours faithfully, yours truly, thanks and regards, "
        "thanks & regards, with kind regards, with best regards, respectfully, all the best, thanks in advance",
        when="mon, tue, wed, thu, fri, sat, sun, monday, tuesday, wednesday, thursday, friday, saturday, "
        "sunday, jan, feb, mar, apr, may, jun, jul, aug, sep, sept, oct, nov, dec, january, february, "
        "march, april, june, july, august, september, october, november, december",
        see_below="fyi, see below, for your information, please see the mail below, see the email below, "
        "see the message below, please handle, customer wrote this, my answers below, "
        "answers below, comments below, see my comments, answers inline, comments inline, inline below, "
        "answered inline, in line below, in red below, below in red, below in blue",
        confidential="this email and any, this e-mail and any, this message and any, this email is confidential, "
        "this e-mail is confidential, the information contained in this, the information in this email, "
        "confidentiality notice, confidentiality:, disclaimer, this message contains confidential, "
        "this email may contain, this e-mail may contain, this communication is, please consider the environment, "
        "virus-free, this email has been checked for viruses, the content of this email, "
        "this message w/attachments",
        legal="confidential, privileged, intended, recipient, addressee, unauthorized, unauthorised, "
        "disclosure, disclose, distribution, copying, prohibited, sender, delete, notify, disseminate, "
        "in error",
    ),
    "de": Language(
        on="am, um",
        wrote="schrieb, schrieben, schreibt, geschrieben, zitat",
        sender="von, absender",
        sent="gesendet, gesendet am, versendet",
        date="datum, empfangen",
        to="an, kopie, cc, bcc, antwort an, anlagen, anhang, priorität, wichtigkeit, empfänger, organisation",
        subject="betreff",
        original="ursprüngliche nachricht, originalnachricht, original-nachricht, ursprüngliche mail, "
        "antwort nachricht, original nachricht, urspr. nachricht, ursprünglicher termin, original-mail, "
        "originalmail",
        forwarded="weitergeleitet, weiterleitung, weitergel",
        sent_from="gesendet von, gesendet mit, von meinem, von mein, gesendet über, diese nachricht wurde von, "
        "diese nachricht wurde mit, holen sie sich outlook für, laden sie outlook für, outlook für, "
        "von unterwegs gesendet, gesendet, diese e-mail wurde von, gesendet aus der, hol dir outlook",
        closing="mit freundlichen grüßen, mit freundlichem gruß, freundliche grüße, viele grüße, beste grüße, "
        "liebe grüße, mfg, lg, vg, gruß, grüße, mit besten grüßen, herzliche grüße, schöne grüße, "
        "mit freundlichen grüssen, freundliche grüsse, viele grüsse, liebe grüsse, beste grüsse, gruss, "
        "vielen dank, danke, danke und gruß, vielen dank und freundliche grüße, hochachtungsvoll",
        when="mo, di, mi, do, fr, sa, so, montag, dienstag, mittwoch, donnerstag, freitag, samstag, sonntag, "
        "januar, februar, märz, mai, juni, juli, oktober, dezember, jän, mär, okt, dez, juni, juli",
        see_below="siehe unten, s.u., s. u., zur info, zur kenntnis, zur information, z.k., z. k., "
        "antworten unten, meine antworten, rot markiert, in rot, unten stehende mail, untenstehende mail, "
        "leite ich weiter, leite ich ihnen weiter",
        confidential="diese e-mail enthält, diese e-mail und, diese nachricht enthält, diese email enthält, "
        "der inhalt dieser e-mail, vertraulichkeitshinweis, haftungsausschluss, "
        "diese e-mail kann vertrauliche, die information in dieser, bitte denken sie an die umwelt, "
        "virenfrei, bitte prüfen sie, ob diese mail",
        legal="vertraulich, vertrauliche, vertraulichen, empfänger, adressat, adressaten, irrtümlich, "
        "irrtümlicherweise, unbefugte, absender, vernichten, löschen, weitergabe, geschützt, geschützte, "
        "untersagt, gestattet, bestimmt",
    ),
    "fr": Language(
        on="le",
        wrote="écrit, écrivait, écrivit, écris, ecrit",
        sender="de, expéditeur, de la part de",
        sent="envoyé, envoyé le, envoyé par, envoyée",
        date="date, reçu",
        to="à, a, cc, cci, pour, copie à, copie, répondre à, pièces jointes, importance, destinataire",
        subject="objet, sujet",
        original="message d'origine, message original, message initial, mail original, courriel original, "
        "message précédent, e-mail d'origine, rendez-vous d'origine",
        forwarded="transféré, transmis, réexpédié, réacheminé, faire suivre, transfere",
        sent_from="envoyé de, envoyé depuis, envoyé à partir de, envoyé à partir d', envoyé à partir d’, envoyé d', envoyé via, envoyé avec, télécharger outlook, "
        "obtenir outlook pour, obtenez outlook pour, téléchargez outlook, provenance",
        closing="cordialement, bien cordialement, bien à vous, sincères salutations, salutations, "
        "cordiales salutations, meilleures salutations, bonne journée, bonne réception, merci, "
        "merci d'avance, merci beaucoup, très cordialement, sincèrement, amicalement, respectueusement, cdt, cdlt",
        when="lun, mar, mer, jeu, ven, sam, dim, lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche, "
        "janv, janvier, févr, fév, février, mars, avr, avril, mai, juin, juil, juillet, août, septembre, "
        "octobre, novembre, déc, décembre",
        see_below="voir ci-dessous, ci-dessous, ci-après, pour info, pour information, mes réponses, en rouge",
        confidential="ce message et, ce courriel, cet e-mail et, cet email, le contenu de ce, avis de confidentialité, "
        "ce message est confidentiel, pensez à l'environnement, sans virus, les informations contenues",
        legal="confidentiel, confidentielle, confidentielles, confidentiels, destinataire, destinataires, "
        "erreur, expéditeur, divulgation, détruire, autorisée, interdite, diffusion, destiné, destinés, "
        "exclusif",
    ),
    "es": Language(
        on="el",
        wrote="escribió, escribio, escribe",
        sender="de, desde, remitente",
        sent="enviado, enviado el, enviada, enviado por",
        date="fecha",
        to="para, a, cc, cco, con copia, responder a, adjuntos, destinatario",
        subject="asunto",
        original="mensaje original, correo original, mensaje anterior",
        forwarded="reenviado, reenviada, reenvío",
        sent_from="enviado desde, enviada desde, enviado con, obtener outlook para, enviado vía, obtén outlook para, "
        "descargar outlook, mandado desde",
        closing="saludos, un saludo, saludos cordiales, un cordial saludo, atentamente, cordialmente, gracias, "
        "muchas gracias, reciba un cordial saludo, atte, abrazos, un abrazo, gracias de antemano, "
        "gracias y saludos",
        when="lun, mié, jue, vie, sáb, dom, lunes, martes, miércoles, jueves, viernes, sábado, domingo, ene, "
        "enero, febrero, marzo, abr, abril, mayo, junio, julio, ago, agosto, septiembre, octubre, noviembre, "
        "dic, diciembre, mie, sab",
        see_below="ver abajo, véase abajo, más abajo, para su información, para tu información, mis respuestas, "
        "en rojo, ver más abajo",
        confidential="este mensaje y, este correo electrónico, la información contenida en este, "
        "aviso legal, aviso de confidencialidad, este mensaje es confidencial, antes de imprimir, libre de virus, "
        "este mensaje se dirige",
        legal="confidencial, confidenciales, destinatario, destinatarios, error, divulgación, prohibida, "
        "prohibido, remitente, eliminar, autorización, exclusivamente, privilegiada, reproducción",
    ),
    "it": Language(
        on="il, in",
        wrote="scritto, scrisse, scrive",
        sender="da, mittente",
        sent="inviato, inviata, spedito, inviato il",
        date="data",
        to="a, cc, ccn, per, rispondi a, allegati, destinatario",
        subject="oggetto, ogg",
        original="messaggio originale, messaggio originario, email originale, messaggio precedente",
        forwarded="inoltrat, inoltro",
        sent_from="inviato da, inviata da, inviato dal, scarica outlook, ottieni outlook per, inviato con, "
        "inviato tramite, spedito da",
        closing="cordiali saluti, distinti saluti, saluti, un saluto, grazie, grazie mille, a presto, "
        "cordialmente, buona giornata, grazie e saluti, tanti saluti, in attesa di riscontro",
        when="lun, mar, mer, gio, ven, sab, dom, lunedì, martedì, mercoledì, giovedì, venerdì, sabato, "
        "domenica, gen, gennaio, febbraio, marzo, aprile, mag, maggio, giu, giugno, lug, luglio, agosto, set, "
        "settembre, ott, ottobre, novembre, dic, dicembre",
        see_below="vedi sotto, vedere sotto, qui sotto, per conoscenza, le mie risposte, in rosso, vedi di seguito",
        confidential="questo messaggio e, questa e-mail, le informazioni contenute, questo messaggio è, "
        "avviso di riservatezza, il contenuto di questa, ai sensi del, prima di stampare, privo di virus",
        legal="riservate, riservata, riservatezza, confidenziali, destinatario, destinatari, errore, mittente, "
        "divulgazione, vietata, vietato, cancellare, distruggere, esclusivamente",
    ),
    "pt": Language(
        on="em, no, a, na",
        wrote="escreveu, escreve, escrito",
        sender="de, remetente",
        sent="enviado, enviada, enviado em, enviada em, enviado a, enviado por",
        date="data",
        to="para, cc, cco, responder a, anexos, destinatário, com conhecimento",
        subject="assunto",
        original="mensagem original, mensagem anterior, email original",
        forwarded="encaminhad, reencaminhad",
        sent_from="enviado do, enviado de, enviado da, enviada do, obter o outlook para, enviado a partir, obtenha o "
        "outlook, baixar o outlook, enviado pelo, enviado via, enviado com",
        closing="atenciosamente, cumprimentos, com os melhores cumprimentos, melhores cumprimentos, obrigado, "
        "obrigada, abraços, abraço, att, cordialmente, muito obrigado, muito obrigada, grato, grata, "
        "saudações, desde já obrigado",
        when="seg, ter, qua, qui, sex, sáb, dom, segunda-feira, terça-feira, quarta-feira, quinta-feira, "
        "sexta-feira, sábado, domingo, fev, mai, set, out, dez, janeiro, fevereiro, março, maio, junho, julho, "
        "setembro, outubro, novembro, dezembro, segunda, terça, quarta, quinta, sexta",
        see_below="ver abaixo, veja abaixo, para sua informação, para conhecimento, "
        "minhas respostas, em vermelho, segue abaixo",
        confidential="esta mensagem e, este e-mail, este email, as informações contidas, aviso de confidencialidade, "
        "esta mensagem pode, antes de imprimir, aviso legal, livre de vírus, sem vírus",
        legal="confidencial, confidenciais, destinatário, destinatários, erro, remetente, divulgação, "
        "proibida, proibido, apagar, autorização, exclusivamente",
    ),
    "nl": Language(
        on="op",
        wrote="schreef, geschreven, schrijft",
        sender="van, afzender",
        sent="verzonden, verstuurd, gestuurd",
        date="datum, ontvangen",
        to="aan, cc, bcc, kopie, antwoord aan, beantwoorden, bijlagen, prioriteit, urgentie",
        subject="onderwerp, betreft",
        original="oorspronkelijk bericht, origineel bericht, oorspronkelijke afspraak, oorspronkelijke bericht, "
        "originele bericht",
        forwarded="doorgestuurd, doorgezonden",
        sent_from="verstuurd vanaf, verzonden vanaf, verzonden met, verstuurd via, verzonden via, download outlook voor, "
        "outlook voor, verstuurd met, verzonden vanuit, verstuurd vanuit, gestuurd vanaf, outlook downloaden, "
        "haal outlook voor",
        closing="met vriendelijke groet, met vriendelijke groeten, vriendelijke groet, vriendelijke groeten, "
        "groet, groeten, groetjes, mvg, hartelijke groet, hoogachtend, bedankt, alvast bedankt, dank u, "
        "dank je wel, hartelijke groeten, gr",
        when="ma, di, wo, do, vr, za, zo, maandag, dinsdag, woensdag, donderdag, vrijdag, zaterdag, zondag, "
        "januari, februari, mrt, maart, mei, juni, juli, augustus, oktober, okt",
        see_below="zie onder, zie hieronder, ter info, ter informatie, mijn antwoorden, in het rood, "
        "onderstaande",
        confidential="dit bericht en, deze e-mail, dit e-mailbericht, de informatie in deze, de inhoud van dit, "
        "dit bericht kan, denk aan het milieu, virusvrij",
        legal="vertrouwelijk, vertrouwelijke, geadresseerde, geadresseerden, bestemd, afzender, abusievelijk, "
        "openbaarmaking, vernietigen, verwijderen, verspreiding, verboden, uitsluitend",
    ),
    "da": Language(
        on="den, d",
        wrote="skrev, skriver",
        sender="fra, afsender",
        sent="sendt, sendt den",
        date="dato, modtaget",
        to="til, cc, kopi, kopi til, bcc, svar til, vedhæftede filer, vedhæftet, prioritet",
        subject="emne, vedr",
        original="oprindelig meddelelse, original meddelelse, oprindelig besked, oprindelig mail, "
        "oprindelig aftale, oprindelig e-mail",
        forwarded="videresend, videresendt",
        sent_from="sendt fra, sendt via, sendt med, hent outlook til, få outlook til, download outlook",
        closing="med venlig hilsen, venlig hilsen, mvh, hilsen, de bedste hilsner, bedste hilsner, vh, kh, "
        "kærlig hilsen, tak, mange tak, på forhånd tak, med venlige hilsner, venlige hilsner, m.v.h",
        when="man, tir, ons, tor, fre, lør, søn, mandag, tirsdag, onsdag, torsdag, fredag, lørdag, søndag, "
        "januar, februar, marts, maj, juni, juli, oktober, december",
        see_below="se nedenfor, se herunder, til orientering, til info, mine svar, med rødt",
        confidential="denne e-mail, denne mail, denne meddelelse, oplysningerne i denne, virusfri",
        legal="fortrolig, fortrolige, fortroligt, modtager, modtageren, afsender, afsenderen, fejl, slette, "
        "slet, udelukkende",
    ),
    "sv": Language(
        on="den, på",
        wrote="skrev, skriver",
        sender="från, avsändare",
        sent="skickat, skickad, sänt, skickades",
        date="datum, mottaget",
        to="till, kopia, cc, hemlig kopia, svara till, bifogade filer, bilagor, prioritet",
        subject="ämne, ang",
        original="ursprungligt meddelande, originalmeddelande, ursprungligt mail, ursprungligt e-postmeddelande, "
        "ursprunglig avtalad tid",
        forwarded="vidarebefordra, vidarebefordrat, vidaresänt",
        sent_from="skickat från, skickad från, skickat med, skickat via, hämta outlook för, skaffa outlook för, sänt från, "
        "ladda ner outlook",
        closing="med vänlig hälsning, med vänliga hälsningar, vänliga hälsningar, vänlig hälsning, mvh, "
        "hälsningar, bästa hälsningar, hälsning, tack, tack på förhand, tack så mycket, allt gott, vh, "
        "varma hälsningar, hälsar",
        when="mån, tis, ons, tors, fre, lör, sön, måndag, tisdag, onsdag, torsdag, fredag, lördag, söndag, "
        "januari, februari, mars, maj, juni, juli, augusti, oktober, tor, okt",
        see_below="se nedan, för kännedom, för info, mina svar, i rött, nedanstående",
        confidential="detta meddelande, detta e-postmeddelande, detta mail, denna e-post, informationen i detta, virusfritt",
        legal="konfidentiell, konfidentiellt, mottagare, mottagaren, avsändaren, avsedd, avsett, obehörig, "
        "radera, misstag, spridning, uteslutande",
    ),
    "no": Language(
        on="den, på, kl",
        wrote="skrev, skreiv, skriver",
        sender="fra, avsender",
        sent="sendt, sendt den",
        date="dato, mottatt",
        to="til, kopi, cc, blindkopi, svar til, vedlegg, prioritet",
        subject="emne",
        original="opprinnelig melding, original melding, opprinnelig e-post, opprinnelig avtale, "
        "opphavleg melding, opprinnelig meddelelse",
        forwarded="videresend, videresendt, vidaresend",
        sent_from="sendt fra, sendt med, sendt via, skaff deg outlook, skaffe deg outlook for, få outlook for, last ned outlook, hent outlook",
        closing="med vennlig hilsen, vennlig hilsen, mvh, hilsen, beste hilsen, takk, på forhånd takk, "
        "med vennlege helsing, helsing, tusen takk, vh",
        when="man, tir, ons, tor, tors, fre, lør, søn, mandag, tirsdag, onsdag, torsdag, fredag, lørdag, "
        "søndag, januar, februar, mars, mai, juni, juli, august, oktober, desember, okt, des",
        see_below="se nedenfor, se under, til orientering, til info, mine svar, i rødt",
        confidential="denne e-posten, denne eposten, denne meldingen, informasjonen i denne, virusfri",
        legal="konfidensiell, konfidensielt, taushetsbelagt, mottaker, mottakeren, avsender, avsenderen, "
        "slette, uautorisert, utelukkende",
    ),
    "fi": Language(
        on="klo",
        wrote="kirjoitti, kirjoittaa",
        sender="lähettäjä, keneltä",
        sent="lähetetty",
        date="päivämäärä, pvm, päiväys, päivä",
        to="vastaanottaja, kopio, vastaanottajat, piilokopio, cc, kenelle, liitteet, tärkeys",
        subject="aihe",
        original="alkuperäinen viesti, alkuperäinen sähköposti, alkuperäinen tapaaminen",
        forwarded="välitet, edelleen lähet, edelleenlähet",
        sent_from="lähetetty, hanki outlook, lataa outlook, lähetin",
        closing="ystävällisin terveisin, terveisin, parhain terveisin, yt, t, kiitos, kiittäen, "
        "ystävällisesti, kiitos etukäteen, parhaat terveiset, terv",
        when="ma, ti, ke, to, pe, la, su, maanantai, tiistai, keskiviikko, torstai, perjantai, lauantai, "
        "sunnuntai, tammikuuta, helmikuuta, maaliskuuta, huhtikuuta, toukokuuta, kesäkuuta, heinäkuuta, "
        "elokuuta, syyskuuta, lokakuuta, marraskuuta, joulukuuta, tammik, helmik, maalisk, huhtik, toukok, "
        "kesäk, heinäk, elok, syysk, lokak, marrask, jouluk",
        see_below="katso alla, alla oleva, tiedoksi, vastaukseni",
        confidential="tämä viesti, tämä sähköposti, tämän viestin",
        legal="luottamuksellinen, luottamuksellista, vastaanottaja, vastaanottajalle, lähettäjälle, "
        "erehdyksessä, vahingossa, kiellettyä, poistamaan",
    ),
    "pl": Language(
        on="w, dnia, dn",
        wrote="napisał, napisała, pisze, napisano, napisana, użytkownik",
        sender="od, nadawca",
        sent="wysłano, wysłane, wysłany, wysłana",
        date="data, dnia",
        to="do, dw, udw, kopia, odpowiedz do, adresat, załączniki, ważność",
        subject="temat, dotyczy",
        original="wiadomość oryginalna, oryginalna wiadomość, treść oryginalnej wiadomości, "
        "pierwotna wiadomość, wiadomość pierwotna, original message, treść oryginału",
        forwarded="przekazan, przekazywan, przesłana dalej, przesyłan, treść przekazanej",
        sent_from="wysłane z, wysłano z, wysłane przez, pobierz outlook, pobierz program outlook, wysłano za pomocą, wysłane za "
        "pomocą, pobierz aplikację outlook, uzyskaj outlooka",
        closing="pozdrawiam, z poważaniem, z wyrazami szacunku, serdecznie pozdrawiam, pozdrawiam serdecznie, "
        "dziękuję, z góry dziękuję, dzięki, łączę pozdrowienia, pozdrowienia, z pozdrowieniami, z powazaniem",
        when="pon, wt, śr, czw, pt, sob, niedz, poniedziałek, wtorek, środa, czwartek, piątek, sobota, "
        "niedziela, sty, stycznia, lut, lutego, marca, kwi, kwietnia, maj, maja, cze, czerwca, lip, lipca, "
        "sie, sierpnia, wrz, września, paź, października, lis, listopada, gru, grudnia",
        see_below="patrz poniżej, zobacz poniżej, do wiadomości, moje odpowiedzi, na czerwono",
        confidential="ta wiadomość, niniejsza wiadomość, treść tej wiadomości, informacje zawarte, "
        "wolny od wirusów, wolna od wirusów, niniejszy e-mail",
        legal="poufne, poufna, poufny, adresat, adresata, adresatem, nadawcę, omyłkowo, pomyłkowo, usunięcie, "
        "zabronione, ujawnianie, odbiorcą, wyłącznie",
    ),
    "cs": Language(
        on="dne",
        wrote="napsal, napsala, píše, odesílatel, uživatel, napsal(a)",
        sender="od, odesílatel",
        sent="odesláno, odeslaná, odesláno dne",
        date="datum",
        to="komu, kopie, skrytá kopie, odpovědět, přílohy, cc",
        subject="předmět, věc",
        original="původní zpráva, původní e-mail, původní email, původní mail, původní schůzka",
        forwarded="přeposl, přeposíl, přesměrovan",
        sent_from="odesláno z, odesláno ze, odesláno pomocí, získejte outlook pro, stáhnout outlook pro, odesláno přes, "
        "posláno z, získat outlook pro",
        closing="s pozdravem, s přátelským pozdravem, děkuji, děkuji předem, pozdravem, srdečně, díky, "
        "hezký den, s úctou, předem děkuji, přeji hezký den",
        when="po, út, st, čt, pá, so, ne, pondělí, úterý, středa, čtvrtek, pátek, sobota, neděle, ledna, února, "
        "března, dubna, května, června, července, srpna, září, října, listopadu, prosince",
        see_below="viz níže, na vědomí, moje odpovědi, červeně",
        confidential="tato zpráva, tento e-mail, tento email, obsah této zprávy, bez virů",
        legal="důvěrné, důvěrná, adresát, adresáta, adresátem, omylem, odesílatele, zakázáno, vymažte, "
        "výhradně",
    ),
    "sk": Language(
        on="dňa",
        wrote="napísal, napísala, píše",
        sender="od, odosielateľ",
        sent="odoslané, odoslaná",
        date="dátum",
        to="komu, kópia, skrytá kópia, prílohy",
        subject="predmet, vec",
        original="pôvodná správa, pôvodný e-mail, pôvodná komunikácia",
        forwarded="preposl, preposiel",
        sent_from="odoslané z, odoslané zo, odoslané pomocou, získajte outlook pre, poslané z",
        closing="s pozdravom, s priateľským pozdravom, ďakujem, vopred ďakujem, srdečne, vďaka",
        when="pondelok, utorok, streda, štvrtok, piatok, sobota, nedeľa, januára, februára, apríla, mája, júna, júla, "
        "októbra, novembra, decembra, ut, št, pi",
        see_below="viď nižšie, pozri nižšie, na vedomie",
        confidential="táto správa, tento e-mail",
    ),
    "tr": Language(
        wrote="yazdı, yazmış, yazıyor",
        sender="kimden, gönderen, gönderici",
        sent="gönderildi, gönderme tarihi, gönderim tarihi, gönderilme tarihi, gönderilen",
        date="tarih",
        to="kime, alıcı, bilgi, gizli, cc, yanıt adresi, ekler",
        subject="konu",
        original="özgün ileti, orijinal mesaj, orijinal ileti, özgün mesaj, asıl mesaj, özgün randevu, "
        "orjinal mesaj",
        forwarded="iletilen, yönlendiril, iletildi, iletilmiş",
        sent_from="gönderildi, dan gönderildi, için outlook, outlook'u edinin, den gönderildi, üzerinden gönderildi",
        closing="saygılarımla, saygılarımızla, iyi günler, iyi çalışmalar, teşekkürler, teşekkür ederim, "
        "sevgiler, selamlar, şimdiden teşekkürler, kolay gelsin, teşekkür ederiz",
        when="pzt, sal, çar, per, cum, cmt, paz, pazartesi, salı, çarşamba, perşembe, cuma, cumartesi, pazar, "
        "oca, ocak, şub, şubat, mart, nis, nisan, mayıs, haz, haziran, tem, temmuz, ağu, ağustos, eyl, eylül, eki, "
        "ekim, kas, kasım, ara, aralık",
        see_below="bilginize, bilgi için",
        confidential="bu e-posta, bu mesaj, bu ileti, bu elektronik posta, yasal uyarı, virüs bulunmuyor",
        legal="gizli, gizlidir, alıcı, alıcısı, alıcısına, yanlışlıkla, gönderen, gönderene, yasaktır, "
        "siliniz",
    ),
    "ru": Language(
        on="в",
        wrote="пишет, написал, написала, писал, писала, написали, цитирование",
        sender="от, от кого, отправитель",
        sent="отправлено, отправлена",
        date="дата, когда",
        to="кому, копия, скрытая копия, кому, ответить, вложения, важность",
        subject="тема",
        original="исходное сообщение, исходное письмо, оригинальное сообщение, первоначальное сообщение, "
        "исходная встреча, оригинал сообщения",
        forwarded="пересыла, переслан, переадрес, перенаправ",
        sent_from="отправлено с, отправлено из, отправлено со, отправлено через, скачать outlook, получить outlook, "
        "послано с",
        closing="с уважением, с наилучшими пожеланиями, спасибо, заранее спасибо, всего доброго, "
        "с уважением и наилучшими пожеланиями, благодарю, всего хорошего, хорошего дня, большое спасибо",
        when="пн, вт, ср, чт, пт, сб, вс, понедельник, вторник, среда, четверг, пятница, суббота, воскресенье, "
        "янв, января, февр, февраля, мар, марта, апр, апреля, мая, июн, июня, июл, июля, авг, августа, сент, "
        "сентября, окт, октября, нояб, ноября, дек, декабря",
        see_below="см. ниже, смотрите ниже, для информации, к сведению, мои ответы, ответы ниже, красным",
        confidential="это сообщение, данное сообщение, настоящее сообщение, это электронное, информация, содержащаяся, "
        "без вирусов, проверено на вирусы",
        legal="конфиденциальную, конфиденциальна, конфиденциальным, конфиденциальной, адресат, адресата, "
        "адресату, ошибке, отправителя, отправителю, запрещено, удалите, уведомите, исключительно",
    ),
    "uk": Language(
        on="у, о",
        wrote="пише, написав, написала",
        sender="від, від кого, відправник",
        sent="надіслано, відправлено",
        date="дата",
        to="кому, копія, одержувач",
        subject="тема",
        original="вихідне повідомлення, оригінальне повідомлення, початкове повідомлення",
        forwarded="переслан, пересила, переадрес",
        sent_from="надіслано з, надіслано через, відправлено з, завантажити outlook",
        closing="з повагою, дякую, щиро дякую, з найкращими побажаннями",
        when="нд, понеділок, вівторок, середа, четвер, п'ятниця, субота, неділя, січ, січня, лют, лютого, "
        "бер, березня, квіт, квітня, трав, травня, черв, червня, лип, липня, серп, серпня, вер, вересня, жовт, "
        "жовтня, лист, листопада, груд, грудня",
        see_below="див. нижче, дивіться нижче, до відома",
        confidential="це повідомлення, цей лист",
        legal="конфіденційну, конфіденційна, адресат, адресата, помилково, відправника, заборонено, видаліть, "
        "виключно",
    ),
    "hu": Language(
        wrote="írta, írt, írja",
        sender="feladó, küldő",
        sent="elküldve, küldve, küldés dátuma, küldés időpontja",
        date="dátum",
        to="címzett, másolatot kap, címzettek, titkos másolat",
        subject="tárgy",
        original="eredeti üzenet, eredeti levél",
        forwarded="továbbított, továbbítva",
        sent_from="elküldve, küldve, az outlook letöltése",
        closing="üdvözlettel, tisztelettel, köszönettel, köszönöm, üdv, előre is köszönöm",
        when="hétfő, kedd, szerda, csütörtök, péntek, szombat, vasárnap, jan, febr, márc, ápr, máj, jún, júl, aug, "
        "szept, okt, nov, dec, január, február, március, április, május, június, július, augusztus, szeptember",
        see_below="lásd lent, lásd alább",
        confidential="ez az üzenet, ez az e-mail",
        legal="bizalmas, címzett, címzettje, címzettjének, tévedésből, feladót, tilos, törölje, kizárólag",
    ),
    "ro": Language(
        on="în, pe, la, in",
        wrote="scris, scrie",
        sender="de la, expeditor, din",
        sent="trimis, data trimiterii",
        date="data, dată",
        to="către, la, catre, copie",
        subject="subiect",
        original="mesaj original, mesajul original, mesaj inițial",
        forwarded="redirecționat, retrimis, înaintat, forwardat",
        sent_from="trimis de pe, trimis din, trimis de la, descărcați outlook, obțineți outlook",
        closing="cu stimă, cu respect, mulțumesc, o zi bună, cu drag, toate cele bune, multumesc",
        when="lun, mie, joi, vin, sâm, dum, luni, marți, miercuri, vineri, sâmbătă, duminică, ian, ianuarie, "
        "februarie, martie, aprilie, iun, iunie, iul, iulie, septembrie, octombrie, noiembrie, decembrie",
        see_below="vezi mai jos, spre informare",
        confidential="acest mesaj, acest e-mail, acest email",
        legal="confidențial, confidențiale, destinatarul, destinatarului, eroare, expeditorul, interzisă, "
        "interzis, ștergeți, exclusiv",
    ),
    "el": Language(
        on="στις, την, τη",
        wrote="έγραψε, γράφει",
        sender="από, αποστολέας",
        sent="εστάλη, αποστολή, στάλθηκε",
        date="ημερομηνία",
        to="προς, κοιν, κοινοποίηση",
        subject="θέμα",
        original="αρχικό μήνυμα",
        forwarded="προωθημέν, προώθηση",
        sent_from="στάλθηκε από, εστάλη από, λήψη του outlook",
        closing="με εκτίμηση, ευχαριστώ, φιλικά, με φιλικούς χαιρετισμούς, ευχαριστώ πολύ",
        when="δευ, τρί, τετ, πέμ, παρ, σάβ, κυρ, δευτέρα, τρίτη, τετάρτη, πέμπτη, παρασκευή, σάββατο, κυριακή, ιαν, "
        "φεβ, μαρ, απρ, μαΐ, ιουν, ιουλ, αυγ, σεπ, οκτ, νοε, δεκ, νοεμβρίου",
        see_below="δείτε παρακάτω",
        confidential="αυτό το μήνυμα, το παρόν μήνυμα",
        legal="εμπιστευτικό, εμπιστευτικές, παραλήπτη, παραλήπτης, λάθος, αποστολέα, απαγορεύεται, διαγράψτε, "
        "αποκλειστικά",
    ),
    "ja": Language(
        wrote="のメール, 書きました, 送信しました, 書き込み, からのメール, のメッセージ, 様は書きました",
        sender="差出人, 送信者, 発信者, from",
        sent="送信日時, 送信日, 送信済み",
        date="日付, 日時, 受信日時",
        to="宛先, 宛て先, to, cc, 返信先, 添付ファイル, 重要度",
        subject="件名, 題名, 表題",
        original="元のメッセージ, 元のメール, 元のメッセージ, 以前のメッセージ, 引用元, original message",
        forwarded="転送",
        sent_from="から送信, を使用して送信, outlook を入手, を入手, から送信されました, のoutlook",
        closing="よろしくお願いいたします, よろしくお願いします, よろしくお願い致します, 敬具, 以上, 宜しくお願いいたします, "
        "宜しくお願い致します, 以上、よろしくお願いいたします, 何卒よろしくお願いいたします, 草々",
        when="月曜日, 火曜日, 水曜日, 木曜日, 金曜日, 土曜日, 日曜日, 年",
        see_below="下記参照, 以下参照, ご参考まで, 下記をご覧ください, 転送します, 転送いたします",
        confidential="このメールは, 本メールは, このメッセージは, 本メールに",
        legal="機密, 秘密情報, 受信者, 名宛人, 宛先, 誤って, 誤送信, 破棄, 削除, 開示, 禁じ, 禁止",
    ),
    "zh": Language(
        on="在",
        wrote="写道, 寫道, 写到, 來信, 来信, 寫到",
        sender="发件人, 寄件者, 寄件人, 发信人, 發件人, 发送人, 发件者",
        sent="发送时间, 寄件日期, 傳送時間, 发送日期, 發送時間, 发送于, 已发送, 寄件時間, 傳送日期",
        date="日期, 时间, 時間, 发送日期",
        to="收件人, 抄送, 收件者, 副本, 抄送人, 密送, 主送, 收信人, 附件, 密件副本, 抄送者",
        subject="主题, 主旨, 标题, 主題, 標題",
        original="原始邮件, 原始郵件, 原邮件, 原始信件, 原邮件信息, 原始消息, 回复的原邮件, 回复的邮件, 邮件原件, "
        "原始訊息, 郵件原件",
        forwarded="转发, 轉寄, 轉發, 转寄",
        sent_from="发自, 發自, 来自我的, 從我的, 从我的, 寄自, 发送自, 傳送自, 获取适用于, 版邮件发送, 邮件发送, 取得適用於, 获取 outlook, 取得 outlook, "
        "下載 outlook",
        closing="此致, 敬礼, 谢谢, 謝謝, 祝好, 顺祝商祺, 多谢, 此致敬礼, 敬祝, 順頌商祺, 非常感谢",
        when="周一, 周二, 周三, 周四, 周五, 周六, 周日, 星期一, 星期二, 星期三, 星期四, 星期五, 星期六, 星期日, "
        "週一, 週二, 週三, 週四, 週五, 週六, 週日, 年",
        see_below="见下文, 如下, 請見下, 请见下, 供参考, 供參考",
        confidential="本邮件, 此邮件, 本郵件, 此郵件, 此電子郵件, 本电子邮件",
        legal="机密, 機密, 保密, 收件人, 错误, 誤收, 误收, 删除, 刪除, 未经授权, 未經授權, 披露, 禁止",
    ),
    "ko": Language(
        wrote="작성, 님이 작성, 썼습니다, 쓰셨습니다, 보낸 메일, 쓴 글, 적으셨습니다",
        sender="보낸 사람, 보낸사람, 발신자, 보낸이, 발신",
        sent="보낸 날짜, 보낸날짜, 보낸 시간, 발송일, 보낸시간",
        date="날짜, 일시, 받은 날짜",
        to="받는 사람, 받는사람, 참조, 수신자, 숨은 참조, 받는이, 수신, 첨부 파일, 중요도",
        subject="제목",
        original="원본 메시지, 원본 메일, 원본메시지, 원본 메세지, 원본 편지, 원래 메시지, 원본 이메일",
        forwarded="전달",
        sent_from="에서 보냄, 에서 보냈습니다, 에서 전송됨, 에서 보낸, 에서 발송됨, 에서 발송, outlook 다운로드, outlook 받기, 용 outlook",
        closing="감사합니다, 드림, 올림, 고맙습니다, 안녕히 계세요, 수고하세요, 감사드립니다",
        when="월요일, 화요일, 수요일, 목요일, 금요일, 토요일, 일요일, 오전, 오후, 년",
        see_below="아래 참고, 아래 참조, 참고하세요, 아래 메일",
        confidential="이 메일은, 본 메일은, 이 이메일은, 본 이메일은, 이 메시지는",
        legal="기밀, 비밀, 수신인, 수신자, 잘못, 삭제, 발신자, 발신인, 금지, 무단",
    ),
    "ar": Language(
        on="في, بتاريخ, يوم",
        wrote="كتب, كتبت, كتابة, يكتب",
        sender="من, المرسل",
        sent="تاريخ الإرسال, أرسلت, تم الإرسال, إرسال, مُرسل, مرسل, أُرسلت",
        date="التاريخ, تاريخ",
        to="إلى, الى, نسخة, نسخة إلى, المستلم, نسخة مخفية",
        subject="الموضوع, موضوع",
        original="الرسالة الأصلية, رسالة أصلية, الرسالة الاصلية",
        forwarded="توجيه, مُعاد توجيه, محولة",
        sent_from="أُرسلت من, أرسلت من, تم الإرسال من, مرسلة من, الحصول على outlook, مرسل من, أرسل من, تم إرساله من",
        closing="مع أطيب التحيات, مع التحية, تحياتي, شكرا, شكرًا, شكراً, وتفضلوا بقبول فائق الاحترام, "
        "مع خالص التحية, شكرا لكم, مع الشكر, أطيب التحيات, شكراً لكم",
        when="الأحد, الاثنين, الإثنين, الثلاثاء, الأربعاء, الخميس, الجمعة, السبت, يناير, فبراير, مارس, أبريل, مايو, يونيو, "
        "يوليو, أغسطس, سبتمبر, أكتوبر, نوفمبر, ديسمبر",
        see_below="انظر أدناه, للعلم, للاطلاع",
        confidential="هذه الرسالة, هذا البريد",
        legal="سرية, سري, المرسل إليه, بالخطأ, خطأ, المرسل, حذف, يحظر, محظور",
    ),
    "he": Language(
        on="בתאריך, ביום, ב",
        wrote="כתב, כתבה, כתב/ה, מאת",
        sender="מאת, שולח",
        sent="נשלח, תאריך שליחה, נשלח ב",
        date="תאריך",
        to="אל, עותק, לכבוד, העתק, נמען",
        subject="נושא, הנושא",
        original="הודעה מקורית, ההודעה המקורית, הודעה מקורי",
        forwarded="הועבר, שהועברה, המועברת, הודעה מועברת",
        sent_from="נשלח מה, נשלח מ, נשלח מאת, נשלח באמצעות, קבל את outlook, השג את outlook, הורד את outlook",
        closing="בברכה, תודה, תודה רבה, בכבוד רב, תודה מראש, בתודה, יום טוב",
        when="יום, ינואר, ינו׳, פברואר, פבר׳, מרץ, אפריל, אפר׳, מאי, יוני, יולי, אוגוסט, אוג׳, ספטמבר, ספט׳, אוקטובר, "
        "אוק׳, נובמבר, נוב׳, דצמבר, דצמ׳",
        see_below="ראה למטה, ראו למטה, לידיעתך, לידיעתכם, להלן",
        confidential="הודעה זו, דואר אלקטרוני זה, מייל זה",
        legal="חסוי, סודי, חסויים, הנמען, נמען, בטעות, לשולח, אסור, למחוק",
    ),
    "vi": Language(
        on="vào, ngày, lúc",
        wrote="viết, đã viết",
        sender="từ, người gửi",
        sent="đã gửi, gửi",
        date="ngày, date, thời gian",
        to="đến, tới, người nhận, đồng gửi",
        subject="chủ đề, tiêu đề",
        original="thư gốc, tin nhắn gốc, thư ban đầu",
        forwarded="chuyển tiếp",
        sent_from="được gửi từ, gửi từ, đã gửi từ, tải outlook",
        closing="trân trọng, thân mến, cảm ơn, xin cảm ơn, trân trọng cảm ơn",
        when="thứ, th, thg, tháng, cn",
        see_below="xem bên dưới",
    ),
    "id": Language(
        on="pada",
        wrote="menulis",
        sender="dari, pengirim",
        sent="dikirim, terkirim",
        date="tanggal",
        to="kepada, untuk, ke",
        subject="perihal, subjek, judul",
        original="pesan asli",
        forwarded="diteruskan, terusan",
        sent_from="dikirim dari, terkirim dari, dikirim melalui, dapatkan outlook",
        closing="terima kasih, salam, hormat saya, salam hormat, terima kasih banyak",
        when="sen, sel, rab, kam, jum, sab, min, senin, selasa, rabu, kamis, jumat, sabtu, minggu, januari, "
        "februari, maret, mei, juni, juli, agustus, oktober, desember, agu, okt, des",
    ),
    "th": Language(
        on="ในวันที่, เมื่อ",
        wrote="เขียนว่า, เขียน",
        sender="จาก",
        sent="ส่ง, ส่งเมื่อ",
        date="วันที่",
        to="ถึง, สำเนา",
        subject="เรื่อง, หัวข้อ",
        original="ข้อความต้นฉบับ, ข้อความเดิม",
        forwarded="ส่งต่อ",
        sent_from="ส่งจาก",
        closing="ขอบคุณ, ขอแสดงความนับถือ, ขอบคุณครับ, ขอบคุณค่ะ",
        when="จ, อ, พ, พฤ, ศ, ส, อา, ม.ค, ก.พ, มี.ค, พ.ย, ธ.ค",
    ),
    "hr": Language(
        on="dana, u",
        wrote="napisao, napisala, pisao, napisao/la, je napisao",
        sender="od, šalje, pošiljatelj",
        sent="poslano, poslato, poslao",
        date="datum, dana",
        to="za, prima, kome, kopija",
        subject="predmet, naslov, tema",
        original="izvorna poruka, originalna poruka, izvirno sporočilo, prvotna poruka, izvorno sporočilo",
        forwarded="proslijeđen, proslijeđ, prosleđen, posredovan",
        sent_from="poslano s, poslano sa, poslato sa, poslano z, poslano iz, preuzmite outlook",
        closing="lijep pozdrav, srdačan pozdrav, s poštovanjem, hvala, pozdrav, lep pozdrav, s štovanjem, "
        "lp, hvala unaprijed",
        when="pon, uto, sri, čet, pet, sub, ned, ponedjeljak, utorak, srijeda, četvrtak, petak, subota, nedjelja, "
        "siječnja, veljače, ožujka, travnja, svibnja, lipnja, srpnja, kolovoza, rujna, listopada, studenoga, prosinca",
    ),
    "bg": Language(
        on="на",
        wrote="написа, пише",
        sender="от, подател",
        sent="изпратено",
        date="дата",
        to="до, копие",
        subject="относно, тема",
        original="оригинално съобщение, първоначално съобщение",
        forwarded="препратено, пренасочено",
        sent_from="изпратено от, изпратено с",
        closing="поздрави, с уважение, благодаря, сърдечни поздрави",
        when="пн, вт, ср, чт, пт, сб, нд, пон, януари, февруари, март, април, май, юни, юли, август, септември, "
        "октомври, ноември, декември",
    ),
    "fa": Language(
        on="در",
        wrote="نوشت, نوشته",
        sender="از, فرستنده",
        sent="ارسال شده, فرستاده شده",
        date="تاریخ",
        to="به, گیرنده, رونوشت",
        subject="موضوع",
        original="پیام اصلی",
        forwarded="هدایت شده, باز ارسال",
        sent_from="ارسال شده از, فرستاده شده از",
        closing="با تشکر, با احترام, ممنون, سپاس",
        when="دوشنبه, سه‌شنبه, چهارشنبه, پنجشنبه, جمعه, شنبه, یکشنبه, ژانویه, فوریه, مارس, آوریل, مه, ژوئن, ژوئیه, "
        "اوت, سپتامبر, اکتبر, نوامبر, دسامبر",
        see_below="زیر را ببینید, جهت اطلاع",
    ),
    "hi": Language(
        wrote="लिखा",
        sender="प्रेषक, से",
        sent="भेजा गया",
        date="दिनांक, तारीख",
        to="प्रति, प्राप्तकर्ता",
        subject="विषय",
        original="मूल संदेश",
        forwarded="अग्रेषित",
        sent_from="से भेजा गया",
        closing="धन्यवाद, सादर",
        when="सोम, मंगल, बुध, गुरु, शुक्र, शनि, रवि, सोमवार, मंगलवार, बुधवार, गुरुवार, शुक्रवार, शनिवार, रविवार",
    ),
    "is": Language(
        on="þann, hinn",
        wrote="skrifaði, skrifar",
        sender="frá, sendandi",
        sent="sent",
        date="dags, dagsetning",
        to="til, viðtakandi, afrit",
        subject="efni",
        original="upprunaleg skilaboð, upphaflegt skeyti",
        forwarded="áframsend, framsend",
        sent_from="sent úr, sent frá",
        closing="kveðja, með kveðju, bestu kveðjur, kær kveðja, takk, takk fyrir",
        when="mán, þri, mið, fim, fös, lau, sun, mánudagur, þriðjudagur, miðvikudagur, fimmtudagur, föstudagur, laugardagur, "
        "sunnudagur, jan, feb, mar, apr, maí, jún, júl, ágú, sep, okt, nóv, des, janúar, febrúar, mars, apríl, júní, júlí, "
        "ágúst, september, október, nóvember, desember",
        see_below="sjá hér að neðan, til upplýsingar",
    ),
    "ca": Language(
        on="el, dia",
        wrote="escrit, va escriure, escrigué",
        sender="de",
        sent="enviat",
        date="data",
        to="per a, a",
        subject="assumpte, tema",
        original="missatge original",
        forwarded="reenviat",
        sent_from="enviat des",
        closing="salutacions, atentament, gràcies, moltes gràcies, cordialment",
        when="dl, dt, dc, dj, dv, ds, dg, gener, febrer, març, maig, juny, juliol, setembre, novembre, desembre",
    ),
}


# What mails are sent from: names that stand inside other words too, words of their own, and those between which no
# blanks stand; what people beg pardon for in that line; "my".
BRANDS = (
    "iphon ipad ipod android samsung galaxy outlook blackberry huawei xiaomi redmi yahoo gmx web.de proton windows gmail "
    "thunderbird bluemail aol k-9 ios macbook mail.ru яндекс tutanota zoho acompli sparrow superhuman 小米 华为 網易 网易 "
    "libero telekom orange vodafone t-mobile"
).split()
DEVICES = frozenset(
    "mail mobile smartphone phone handy tablet tablette pixel oneplus nokia sony xperia honor oppo vivo spark email e-mail "
    "mobiltelefon telefon telefono móvil celular telefoon mobil mobilen mobiele téléphone portable puhelin puhelimesta "
    "telefonu telefonumdan телефона смартфона смартфону airmail mailspring boxer nine device handheld gerät appareil "
    "dispositivo почты почта app application aplicación".split()
)
UNSPACED_DEVICES = (
    "手机",
    "手機",
    "邮箱",
    "邮件",
    "郵件",
    "スマートフォン",
    "携帯",
    "メール",
    "휴대폰",
    "스마트폰",
    "메일",
)
EXCUSES = (
    "typo",
    "brevity",
    "tippfehler",
    "kürze",
    "fautes",
    "brièveté",
    "errores",
    "erros",
    "errori",
    "tikfout",
)
MY_OWN = frozenset(
    "my meinem meiner mon ma mi meu minha mio mia mijn min minun moim mojego mého mobilu моего мого моєї".split()
)


@cache
def words(what: str) -> frozenset[str]:
    """Return what all languages together call something, in lower case; `what` is a field of Language."""
    if what not in {field.name for field in fields(Language)}:
        raise ValueError(f"no language has {what!r}")
    phrases = (phrase.strip() for one in LANGUAGES.values() for phrase in getattr(one, what).split(","))
    return frozenset(fold(phrase) for phrase in phrases if phrase)


def fold(text: str) -> str:
    """Put text into lower case for comparing; the dot that Python leaves of a Turkish İ is dropped."""
    return text.casefold().replace("i\u0307", "i")
