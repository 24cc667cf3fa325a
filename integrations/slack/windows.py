"""The windows that stand open in Slack, changed while somebody writes in them."""

from blocks import writing
from blocks.ids import Target
from blocks.writing import Around
from bot.core.model import Case
from bot.core.ports.desk_work import News, Writing
from integrations.slack.client import OpenView, SlackClient


class SlackWindows:
    """Implements `bot.core.ports.desk_work.Windows`."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def tell(self, written: Writing, case: Case, news: News) -> None:
        """Show news above what was typed: Slack keeps that, for its inputs stay the same."""
        on = Target(written.conversation_id, case.conversation.turn)
        view = writing.window(case, written.parts, on, _around(news, case))
        # Without a hash: what matters is what happened, whichever state the window is in.
        await self._client.update_view(OpenView(written.view_id, ""), view)


def _around(news: News, case: Case) -> Around:
    if news.wrote_again:
        return Around(news=writing.wrote_again(case), title="The customer wrote again")
    who = f"<@{news.by}> has" if news.by else "threadpilot has"
    return Around(
        news=writing.somebody_sent(f"{who} answered meanwhile:", news.answer), title="Somebody was faster"
    )
