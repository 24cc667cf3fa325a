"""Replies as mail programs write them, generated: program x language x situation, with what is new in each.

The words of every language stand in one table, the habits of every program in a function. They are written from what the
programs do, independently of the tables by which the product recognises them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from html import escape
from textwrap import fill

AGENT, AGENT_ADDRESS = "Example Support", "support+k3j9x7@desk.example.com"


@dataclass(frozen=True)
class Reply:
    """A generated mail or text, and what is new in it; `kind` is the situation."""

    kind: str
    name: str
    raw: bytes
    expected: str
    is_mail: bool = False


@dataclass(frozen=True)
class Tongue:
    """What a customer and a mail program write in one language."""

    hello: str
    body: tuple[str, ...]
    bye: str
    customer: str
    old: tuple[str, ...]  # What the agent wrote before.
    gmail: str  # Attributions; {name} and {address} are the agent's.
    thunderbird: str
    apple: str
    labels: tuple[str, str, str, str]  # From, Sent, To, Subject.
    sent: str  # A date as Outlook writes it.
    device: str
    outlook_app: str
    original: str
    forwarded: str
    begin_forwarded: str
    subject: str = "Order 4711"


TONGUES = {
    "en": Tongue(
        "Hello,",
        (
            "the parcel came on 3 November, but the lid is broken.",
            "My order number is 4711. Can you send a new one?",
        ),
        "Kind regards",
        "Ada Miller",
        ("Dear Ada,", "has your parcel arrived? It left us on Monday.", "Best wishes"),
        "On Mon, Nov 2, 2026 at 10:05 AM {name} <{address}> wrote:",
        "On 02/11/2026 10:05, {name} wrote:",
        "On 2 Nov 2026, at 10:05, {name} <{address}> wrote:",
        ("From", "Sent", "To", "Subject"),
        "Monday, November 2, 2026 10:05 AM",
        "Sent from my iPhone",
        "Get Outlook for Android<https://aka.ms/AAb9ysg>",
        "Original Message",
        "Forwarded message",
        "Begin forwarded message:",
    ),
    "de": Tongue(
        "Guten Tag,",
        (
            "das Paket kam am 3. November an, aber der Deckel ist gebrochen.",
            "Meine Bestellnummer lautet 4711. Können Sie einen neuen schicken?",
        ),
        "Mit freundlichen Grüßen",
        "Jürgen Müller",
        ("Sehr geehrter Herr Müller,", "ist Ihr Paket angekommen? Es ging am Montag raus.", "Viele Grüße"),
        "Am Mo., 2. Nov. 2026 um 10:05 Uhr schrieb {name} <{address}>:",
        "Am 02.11.26 um 10:05 schrieb {name}:",
        "Am 02.11.2026 um 10:05 schrieb {name} <{address}>:",
        ("Von", "Gesendet", "An", "Betreff"),
        "Montag, 2. November 2026 10:05",
        "Von meinem iPhone gesendet",
        "Holen Sie sich Outlook für Android<https://aka.ms/AAb9ysg>",
        "Ursprüngliche Nachricht",
        "Weitergeleitete Nachricht",
        "Anfang der weitergeleiteten Nachricht:",
    ),
    "fr": Tongue(
        "Bonjour,",
        (
            "le colis est arrivé le 3 novembre mais le couvercle est cassé.",
            "Mon numéro de commande est 4711. Pouvez-vous m'en envoyer un autre ?",
        ),
        "Cordialement",
        "Élodie Lefèvre",
        ("Bonjour Élodie,", "votre colis est-il arrivé ? Il est parti lundi.", "Bien à vous"),
        "Le lun. 2 nov. 2026 à 10:05, {name} <{address}> a écrit :",
        "Le 02/11/2026 à 10:05, {name} a écrit :",
        "Le 2 nov. 2026 à 10:05, {name} <{address}> a écrit :",
        ("De ", "Envoyé ", "À ", "Objet "),
        "lundi 2 novembre 2026 10:05",
        "Envoyé de mon iPhone",
        "Télécharger Outlook pour Android<https://aka.ms/AAb9ysg>",
        "Message d'origine",
        "Message transféré",
        "Début du message transféré :",
    ),
    "es": Tongue(
        "Hola:",
        (
            "el paquete llegó el 3 de noviembre, pero la tapa está rota.",
            "Mi número de pedido es 4711. ¿Pueden enviarme otra?",
        ),
        "Un saludo",
        "Íñigo Pérez",
        ("Estimado Íñigo:", "¿ha llegado su paquete? Salió el lunes.", "Saludos"),
        "El lun, 2 nov 2026 a las 10:05, {name} (<{address}>) escribió:",
        "El 2/11/26 a las 10:05, {name} escribió:",
        "El 2 nov 2026, a las 10:05, {name} <{address}> escribió:",
        ("De", "Enviado el", "Para", "Asunto"),
        "lunes, 2 de noviembre de 2026 10:05",
        "Enviado desde mi iPhone",
        "Obtener Outlook para Android<https://aka.ms/AAb9ysg>",
        "Mensaje original",
        "Mensaje reenviado",
        "Inicio del mensaje reenviado:",
    ),
    "it": Tongue(
        "Buongiorno,",
        (
            "il pacco è arrivato il 3 novembre, ma il coperchio è rotto.",
            "Il mio numero d'ordine è 4711. Potete mandarmene un altro?",
        ),
        "Cordiali saluti",
        "Niccolò Rossi",
        ("Gentile Niccolò,", "il pacco è arrivato? È partito lunedì.", "Saluti"),
        "Il giorno lun 2 nov 2026 alle ore 10:05 {name} <{address}> ha scritto:",
        "Il 02/11/26 10:05, {name} ha scritto:",
        "Il giorno 2 nov 2026, alle ore 10:05, {name} <{address}> ha scritto:",
        ("Da", "Inviato", "A", "Oggetto"),
        "lunedì 2 novembre 2026 10:05",
        "Inviato da iPhone",
        "Scarica Outlook per Android<https://aka.ms/AAb9ysg>",
        "Messaggio originale",
        "Messaggio inoltrato",
        "Inizio messaggio inoltrato:",
    ),
    "pt": Tongue(
        "Olá,",
        (
            "a encomenda chegou a 3 de novembro, mas a tampa está partida.",
            "O número do pedido é 4711. Podem enviar outra?",
        ),
        "Atenciosamente",
        "João Conceição",
        ("Caro João,", "a sua encomenda chegou? Saiu na segunda-feira.", "Cumprimentos"),
        "Em seg., 2 de nov. de 2026 às 10:05, {name} <{address}> escreveu:",
        "Em 02/11/2026 10:05, {name} escreveu:",
        "No dia 2 de nov. de 2026, às 10:05, {name} <{address}> escreveu:",
        ("De", "Enviado", "Para", "Assunto"),
        "segunda-feira, 2 de novembro de 2026 10:05",
        "Enviado do meu iPhone",
        "Obter o Outlook para Android<https://aka.ms/AAb9ysg>",
        "Mensagem original",
        "Mensagem encaminhada",
        "Início da mensagem encaminhada:",
    ),
    "nl": Tongue(
        "Beste,",
        (
            "het pakket kwam op 3 november aan, maar het deksel is kapot.",
            "Mijn bestelnummer is 4711. Kunt u een nieuw sturen?",
        ),
        "Met vriendelijke groet",
        "Sanne de Vries",
        ("Beste Sanne,", "is uw pakket aangekomen? Het is maandag vertrokken.", "Groeten"),
        "Op ma 2 nov 2026 om 10:05 schreef {name} <{address}>:",
        "Op 02-11-2026 om 10:05 schreef {name}:",
        "Op 2 nov. 2026 om 10:05 heeft {name} <{address}> het volgende geschreven:",
        ("Van", "Verzonden", "Aan", "Onderwerp"),
        "maandag 2 november 2026 10:05",
        "Verstuurd vanaf mijn iPhone",
        "Outlook voor Android downloaden<https://aka.ms/AAb9ysg>",
        "Oorspronkelijk bericht",
        "Doorgestuurd bericht",
        "Begin doorgestuurd bericht:",
    ),
    "da": Tongue(
        "Hej,",
        (
            "pakken kom den 3. november, men låget er i stykker.",
            "Mit ordrenummer er 4711. Kan I sende et nyt?",
        ),
        "Med venlig hilsen",
        "Søren Kjær",
        ("Kære Søren,", "er din pakke kommet? Den blev sendt i mandags.", "Hilsen"),
        "Den man. 2. nov. 2026 kl. 10.05 skrev {name} <{address}>:",
        "Den 02-11-2026 kl. 10:05 skrev {name}:",
        "Den 2. nov. 2026 kl. 10.05 skrev {name} <{address}>:",
        ("Fra", "Sendt", "Til", "Emne"),
        "2. november 2026 10:05",
        "Sendt fra min iPhone",
        "Hent Outlook til Android<https://aka.ms/AAb9ysg>",
        "Oprindelig meddelelse",
        "Videresendt meddelelse",
        "Start på videresendt besked:",
    ),
    "sv": Tongue(
        "Hej,",
        (
            "paketet kom den 3 november, men locket är trasigt.",
            "Mitt ordernummer är 4711. Kan ni skicka ett nytt?",
        ),
        "Med vänliga hälsningar",
        "Åsa Öberg",
        ("Hej Åsa,", "har ditt paket kommit? Det skickades i måndags.", "Hälsningar"),
        "Den mån 2 nov. 2026 kl 10:05 skrev {name} <{address}>:",
        "Den 2026-11-02 kl. 10:05, skrev {name}:",
        "2 nov. 2026 kl. 10:05 skrev {name} <{address}>:",
        ("Från", "Skickat", "Till", "Ämne"),
        "den 2 november 2026 10:05",
        "Skickat från min iPhone",
        "Hämta Outlook för Android<https://aka.ms/AAb9ysg>",
        "Ursprungligt meddelande",
        "Vidarebefordrat meddelande",
        "Vidarebefordrat brev:",
    ),
    "no": Tongue(
        "Hei,",
        (
            "pakken kom 3. november, men lokket er ødelagt.",
            "Ordrenummeret mitt er 4711. Kan dere sende et nytt?",
        ),
        "Med vennlig hilsen",
        "Bjørn Ås",
        ("Hei Bjørn,", "har pakken kommet frem? Den ble sendt mandag.", "Hilsen"),
        "man. 2. nov. 2026 kl. 10:05 skrev {name} <{address}>:",
        "Den 02.11.2026 10:05, skrev {name}:",
        "2. nov. 2026 kl. 10:05 skrev {name} <{address}>:",
        ("Fra", "Sendt", "Til", "Emne"),
        "mandag 2. november 2026 10:05",
        "Sendt fra min iPhone",
        "Skaffe deg Outlook for Android<https://aka.ms/AAb9ysg>",
        "Opprinnelig melding",
        "Videresendt melding",
        "Videresendt melding:",
    ),
    "fi": Tongue(
        "Hei,",
        (
            "paketti saapui 3. marraskuuta, mutta kansi on rikki.",
            "Tilausnumeroni on 4711. Voitteko lähettää uuden?",
        ),
        "Ystävällisin terveisin",
        "Päivi Mäkinen",
        ("Hei Päivi,", "onko pakettisi saapunut? Se lähti maanantaina.", "Terveisin"),
        "ma 2. marrask. 2026 klo 10.05 {name} ({address}) kirjoitti:",
        "{name} kirjoitti 2.11.2026 klo 10.05:",
        "{name} <{address}> kirjoitti 2.11.2026 kello 10.05:",
        ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
        "maanantai 2. marraskuuta 2026 10.05",
        "Lähetetty iPhonesta",
        "Hanki Outlook for Android<https://aka.ms/AAb9ysg>",
        "Alkuperäinen viesti",
        "Välitetty viesti",
        "Välitetty viesti alkaa:",
    ),
    "pl": Tongue(
        "Dzień dobry,",
        (
            "paczka dotarła 3 listopada, ale pokrywka jest pęknięta.",
            "Numer zamówienia to 4711. Czy mogą Państwo przysłać nową?",
        ),
        "Pozdrawiam",
        "Łukasz Wójcik",
        ("Szanowny Panie,", "czy paczka dotarła? Wysłaliśmy ją w poniedziałek.", "Z poważaniem"),
        "pon., 2 lis 2026 o 10:05 {name} <{address}> napisał(a):",
        "W dniu 02.11.2026 o 10:05, {name} pisze:",
        "Wiadomość napisana przez {name} <{address}> w dniu 2 lis 2026, o godz. 10:05:",
        ("Od", "Wysłano", "Do", "Temat"),
        "poniedziałek, 2 listopada 2026 10:05",
        "Wysłane z iPhone'a",
        "Pobierz program Outlook dla systemu Android<https://aka.ms/AAb9ysg>",
        "Wiadomość oryginalna",
        "Przekazana wiadomość",
        "Początek przekazywanej wiadomości:",
    ),
    "cs": Tongue(
        "Dobrý den,",
        ("balík dorazil 3. listopadu, ale víko je prasklé.", "Číslo objednávky je 4711. Můžete poslat nové?"),
        "S pozdravem",
        "Jiří Dvořák",
        ("Vážený pane Dvořáku,", "dorazil Váš balík? Odešel v pondělí.", "Hezký den"),
        "po 2. 11. 2026 v 10:05 odesílatel {name} <{address}> napsal:",
        "Dne 02. 11. 26 v 10:05 {name} napsal(a):",
        "2. 11. 2026 v 10:05, {name} <{address}>:",
        ("Od", "Odesláno", "Komu", "Předmět"),
        "pondělí 2. listopadu 2026 10:05",
        "Odesláno z iPhonu",
        "Získejte Outlook pro Android<https://aka.ms/AAb9ysg>",
        "Původní zpráva",
        "Přeposlaná zpráva",
        "Začátek přeposílané zprávy:",
    ),
    "tr": Tongue(
        "Merhaba,",
        ("paket 3 Kasım'da geldi ama kapağı kırık.", "Sipariş numaram 4711. Yenisini gönderebilir misiniz?"),
        "Saygılarımla",
        "Gülşen Yılmaz",
        ("Sayın Yılmaz,", "paketiniz ulaştı mı? Pazartesi günü çıktı.", "İyi günler"),
        "{name} <{address}>, 2 Kas 2026 Pzt, 10:05 tarihinde şunu yazdı:",
        "2.11.2026 10:05 tarihinde {name} yazdı:",
        "{name} <{address}> şunları yazdı (2 Kas 2026 10:05):",
        ("Kimden", "Gönderildi", "Kime", "Konu"),
        "2 Kasım 2026 Pazartesi 10:05",
        "iPhone'umdan gönderildi",
        "Android için Outlook’u edinin<https://aka.ms/AAb9ysg>",
        "Özgün İleti",
        "Yönlendirilen ileti",
        "İletilen ileti başlangıcı:",
    ),
    "ru": Tongue(
        "Здравствуйте!",
        ("Посылка пришла 3 ноября, но крышка сломана.", "Номер заказа 4711. Можете прислать новую?"),
        "С уважением",
        "Алёна Королёва",
        ("Уважаемая Алёна!", "Пришла ли ваша посылка? Она ушла в понедельник.", "Всего доброго"),
        "пн, 2 нояб. 2026 г. в 10:05, {name} <{address}>:",
        "02.11.2026 10:05, {name} пишет:",
        "2 нояб. 2026 г., в 10:05, {name} <{address}> написал(а):",
        ("От", "Отправлено", "Кому", "Тема"),
        "2 ноября 2026 г. 10:05",
        "Отправлено с iPhone",
        "Получить Outlook для Android<https://aka.ms/AAb9ysg>",
        "Исходное сообщение",
        "Пересылаемое сообщение",
        "Начало переадресованного сообщения:",
    ),
    "uk": Tongue(
        "Добрий день,",
        (
            "посилка прийшла 3 листопада, але кришка зламана.",
            "Номер замовлення 4711. Чи можете надіслати нову?",
        ),
        "З повагою",
        "Олег Шевченко",
        ("Шановний Олеже,", "чи прийшла ваша посилка? Вона вийшла в понеділок.", "Дякуємо"),
        "пн, 2 лист. 2026 р. о 10:05 {name} <{address}> пише:",
        "02.11.26 10:05, {name} пише:",
        "2 лист. 2026 р. о 10:05 {name} <{address}> написав(-ла):",
        ("Від", "Надіслано", "Кому", "Тема"),
        "2 листопада 2026 р. 10:05",
        "Надіслано з iPhone",
        "Завантажити Outlook для Android<https://aka.ms/AAb9ysg>",
        "Вихідне повідомлення",
        "Пересилане повідомлення",
        "Початок переадресованого повідомлення:",
    ),
    "hu": Tongue(
        "Jó napot!",
        (
            "A csomag november 3-án megjött, de a fedele törött.",
            "A rendelésszámom 4711. Tudnának újat küldeni?",
        ),
        "Üdvözlettel",
        "Szőke Zsófia",
        ("Kedves Zsófia!", "Megérkezett a csomagja? Hétfőn adtuk fel.", "Köszönettel"),
        "{name} <{address}> ezt írta (időpont: 2026. nov. 2., H, 10:05):",
        "2026. 11. 02. 10:05 keltezéssel, {name} írta:",
        "{name} <{address}> írta (2026. nov. 2. 10:05):",
        ("Feladó", "Elküldve", "Címzett", "Tárgy"),
        "2026. november 2., hétfő 10:05",
        "Elküldve az iPhone-omról",
        "Az Outlook letöltése Androidra<https://aka.ms/AAb9ysg>",
        "Eredeti üzenet",
        "Továbbított üzenet",
        "Továbbított üzenet kezdete:",
    ),
    "ja": Tongue(
        "サポートご担当者様",
        (
            "荷物は11月3日に届きましたが、ふたが割れていました。",
            "注文番号は4711です。新しいものを送っていただけますか。",
        ),
        "よろしくお願いいたします。",
        "山田 花子",
        ("山田様", "お荷物は届きましたでしょうか。月曜日に発送しました。", "よろしくお願いいたします。"),
        "2026年11月2日(月) 10:05 {name} <{address}>:",
        "On 2026/11/02 10:05, {name} wrote:",
        "2026/11/02 10:05、{name} <{address}>のメール:",
        ("差出人", "送信日時", "宛先", "件名"),
        "2026年11月2日月曜日 10:05",
        "iPhoneから送信",
        "Outlook for Android を入手<https://aka.ms/AAb9ysg>",
        "元のメッセージ",
        "転送されたメッセージ",
        "転送されたメッセージ:",
    ),
    "zh": Tongue(
        "您好，",
        ("包裹11月3日到了，但是盖子坏了。", "我的订单号是4711。可以再寄一个新的吗？"),
        "谢谢",
        "王小明",
        ("王先生：", "您的包裹到了吗？我们星期一发出的。", "此致敬礼"),
        "{name} <{address}> 于2026年11月2日周一 10:05写道：",
        "在 2026/11/2 10:05, {name} 写道:",
        "在 2026年11月2日，10:05，{name} <{address}> 写道：",
        ("发件人", "发送时间", "收件人", "主题"),
        "2026年11月2日 10:05",
        "发自我的iPhone",
        "获取 Outlook for Android<https://aka.ms/AAb9ysg>",
        "原始邮件",
        "转发的邮件",
        "以下是转发的邮件：",
    ),
    "zh-tw": Tongue(
        "您好：",
        ("包裹11月3日到了，但蓋子壞了。", "我的訂單編號是4711。可以再寄一個新的嗎？"),
        "謝謝",
        "陳美玲",
        ("陳小姐：", "您的包裹到了嗎？我們星期一寄出的。", "敬祝"),
        "{name} <{address}> 於 2026年11月2日 週一 上午10:05寫道：",
        "{name} 於 2026/11/2 上午 10:05 寫道:",
        "{name} <{address}> 於 2026年11月2日 上午10:05 寫道：",
        ("寄件者", "寄件日期", "收件者", "主旨"),
        "2026年11月2日 上午 10:05",
        "從我的 iPhone 傳送",
        "取得 Outlook for Android<https://aka.ms/AAb9ysg>",
        "原始郵件",
        "轉寄的郵件",
        "開始轉寄郵件：",
    ),
    "ko": Tongue(
        "안녕하세요,",
        (
            "소포는 11월 3일에 도착했지만 뚜껑이 깨졌습니다.",
            "주문 번호는 4711입니다. 새것을 보내 주실 수 있나요?",
        ),
        "감사합니다.",
        "김민지",
        ("김민지 고객님,", "소포가 도착했나요? 월요일에 보냈습니다.", "감사합니다."),
        "2026년 11월 2일 (월) 오전 10:05, {name} <{address}>님이 작성:",
        "2026-11-02 오전 10:05에 {name} 이(가) 쓴 글:",
        "2026. 11. 2. 오전 10:05, {name} <{address}> 작성:",
        ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
        "2026년 11월 2일 월요일 오전 10:05",
        "나의 iPhone에서 보냄",
        "Android용 Outlook 다운로드<https://aka.ms/AAb9ysg>",
        "원본 메시지",
        "전달된 메시지",
        "전달된 메시지:",
    ),
    "ar": Tongue(
        "مرحبا،",
        ("وصل الطرد في 3 نوفمبر لكن الغطاء مكسور.", "رقم طلبي 4711. هل يمكنكم إرسال غطاء جديد؟"),
        "مع أطيب التحيات",
        "ليلى حسن",
        ("السيدة ليلى،", "هل وصل الطرد؟ أرسلناه يوم الاثنين.", "شكرا"),
        "في الاثنين، 2 نوفمبر 2026 في 10:05 ص تمت كتابة ما يلي بواسطة \u202a{name}\u202c\u200f <\u202a{address}\u202c\u200f>:",
        "في 2/11/26 10:05، كتب {name}:",
        "في 2 نوفمبر 2026، الساعة 10:05، كتب {name} <{address}>:",
        ("من", "تاريخ الإرسال", "إلى", "الموضوع"),
        "الاثنين، 2 نوفمبر 2026 10:05",
        "أُرسلت من الـ iPhone",
        "الحصول على Outlook لنظام Android<https://aka.ms/AAb9ysg>",
        "الرسالة الأصلية",
        "رسالة معاد توجيهها",
        "بداية الرسالة المعاد توجيهها:",
    ),
    "he": Tongue(
        "שלום,",
        ("החבילה הגיעה ב-3 בנובמבר אבל המכסה שבור.", "מספר ההזמנה שלי 4711. אפשר לשלוח חדש?"),
        "בברכה",
        "נועה לוי",
        ("נועה שלום,", "האם החבילה הגיעה? היא יצאה ביום שני.", "תודה"),
        "\u202bבתאריך יום ב׳, 2 בנוב׳ 2026 ב-10:05 מאת \u202a{name}\u202c\u200f <\u202a{address}\u202c\u200f>:\u202c",
        "בתאריך 02/11/2026 10:05, {name} כתב:",
        "ב-2 בנוב׳ 2026, בשעה 10:05, {name} <{address}> כתב/ה:",
        ("מאת", "נשלח", "אל", "נושא"),
        "יום שני 02 נובמבר 2026 10:05",
        "נשלח מה-iPhone שלי",
        "קבל את Outlook עבור Android<https://aka.ms/AAb9ysg>",
        "הודעה מקורית",
        "הודעה שהועברה",
        "תחילת ההודעה שהועברה:",
    ),
}


@dataclass(frozen=True)
class _Pieces:
    """One customer's reply in one language, in pieces."""

    tongue: Tongue
    own: str
    old: str

    def attribution(self, template: str) -> str:
        return template.format(name=AGENT, address=AGENT_ADDRESS)

    def headers(self, bold: str = "", gap: str = "\n") -> str:
        values = (f"{AGENT} <{AGENT_ADDRESS}>", self.tongue.sent, self.tongue.customer, self.tongue.subject)
        return gap.join(
            f"{bold}{name}:{bold} {value}" for name, value in zip(self.tongue.labels, values, strict=True)
        )

    @property
    def quoted(self) -> str:
        return _quote(self.old)


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def every() -> Iterator[Reply]:
    """Yield every language in every situation."""
    for language, tongue in TONGUES.items():
        own = "\n\n".join((tongue.hello, *tongue.body, f"{tongue.bye}\n{tongue.customer}"))
        pieces = _Pieces(tongue, own, "\n\n".join(tongue.old))
        for name, situation in _SITUATIONS.items():
            for variant, (text, expected) in enumerate(situation(pieces)):
                yield _reply(name, f"{language} {variant}", text, expected)
        for name, page in _PAGES.items():
            yield _mail(name, language, pieces, page(pieces))


