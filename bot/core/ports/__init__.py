"""What the services need from the outside, as small Protocols. `bot.app` chooses who fulfils them."""
