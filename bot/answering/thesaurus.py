"""Words that mean the same to a customer of a shop: what a general model of the language would know.

Each line of `GROUPS` is one meaning, named by its first word. `PHRASES` turns several words into the one word
that the articles would use. Both are applied to questions and articles alike.
"""

import re

GROUPS = """parcel package shipment box packet consignment carton delivery
ship send deliver dispatch despatch courier carrier arrive
postage shipping delivery
refund reimburse repay money moneyback
return
cancel undo withdraw abort revoke stop drop
repair mend fix patch workshop seamstress
invoice bill receipt
break damage crack smash defect faulty dent shatter scratch split snap rip tear hole shard chip
exchange swap switch trade replace
warranty guarantee
track trace locate whereabouts
status progress
password login credentials passcode
account profile login
late delay overdue behind slow
lose miss disappear vanish
steal theft thief
voucher coupon code promo
giftcard voucher present
discount reduction cheaper percent reduce rebate deal offer
cost price fee charge expensive rate pay
pay payment checkout purchase
tax vat customs duty tariff import
student university college apprentice campus study pupil
colour color shade
assemble build construct screw install
instruction manual guide leaflet
delete remove erase close wipe
data information personal privacy
newsletter mailing subscribe unsubscribe subscription marketing
pickup collect fetch collection
card visa mastercard amex
instalment installment klarna afterpay
twice double duplicate two
point loyalty bonus reward member membership club programme program
stock available restock unavailable
phone telephone call ring number hotline
contact reach
business company firm wholesale corporate trade bulk quantity reseller
wrong incorrect mistaken mistake different
size fit measure small large
wash clean launder laundry washing
battery powerbank batteries lithium
safe safety recall hazard dangerous danger
express overnight fast urgent priority tomorrow
complain complaint grievance unhappy dissatisfied
buy purchase order
reserve hold block authorise authorization
preorder prelaunch
address street postcode zip
wait expect
time long days
email mail inbox
spare part replacement component
wrap wrapping package packaging
waste rubbish trash bin dispose recycle
match beat""".splitlines()

# Goods are items, and places lie in countries: whoever asks about Vienna asks about the EU. Blank lines divide.
_LONG = """\
item product article goods thing stuff lamp lantern torch mug cup glass plate bowl teapot kettle pot pan flask
bottle blanket pillow jacket coat fleece sweater shirt trousers pants shoes boots socks gloves hat cap beanie
scarf backpack rucksack bag tent stove chair table bench shelf bookcase cupboard wardrobe desk sofa clock vase
towel

germany german berlin munich hamburg cologne frankfurt stuttgart leipzig bremen dresden

netherlands holland dutch amsterdam utrecht rotterdam hague eindhoven groningen leiden haarlem

belgium belgian brussels antwerp ghent bruges liege

britain uk england scotland wales london kingdom manchester birmingham leeds glasgow edinburgh cardiff bristol
liverpool belfast

ireland irish dublin cork galway limerick

france french paris lyon marseille nice toulouse bordeaux

spain spanish madrid barcelona valencia seville malaga

italy italian rome milan turin naples bologna florence venice

usa america us states alabama alaska arizona california carolina chicago colorado boston brooklyn dallas denver
florida georgia hawaii houston idaho illinois iowa kansas kentucky maine michigan minnesota montana nevada ohio
oregon pennsylvania philadelphia phoenix portland seattle tennessee texas utah vermont virginia wisconsin york

eu europe european austria austrian vienna salzburg graz belgium brussels antwerp ghent bulgaria sofia croatia
zagreb cyprus czech prague brno denmark copenhagen aarhus estonia tallinn finland helsinki france paris lyon
marseille nice toulouse bordeaux greece athens thessaloniki hungary budapest ireland dublin cork galway limerick
italy rome milan turin naples bologna florence venice latvia riga lithuania vilnius luxembourg malta poland
warsaw krakow gdansk portugal lisbon porto romania bucharest slovakia bratislava slovenia ljubljana spain madrid
barcelona valencia seville malaga sweden stockholm gothenburg malmo"""
GROUPS += [" ".join(group.split()) for group in _LONG.split("\n\n")]

_PHRASES = (
    (r"(?:money|cash) back|(?:my|the) money(?: back)?", "refund"),
    (r"(?:send|sent|give|bring|take|ship|mail|post)(?:ing)? (?:(?:the|my|an?) )?(?:\w+ )?back", "return"),
    (r"gift ?(?:card|voucher|certificate)s?|present cards?", "giftcard"),
    (r"(?:sign|log)(?:ged|ging)?[ -](?:in|on|into)\b", "login"),
    (r"(?:sold|run|ran) out|out of stock|back in stock|in stock|again available|available again", "restock"),
    (r"pre[ -]order(?:s|ed|ing)?", "preorder"),
    (r"power ?banks?", "powerbank"),
    (r"(?:pick|picked|picking)[ -]?up|click (?:and|&|n) collect", "pickup"),
    (r"(?:two|2|second) times|2 ?x|two charges|charged again", "twice"),
    (r"put(?:ting)? (?:it |them |the \w+ )?together|set(?:ting)? (?:it |the \w+ )up", "assemble"),
    (r"t[uo]rn(?:s|ed)? up|show(?:s|n|ed)? up|com(?:e|es|ing) (?:today|tomorrow|next)", "arrive"),
    (r"united kingdom|great britain|\bu\.k\.?", "uk"),
    (r"united states|\bu\.s\.?(?:a\.?)?", "usa"),
    (r"no longer need(?:ed)?|(?:don'?t|do not) (?:want|need) (?:it|this|them) any ?more", "cancel"),
    (r"chang(?:ed|e) (?:my|our) mind", "cancel"),
    (r"(?:not|never|hasn'?t|didn'?t|isn'?t|doesn'?t|won'?t) (?:work|turn on|start|charge)(?:s|ing)?", "faulty"),
    (r"where(?:'?s| is| are) my (?:order|parcel|package|stuff|delivery|things)", "track order"),
    (r"how much (?:is|does|do|are|for)", "cost"),
    (r"(?:one|a) (?:size|number) (?:bigger|smaller|larger|shorter|longer|up|down)", "exchange size"),
)  # fmt: skip
PHRASES = tuple((re.compile(rf"\b(?:{pattern})(?!\w)"), f" {word} ") for pattern, word in _PHRASES)
# Most texts have none of them, and one look is faster than twenty.
ANY_PHRASE = re.compile(rf"\b(?:{'|'.join(pattern for pattern, _ in _PHRASES)})(?!\w)")
