"""Block Kit through slackblocks: its types check every limit, and only plain dictionaries leave this folder.

All mrkdwn is `verbatim`: Slack must not turn a customer's bare `@here` or address into something live.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from slackblocks import (
    ActionsBlock,
    Block,
    Button,
    CheckboxGroup,
    ConfirmationDialogue,
    ContextBlock,
    DateTimePicker,
    DispatchActionConfiguration,
    DividerBlock,
    Element,
    ExternalSelectMenu,
    HeaderBlock,
    HomeTabView,
    InputBlock,
    Message,
    ModalView,
    Option,
    OverflowMenu,
    PlainTextInput,
    SectionBlock,
    StaticSelectMenu,
    Text,
    TextType,
    UserSelectMenu,
)

from blocks import text
from blocks.ids import MORE, Target, encode_choice

_LINE_MAX = 320

Json = dict[str, Any]
Style = Literal["primary", "danger"]


def _mrkdwn(content: str) -> Text:
    return Text(content, verbatim=True)


def plain(content: str, *, emoji: bool = False) -> Text:
    return Text(content, type_=TextType.PLAINTEXT, emoji=emoji)


def header(name: str, content: str) -> Block:
    return HeaderBlock(plain(text.cut(content, text.HEADER_MAX)), block_id=name)


def context(name: str, content: str) -> Block:
    return ContextBlock([_mrkdwn(text.cut_marked(content, text.CONTEXT_MAX))], block_id=name)


def section(name: str, content: str) -> Block:
    return SectionBlock(_mrkdwn(content), block_id=name)


def with_menu(
    name: str, content: str, action_id: str, target: Target, choices: Sequence[tuple[str, str]]
) -> Block:
    """Return a section with a menu of its own beside it."""
    options = [Option(plain(label), encode_choice(choice, target)) for label, choice in choices]
    return SectionBlock(_mrkdwn(content), block_id=name, accessory=OverflowMenu(action_id, options))


def with_button(name: str, content: str, label: str, action_id: str, value: str, confirm: str = "") -> Block:
    """Return a section with a button beside it, which asks first where there is something to `confirm`."""
    beside = Button(plain(label), action_id, value=value, confirm=_asking(label, confirm))
    return SectionBlock(_mrkdwn(content), block_id=name, accessory=beside)


def line_input(name: str, action_id: str, label: str, hint: str) -> Block:
    """Return an input of one line."""
    field = PlainTextInput(action_id, max_length=_LINE_MAX, focus_on_load=True)
    return InputBlock(plain(label), field, block_id=name, hint=plain(hint))


def fields(name: str, contents: Sequence[str]) -> Block:
    """Return a section of short texts, two beside each other; at most ten."""
    return SectionBlock(fields=[_mrkdwn(content) for content in contents], block_id=name)


def sections(name: str, parts: Iterable[str]) -> list[Block]:
    """Return one section per part, named `name`, `name-2`, `name-3` and so on."""
    return [section(name if n == 1 else f"{name}-{n}", part) for n, part in enumerate(parts, 1)]


def divider(name: str) -> Block:
    return DividerBlock(block_id=name)


def button(
    label: str, action_id: str, target: Target, style: Style | None = None, confirm: str = ""
) -> Element:
    """Return a button that acts on `target`, after asking where there is something to `confirm`."""
    return Button(
        plain(label), action_id, value=target.encode(), style=style, confirm=_asking(label, confirm)
    )


def value_button(label: str, action_id: str, value: str, style: Style | None = None) -> Element:
    """Return a button that carries a value of its own."""
    return Button(plain(label), action_id, value=value, style=style)


def link_button(label: str, action_id: str, url: str, style: Style | None = None) -> Element:
    """Return a button that leads somewhere."""
    return Button(plain(text.cut(label, text.OPTION_MAX)), action_id, url=url, style=style)


def with_link(name: str, content: str, label: str, action_id: str, url: str) -> Block:
    """Return a section with a button beside it that leads somewhere."""
    return SectionBlock(_mrkdwn(content), block_id=name, accessory=link_button(label, action_id, url))


def _asking(label: str, warning: str) -> ConfirmationDialogue | None:
    if not warning:
        return None
    return ConfirmationDialogue(plain("Are you sure?"), plain(warning), plain(label), plain("Cancel"))


def overflow(target: Target, choices: Sequence[tuple[str, str]]) -> Element:
    """Return the menu of what is done less often: pairs of label and action id."""
    return OverflowMenu(
        MORE, [Option(plain(label), encode_choice(choice, target)) for label, choice in choices]
    )


def actions(name: str, elements: Sequence[Element]) -> Block:
    return ActionsBlock(list(elements), block_id=name)


def text_input(
    name: str,
    action_id: str,
    label: str,
    *,
    initial: str = "",
    hint: str = "",
    optional: bool = False,
    focus: bool = False,
    multiline: bool = True,
    live: bool = False,
    longest: int = text.SECTION_MAX,
) -> Block:
    """Return an input; of a `live` one we hear while somebody types."""
    field = PlainTextInput(
        action_id,
        initial_value=initial or None,
        multiline=multiline,
        max_length=longest,
        focus_on_load=focus,
        dispatch_action_config=DispatchActionConfiguration("on_character_entered") if live else None,
    )
    return InputBlock(
        plain(label),
        field,
        block_id=name,
        hint=plain(hint) if hint else None,
        optional=optional,
        dispatch_action=live,
    )


def search_menu(action_id: str, placeholder: str) -> Element:
    """Return a list that is searched as somebody types; we are asked for its entries."""
    return ExternalSelectMenu(action_id, min_query_length=0, placeholder=plain(placeholder))


def menu(action_id: str, placeholder: str, choices: Sequence[tuple[str, str]]) -> Element:
    """Return a list to choose from at once: pairs of label and value."""
    options = [Option(plain(text.cut(shown, text.OPTION_MAX)), value) for shown, value in choices]
    return StaticSelectMenu(action_id, options=options, placeholder=plain(placeholder))


def options(found: Sequence[tuple[str, str]]) -> list[Json]:
    """Return entries for such a list: pairs of label and value."""
    return [
        {"text": {"type": "plain_text", "text": text.cut(label, text.OPTION_MAX)}, "value": value}
        for label, value in found
    ]


def moment_input(name: str, action_id: str, label: str) -> Block:
    """Return a choice of a day and a time, in the reader's zone; nothing is chosen before somebody does."""
    return InputBlock(plain(label), DateTimePicker(action_id), block_id=name, optional=True)