_Texts = Iterator[tuple[str, str]]


def _reply(kind: str, name: str, text: str, expected: str) -> Reply:
    return Reply(kind, f"{kind} {name}", text.encode(), expected)


def _mail(kind: str, language: str, pieces: _Pieces, html: str) -> Reply:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = (
        f"{pieces.tongue.customer} <c@customer.example>",
        f"Re: {pieces.tongue.subject}",
    )
    mail.set_content(html, subtype="html")
    return Reply("html", f"{kind} {language}", mail.as_bytes(), pieces.own, is_mail=True)


def _all_attributions(p: _Pieces) -> list[str]:
    return [p.attribution(one) for one in (p.tongue.gmail, p.tongue.thunderbird, p.tongue.apple)]


def _on_top(p: _Pieces) -> _Texts:
    for line in _all_attributions(p):
        yield f"{p.own}\n\n{line}\n{p.quoted}\n", p.own
        yield f"{p.own}\n\n{line}\n\n{p.quoted}\n", p.own
        yield (
            f"{p.own}\n\n\n{fill(line, 60, break_long_words=False, break_on_hyphens=False)}\n\n{p.quoted}\n",
            p.own,
        )


def _without_signs(p: _Pieces) -> _Texts:
    for line in (p.tongue.gmail, p.tongue.apple):
        yield f"{p.own}\n\n{p.attribution(line)}\n\n{p.old}\n", p.own


