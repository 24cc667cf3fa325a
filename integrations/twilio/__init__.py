"""Twilio: text messages, WhatsApp and phone calls."""
