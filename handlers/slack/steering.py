"""`/cockpit` about settings: what is asked about first, what is changed, and how it stood before."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from blocks import confirming, experiments, replies, steering_words
from blocks.confirming import Pending
from bot.core.certificates import Certified
from bot.core.model import Actor, Channel, Mode
from bot.core.nearest import known
from bot.core.policy import percent
from bot.core.steering.dangers import dangers
from bot.core.steering.experiments import Kind, channel_of, stored
from bot.core.steering.knobs import (
    EVERYWHERE,
    OFF,
    STRICTER,
    WORDS,
    checked,
    split,
    with_topic,
    with_word,
)
from bot.services.settingbook import Change
from handlers.slack import grammar
from handlers.slack import steering_orders as g
from handlers.slack.payloads import Body
from handlers.slack.services import Services

Aim = tuple[str, Channel | None, Any]
_FOUND = 15
# Of these a preview on the channel's own history says what would have happened.
_PREVIEWED = ("auto_above", "mode", "paused", "rollout")


_AIMS: Mapping[type, Callable[[Any], Aim]] = {
    grammar.SetThreshold: lambda order: ("auto_above", order.channel, order.value),
    grammar.SetMode: lambda order: ("mode", order.channel, order.mode),
    grammar.SetRollout: lambda order: ("rollout", order.channel, order.share),
    grammar.SetUndo: lambda order: ("undo", order.channel, order.seconds),
    grammar.SetLimit: lambda order: (order.name, order.channel, order.value),
    grammar.Pause: lambda order: ("paused", order.channel, True),
    grammar.Resume: lambda order: ("paused", order.channel, False),
    g.SetFloor: lambda order: ("escalate_below", order.channel, order.value),
    g.SetCheck: lambda order: ("audit_share", order.channel, order.share),
    g.SetBound: lambda order: (order.name, order.channel, order.value),
}


def aim_of(order: object) -> Aim | None:
    """Return which field of the rules an order sets, where, and to what."""
    aim = _AIMS.get(type(order))
    return aim(order) if aim else None


class SteeringCommands:
    """Changes settings, after asking where a change lets much more go out by itself."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._controls = services.controls

    async def tell(self, asked: g.SteeringQuestion, actor: Actor) -> str:
        """Answer a question."""
        match asked:
            case g.ShowHistory(limit):
                return steering_words.history(await self._controls.history(limit))
            case g.Find(text):
                return await self._find(text, actor)
            case g.Export():
                return await self._services.exchange.handed_to(actor)
            case g.ShowExperiments():
                return experiments.running(await self._services.experiments.running())
            case g.ShowFloors():
                return steering_words.floors(await self._controls.rules())
            case g.ShowChecks():
                return steering_words.checks(await self._controls.rules())
            case g.ShowBounds():
                return steering_words.bounds(await self._controls.rules())

    async def change(self, order: object, actor: Actor, seen: int | None = None) -> str:
        """Change something, and tell what it was before and what is known about it.

        `seen` is the number of the newest change when somebody was asked whether they are sure.
        """
        if isinstance(order, g.StopExperiment):
            reading, changes = await self._services.experiments.stop(order.channel, order.keep_b, actor, seen)
            return "\n".join([experiments.told(reading), replies.changed(actor.id, changes)])
        if isinstance(order, grammar.SetRisk):
            return replies.risks(
                await self._services.quality.set_risk(order.channel, order.wanted, actor, seen)
            )
        changed = await self._change(order, actor, seen)
        shown = await self._previews(aim_of(order)) if isinstance(order, grammar.SetThreshold) else []
        return "\n".join([replies.changed(actor.id, changed), *shown])

    async def _change(self, order: object, actor: Actor, seen: int | None) -> Sequence[Change]:
        match order:
            case g.SetTopic(topic, threshold):
                self._check_topic(topic, threshold)
                return await self._controls.set_topic(topic, threshold, actor, seen=seen)
            case g.SetWord(word, on):
                return await self._controls.set_word(word, on, actor, seen=seen)
            case g.SwitchRule(code, on):
                return await self._controls.switch_rule(code, on, actor, seen=seen)
            case g.StartExperiment(channel, kind, value, share):
                return await self._services.experiments.start(channel, kind, value, share, actor, seen)
            case g.Revert(number):
                return await self._controls.revert(number, actor, seen=seen)
        if aim := aim_of(order):
            return await self._controls.set(*aim, actor, seen=seen)
        raise TypeError(order)

    async def doubts(self, order: object) -> tuple[list[str], list[str]]:
        """Return why an order should be asked about, and what would have happened; nothing for a harmless one."""
        why = await self._dangers(order, await self._aims(order))
        return (why, await self._previews(_aim(order))) if why else ([], [])

    async def _dangers(self, order: object, aims: Sequence[Aim]) -> list[str]:
        if not aims:
            return []
        rules, proven = await self._controls.rules(), await self._proven(aims)
        taken_away = await self._controls.taken_away()
        why = [one for aim in aims for one in dangers(*aim, rules, proven, taken_away)]
        if why and isinstance(order, g.StartExperiment):
            why.append(f"That is for {percent(order.share)} of the conversations, which are variant B.")
        return why

    async def _aims(self, order: object) -> list[Aim]:
        """Return what an order would set, each checked: nobody is asked about what is not possible."""
        match order:
            case g.Revert(number):
                rows = await self._controls.reverting(number)
                return [aim for row in rows if (aim := _aim_of_key(row.key, row.before))]
            case g.StopExperiment(channel, True):
                tried = (await self._services.experiments.reading(channel)).experiment
                return [(tried.field, channel, checked(tried.field, tried.value))]
            case grammar.SetRisk(channel, wanted):
                return await self._aims_of_risk(channel, wanted)
            case g.SetWord() | g.SwitchRule() | g.SetTopic():
                return [await self._aim_everywhere(order)]
        found = _aim(order)
        return [(found[0], found[1], checked(found[0], found[2]))] if found else []

    async def _aims_of_risk(self, channel: Channel | None, wanted: float) -> list[Aim]:
        """Return the promise, and the threshold that would be in force with it."""
        promised = [("risk", channel, checked("risk", wanted))]
        found = await self._services.quality.promising(channel, wanted)
        return [*promised, *(("auto_above", one.channel, one.threshold) for one in found)]

    async def _aim_everywhere(self, order: g.SetWord | g.SwitchRule | g.SetTopic) -> Aim:
        now = next(iter((await self._controls.rules()).values()))
        match order:
            case g.SetWord(word, on):
                return WORDS, None, with_word(now.words, word, on)
            case g.SwitchRule(code, on):
                return OFF, None, self._controls.switched(now.off, code, on)
            case g.SetTopic(topic, threshold):
                self._check_topic(topic, threshold)
                return STRICTER, None, with_topic(now.stricter, topic, threshold)

    def _check_topic(self, topic: str, threshold: float | None) -> None:
        """Refuse a threshold for an article that there is not; one that is gone can still be taken away."""
        if threshold is not None:
            known("article", topic, self._services.shelf.slugs)

    async def _proven(self, aims: Sequence[Aim]) -> set[Channel]:
        if not any(value is Mode.AUTO for _, _, value in aims):
            return set()
        return {r.channel for r in await self._services.quality.risks() if isinstance(r.finding, Certified)}

    async def _previews(self, aim: Aim | None) -> list[str]:
        if aim is None or aim[0] not in _PREVIEWED:
            return []
        name, channel, value = aim
        rules = await self._controls.rules()
        bounds = {c: value if name == "auto_above" else rule.auto_above for c, rule in rules.items()}
        concerned = list(rules) if channel is None else [channel]
        return [replies.replay(await self._services.quality.whatif(one, bounds[one])) for one in concerned]

    async def _find(self, text: str, actor: Actor) -> str:
        found, in_messages = await self._services.insights.find(text, _FOUND, actor)
        client = self._services.client
        links = {o.conversation_id: await client.link_to(o.slack_channel, o.ts) for o in found if o.ts}
        return steering_words.found(text, found, links, named=actor.is_manager, in_messages=in_messages)

    async def ask(self, typed: str, why: Sequence[str], shown: Sequence[str], respond: AsyncRespond) -> None:
        """Ask whoever typed something whether they are sure."""
        said, blocks = confirming.question(why, shown, await self.pending(typed))
        await respond(text=said, blocks=blocks)

    async def pending(self, typed: str) -> Pending:
        """Return what was typed with what its writer has in view."""
        return Pending(typed, await self._controls.newest())

    async def do(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """Do what somebody was asked about."""
        await ack()
        pending = Pending.decode(body["actions"][0].get("value"))
        actor = await self._services.with_rights(Actor(str(body["user"]["id"])))
        told = await self.change(grammar.parse(pending.typed), actor, pending.seen)
        await respond(text=told, replace_original=True)

    async def leave(self, ack: AsyncAck, respond: AsyncRespond) -> None:
        """Change nothing."""
        await ack()
        await respond(text="Nothing was changed.", replace_original=True)


def _aim(order: object) -> Aim | None:
    """Return what an order would set, also where only an experiment's variant B gets it."""
    if isinstance(order, g.StartExperiment) and order.kind is Kind.THRESHOLD:
        return "auto_above", order.channel, order.value
    return aim_of(order)


def _aim_of_key(key: str, value: Any) -> Aim | None:
    name, channel = split(key)
    if channel is not None:
        return name, channel, checked(name, value)
    if (concerned := channel_of(key)) and (tried := stored(concerned, value)):
        return tried.field, concerned, checked(tried.field, tried.value)
    return (key, None, value) if key in EVERYWHERE else None