def _below(p: _Pieces) -> _Texts:
    for line in _all_attributions(p):
        yield f"{line}\n{p.quoted}\n\n{p.own}\n", p.own


def _between(p: _Pieces) -> _Texts:
    first, second = p.tongue.body
    hello, question, bye = p.tongue.old
    for line in _all_attributions(p):
        yield (
            f"{p.tongue.hello}\n\n{line}\n> {hello}\n>\n> {question}\n\n{first}\n\n> {bye}\n\n{second}\n",
            f"{p.tongue.hello}\n\n{first}\n\n{second}",
        )


def _outlook(p: _Pieces) -> _Texts:
    yield f"{p.own}\n\n________________________________\n{p.headers()}\n\n{p.old}\n", p.own
    yield f"{p.own}\n\n{p.headers('*')}\n\n{p.old}\n", p.own
    yield f"{p.own}\n\n{p.headers()}\n\n{p.old}\n\n{p.headers()}\n\n{p.own}\n", p.own
    yield f"{p.own}\n\n-----{p.tongue.original}-----\n{p.headers()}\n\n{p.old}\n", p.own
    yield f"{p.own}\n\n-------- {p.tongue.original} --------\n\n{p.old}\n", p.own
    yield f"{p.own}\n\n{p.headers()}\n\n{p.quoted}\n", p.own