def user_input(
    name: str, action_id: str, label: str, *, initial: str | None = None, optional: bool = False
) -> Block:
    """Return a choice of one person in Slack; `initial` is who is chosen already."""
    return InputBlock(
        plain(label), UserSelectMenu(action_id, initial_user=initial), block_id=name, optional=optional
    )


def tick_box(name: str, action_id: str, label: str, choice: str, *, ticked: bool = True) -> Block:
    """Return a box to tick; its value is its action id."""
    option = Option(plain(choice), action_id)
    field = CheckboxGroup(action_id, [option], initial_options=[option] if ticked else None)
    return InputBlock(plain(label), field, block_id=name, optional=True)


def select_input(
    name: str,
    action_id: str,
    label: str,
    choices: Sequence[tuple[str, str]],
    *,
    optional: bool = True,
    initial: str | None = None,
) -> Block:
    """Return a list to choose from: pairs of label and value; `initial` is the value that is chosen already."""
    options = [Option(plain(text.cut(shown, text.OPTION_MAX)), value) for shown, value in choices]
    chosen = next((option for option in options if option.value == initial), None)
    field = StaticSelectMenu(action_id, options=options, initial_option=chosen)
    return InputBlock(plain(label), field, block_id=name, optional=optional)


def message(blocks: Sequence[Block]) -> list[Json]:
    """Check the blocks as a message's and return them as plain dictionaries."""
    return list(Message(channel="C0", text="", blocks=list(blocks)).to_dict()["blocks"])


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback_id: str,
    submit: str | None = None,
    metadata: str = "",
    watched: bool = False,
) -> Json:
    """Check the blocks as a modal's and return the view; of a `watched` one we hear when it is closed."""
    view = ModalView(
        plain(title),
        list(blocks),
        close=plain("Cancel" if submit else "Close"),
        submit=plain(submit) if submit else None,
        private_metadata=metadata,
        callback_id=callback_id,
        notify_on_close=watched,
    )
    return dict(view.to_dict())


def home(blocks: Sequence[Block]) -> Json:
    """Check the blocks as an App Home's and return the view."""
    return dict(HomeTabView(list(blocks)).to_dict())
