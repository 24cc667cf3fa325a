"""A working day at the demo shop: customers who write on every channel, and five agents who answer in Slack.

Everybody acts as people do, through the stand-ins: customers by SMTP, chat socket, phone and Zendesk, agents by
pressing what their cards offer. What became of each question is counted where the customers are, not where the
product is.
"""