def _device(p: _Pieces) -> _Texts:
    line = p.attribution(p.tongue.apple)
    yield f"{p.own}\n\n{p.tongue.device}\n\n{line}\n\n{p.quoted}\n", p.own
    yield (
        f"{p.own}\n\n{p.tongue.outlook_app}\n________________________________\n{p.headers()}\n\n{p.old}\n",
        p.own,
    )
    yield f"{p.own}\n\n{p.tongue.device}\n", p.own
    yield f"{p.own}\n\n{p.tongue.outlook_app}\n", p.own


def _signature(p: _Pieces) -> _Texts:
    line = p.attribution(p.tongue.gmail)
    card = f"{p.tongue.customer}\nExample GmbH\nTel. +49 30 1234567\nhttps://example.com"
    yield f"{p.own}\n\n-- \n{card}\n\n{line}\n{p.quoted}\n", p.own
    yield f"{p.own}\n--\n{card}\n", p.own
    yield f"{line}\n{p.quoted}\n\n{p.own}\n\n-- \n{card}\n", p.own
    yield f"{p.own}\n\n{card.partition(chr(10))[2]}\n\n{p.headers()}\n\n{p.old}\n", p.own


def _forwarded(p: _Pieces) -> _Texts:
    comment = p.tongue.body[0]
    gmail = f"{comment}\n\n---------- {p.tongue.forwarded} ---------\n{p.headers()}\n\n{p.old}"
    apple = f"{comment}\n\n{p.tongue.begin_forwarded}\n\n{p.headers()}\n\n{p.old}"
    signs = f"{comment}\n\n{p.tongue.begin_forwarded}\n\n{_quote(p.headers())}\n>\n{p.quoted}"
    yield from ((text, text) for text in (gmail, apple, signs))


