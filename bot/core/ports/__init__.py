"""What the services need from the outside, as small Protocols. `bot.wiring` chooses who fulfils them."""