def _nothing_else(p: _Pieces) -> _Texts:
    for text in (p.quoted, f"{p.headers()}\n\n{p.old}", f"{p.attribution(p.tongue.gmail)}\n\n{p.quoted}"):
        yield text, text


def _no_quotation(p: _Pieces) -> _Texts:
    yield p.own, p.own
    yield p.tongue.body[0], p.tongue.body[0]
    question = f"{p.tongue.hello}\n\n4711:\n- {p.tongue.body[0]}\n- 10:05, 2026\n\n{p.tongue.body[1]}"
    yield question, question


_SITUATIONS: dict[str, Callable[[_Pieces], _Texts]] = {
    "reply above": _on_top,
    "above, no signs": _without_signs,
    "reply below": _below,
    "replies between": _between,
    "outlook": _outlook,
    "sent from": _device,
    "signature": _signature,
    "forwarded": _forwarded,
    "nothing else": _nothing_else,
    "no quotation": _no_quotation,
}


def _paragraphs(text: str) -> str:
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in text.split("\n"))


def _gmail_page(p: _Pieces) -> str:
    line = escape(p.attribution(p.tongue.gmail))
    return (
        f'<div dir="ltr">{_paragraphs(p.own)}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{line}<br></div><blockquote class="gmail_quote" style="margin:0px 0px '
        f'0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{_paragraphs(p.old)}</blockquote></div>'
    )


def _outlook_page(p: _Pieces) -> str:
    headers = "<br>".join(
        f"<b>{one.replace(':', ':</b>', 1)}" for one in map(escape, p.headers().split("\n"))
    )
    own = "".join(
        f'<p class="MsoNormal">{escape(line) or "<o:p>&nbsp;</o:p>"}</p>' for line in p.own.split("\n")
    )
    return (
        f'<html><body><div class="WordSection1">{own}<div style="border:none;border-top:solid #E1E1E1 1.0pt;'
        f'padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">{headers}</p></div>{_paragraphs(p.old)}</div></body></html>'
    )


def _outlook_web_page(p: _Pieces) -> str:
    headers = "<br>".join(
        f"<b>{one.replace(':', ':</b>', 1)}" for one in map(escape, p.headers().split("\n"))
    )
    return (
        f'<div class="elementToProof">{_paragraphs(p.own)}</div><div id="appendonsend"></div>'
        f'<hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">{headers}<div>&nbsp;'
        f"</div></div><div>{_paragraphs(p.old)}</div>"
    )


def _apple_page(p: _Pieces) -> str:
    line = escape(p.attribution(p.tongue.apple))
    return (
        f'<html><body style="overflow-wrap: break-word;">{_paragraphs(p.own)}<br><div id="AppleMailSignature" dir="ltr">'
        f'{escape(p.tongue.device)}</div><div dir="ltr"><br><blockquote type="cite">{line}<br><br></blockquote></div>'
        f'<blockquote type="cite"><div dir="ltr">{_paragraphs(p.old)}</div></blockquote></body></html>'
    )


def _thunderbird_page(p: _Pieces) -> str:
    line = escape(p.attribution(p.tongue.thunderbird))
    card = f"{p.tongue.customer}<br>Example GmbH"
    return (
        f'<body>{_paragraphs(p.own)}<br><pre class="moz-signature" cols="72">-- \n{card}</pre><div '
        f'class="moz-cite-prefix">{line}<br></div><blockquote type="cite" cite="mid:1@example.com">{_paragraphs(p.old)}'
        f"</blockquote></body>"
    )


def _yahoo_page(p: _Pieces) -> str:
    line = escape(p.attribution(p.tongue.gmail))
    return (
        f'<html><body><div class="ydp1yahoo-style-wrap"><div>{_paragraphs(p.own)}</div></div><div id="yahoo_quoted_1" '
        f'class="yahoo_quoted"><div><div>{line}</div><div><br></div><div>{_paragraphs(p.old)}</div></div></div>'
        f"</body></html>"
    )


def _proton_page(p: _Pieces) -> str:
    line = escape(p.attribution(p.tongue.gmail))
    return (
        f'<div style="font-family: Arial;">{_paragraphs(p.own)}</div><div class="protonmail_signature_block"><div '
        f'class="protonmail_signature_block-proton">Sent with <a href="https://proton.me">Proton Mail</a> secure email.'
        f'</div></div><div class="protonmail_quote">{line}<br><blockquote class="protonmail_quote" type="cite">'
        f"{_paragraphs(p.old)}</blockquote></div>"
    )


_PAGES: dict[str, Callable[[_Pieces], str]] = {
    "gmail": _gmail_page,
    "outlook": _outlook_page,
    "outlook web": _outlook_web_page,
    "apple": _apple_page,
    "thunderbird": _thunderbird_page,
    "yahoo": _yahoo_page,
    "proton": _proton_page,
}
