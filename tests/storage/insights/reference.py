"""The measures once more, from their sentences, slowly and in plain Python: what the queries are held against."""

import math
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta

from bot.core.model import Action, DeliveryState, Sender, Status
from bot.core.topics import is_courtesy

HOURS_72, DAYS_7 = timedelta(hours=72), timedelta(days=7)
Z = 1.959963984540054


class Reference:
    """Figures of all conversations that began, and all turns whose waiting began, in [since, until).

    With a `topic` and with `who` those of the turns with that article and answered by them,
    and of the conversations with such a turn; of promises, those about it and of theirs who had them.
    `offices` says by channel, in which zone and from when to when (minutes of a weekday) somebody answers.
    """

    def __init__(self, week, since, until, channel, now, offices=None, topic="", who=""):
        self.week, self.since, self.until, self.channel, self.now = week, since, until, channel, now
        self.offices, self.topic, self.who = offices or {}, topic, who
        self._grouped = {}
        for rows in (week.messages, week.drafts, week.decisions, week.deliveries):
            for one in rows:
                self._grouped.setdefault((id(rows), one.conversation_id), []).append(one)
        self._rows = {one.id: one for one in (*week.drafts, *week.decisions, *week.deliveries)}
        self.talks = [t for t in week.conversations if self._in_scope(t, t.created_at) and self._people(t)]
        self.talks = [t for t in self.talks if not (topic or who) or self._matching(t)]

    def _in_scope(self, talk, at):
        return self.since <= at < self.until and self.channel in (None, talk.channel)

    def _recent(self, talk, who=None):
        """Tell whether the filters let through a turn that began, or was waited for, since the period began."""
        waited = {a.turn: since for _, _, since, a in self._waits([talk])}
        began = {m.turn: m.created_at for m in reversed(self._people(talk))}
        return any(waited.get(turn, began[turn]) >= self.since for turn in self._matching(talk, who))

    def _matching(self, talk, who=None):
        """Return the turns of a conversation that the filters let through."""
        topic, who = self.topic, (self.who if who is None else who)
        answers = {a.turn: a for t, _, _, a in self._waits([talk])}
        return [
            turn
            for turn in {m.turn for m in self._people(talk)}
            if (not topic or self.article(talk, turn) == topic)
            and self._is(who, self.agent(answers[turn]) if turn in answers else "")
        ]

    @staticmethod
    def _is(who, name):
        return who in ("", name)

    def article(self, talk, turn):
        """Return the first article of what the policy decided about, "" for none."""
        decided = [d for d in self._of(self.week.decisions, talk) if d.turn == turn and d.actor is None]
        sources = self._rows[decided[-1].draft_id].proposal.sources if decided else ()
        return sources[0].slug if sources else ""

    def agent(self, answer):
        """Return who sent an answer, "" for threadpilot alone."""
        return answer.author

    def _promises(self):
        """Return the promises to conversations about the topic of those who had them."""
        about = {t.id for t in self.week.conversations if not self.topic or self._recent(t, who="")}
        return [
            p for p in self.week.promises if p.conversation_id in about and self._is(self.who, p.assignee)
        ]

    def waiting(self):
        """Return what is open now of the filters' people and topic."""
        opened = (Status.WORKING, Status.WAITING, Status.ESCALATED, Status.UNDELIVERED)
        mine = [t for t in self.week.conversations if t.status in opened and self._is(self.who, t.assignee)]
        mine = [t for t in mine if self.channel in (None, t.channel)]
        return [t for t in mine if not self.topic or self._matching(t, who="")]

    def rested(self):
        """Return how many conversations came to rest in the period, whenever they began."""
        talks = [t for t in self.week.conversations if self.channel in (None, t.channel) and self._people(t)]
        talks = [t for t in talks if not (self.topic or self.who) or self._recent(t)]
        return sum(
            self.since <= self._answers(t)[-1].created_at < self.until for t in talks if self._ended(t)
        )

    def brier(self):
        """Return the mean square by which confidence missed the verdicts, and how many there are."""
        missed = []
        for talk, turn, _ in self._turns():
            policy = [d for d in self._of(self.week.decisions, talk) if d.turn == turn and d.actor is None]
            sure = self._rows[policy[-1].draft_id].proposal if policy else None
            if sure and sure.text:
                missed += [
                    (int(sure.confidence * 1000) / 1000 - v.good) ** 2 for v in self._verdicts(talk, turn)
                ]
        return mean(missed)

    def people(self):
        """Return by person the median wait for first answers, and the share of satisfied, each with its n."""
        waits, scores = defaultdict(list), defaultdict(list)
        for talk, first, since, answer in self._waits():
            if (
                first
                and self._in_scope(talk, since)
                and answer.turn in self._matching(talk)
                and answer.author
            ):
                waits[answer.author].append(answer.created_at - since)
        rated = {r.conversation_id: r.score for r in self.week.ratings}
        for talk in self.talks:
            turns = self._matching(talk)
            authors = {a.author for _, _, _, a in self._waits([talk]) if a.turn in turns} - {""}
            for author in authors if talk.id in rated else ():
                scores[author].append(rated[talk.id] >= 4)
        return {who: times(spans) for who, spans in waits.items()}, {
            who: share(v) for who, v in scores.items()
        }

    def _of(self, rows, talk):
        return self._grouped.get((id(rows), talk.id), [])

    def _people(self, talk):
        said = self._of(self.week.messages, talk)
        return [m for m in said if m.sender is Sender.CUSTOMER and "automatic" not in m.metadata]

    def _answers(self, talk):
        return [m for m in self._of(self.week.messages, talk) if m.sender is not Sender.CUSTOMER]

    def _unanswered(self, talk):
        turns = [m.turn for m in self._answers(talk)]
        return [m for m in self._people(talk) if not turns or m.turn > max(turns)]

    def _ended(self, talk):
        open_ones = [m for m in self._unanswered(talk) if not is_courtesy([m.content])]
        return bool(self._answers(talk)) and not open_ones

    def _escalated(self, talk):
        decided = self._of(self.week.decisions, talk)
        return talk.escalated or Action.ESCALATE in {d.action for d in decided}

    def _repeat_after(self, talk):
        answers = self._answers(talk)
        if not answers:
            return None
        others = [
            other.created_at
            for other in self.week.conversations
            if other.customer_id == talk.customer_id and other.id != talk.id and self._people(other)
        ]
        later = [at for at in others if at > answers[-1].created_at]
        return min(later) - answers[-1].created_at if later else None

    def _reopened_after(self, talk):
        gaps = [
            m.created_at - closed
            for conversation_id, closed in self.week.resolved
            if conversation_id == talk.id
            for m in self._people(talk)
            if m.created_at > closed and not is_courtesy([m.content])
        ]
        return min(gaps) if gaps else None

    def _alone(self, talk, quiet_for):
        people = [d.actor for d in self._of(self.week.decisions, talk) if d.actor]
        people += [m.author for m in self._answers(talk) if m.author]
        rows = self._of(self.week.deliveries, talk)
        lost = rows and rows[-1].state in (DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.BOUNCED)
        if people or talk.assignee or lost or self._escalated(talk) or not self._ended(talk):
            return False
        gaps = [self._repeat_after(talk), self._reopened_after(talk)]
        return all(gap is None or gap > quiet_for for gap in gaps)

    def _waits(self, talks=None):
        """Yield (conversation, first?, since, answer) of every answer that somebody waited for."""
        for talk in self.week.conversations if talks is None else talks:
            done, any_before = 0, False
            for answer in self._answers(talk):
                asked = [m for m in self._people(talk) if done < m.turn <= answer.turn]
                if asked and any(m.turn == answer.turn for m in asked):
                    yield talk, not any_before, asked[0].created_at, answer
                done, any_before = max(done, answer.turn), True

    def _turns(self):
        """Yield (conversation, turn, answer or None) of every turn in which a person wrote, within the scope."""
        answered = {(talk.id, a.turn): (since, a) for talk, _, since, a in self._waits()}
        for talk in self.week.conversations:
            for turn in sorted(self._matching(talk)):
                began = min(m.created_at for m in self._people(talk) if m.turn == turn)
                since, answer = answered.get((talk.id, turn), (began, None))
                if self._in_scope(talk, since):
                    yield talk, turn, answer

    def _how(self, answer):
        row = self._rows[answer.metadata["delivery"]]
        decision = self._rows[row.decision_id]
        if answer.sender is Sender.AI:
            return ("approved" if answer.author else "alone"), row, decision
        how = decision.reasons[0].code
        if how == "edited" and self._rows[row.draft_id].proposal.text.strip() == row.text.strip():
            how = "approved"  # Opened, not changed.
        return how, row, decision

    def figures(self):
        """Return key -> (n, {name: value})."""
        talks, turns = self.talks, list(self._turns())
        waits = [w for w in self._waits() if self._in_scope(w[0], w[2]) and w[3].turn in self._matching(w[0])]
        sent = [self._how(answer) for _, _, answer in turns if answer]
        drafts = [how for how, _, _ in sent if how in ("approved", "edited")]
        rated = {r.conversation_id: r.score for r in self.week.ratings}
        scores = [rated[t.id] for t in talks if t.id in rated]
        answered = [t for t in talks if self._answers(t)]
        verdicts = [v for talk, turn, _ in turns for v in self._verdicts(talk, turn)]
        hows = [(talk, turn, self._how(answer)[0]) for talk, turn, answer in turns if answer]
        approvals = list(self._approvals(turns))
        resolutions = [(t, t.created_at, self._answers(t)[-1].created_at) for t in talks if self._ended(t)]
        promised = [p for p in self._promises() if self._in_scope(p, p.started_at)]
        promised = [p for p in promised if p.breached or p.ended_at]
        return {
            "conversations": (len(talks), {"": len(talks)}),
            "automated": share([self._alone(t, HOURS_72) for t in talks]),
            "durable": share([self._alone(t, DAYS_7) for t in talks]),
            "first_response": times([a.created_at - since for _, first, since, a in waits if first]),
            "next_response": times([a.created_at - since for _, first, since, a in waits if not first]),
            "approval_wait": times([end - begin for _, begin, end in approvals]),
            "resolution": times([end - begin for _, begin, end in resolutions]),
            "first_response_open": self._office_times(
                [(t, s, a.created_at) for t, first, s, a in waits if first]
            ),
            "next_response_open": self._office_times(
                [(t, s, a.created_at) for t, first, s, a in waits if not first]
            ),
            "approval_wait_open": self._office_times(approvals),
            "resolution_open": self._office_times(resolutions),
            "sla": share([not p.breached for p in promised]),
            "false_escalation": share(
                [how == "approved" for talk, turn, how in hows if self._policy(talk, turn) is Action.ESCALATE]
            ),
            "missed_escalation": share(
                [self._missed(talk, turn) for talk, turn, how in hows if how == "alone"]
            ),
            "escalated": share([self._escalated(t) for t in talks]),
            "reopened": share([self._reopened_after(t) is not None for t in talks]),
            "repeated": share([(self._repeat_after(t) or DAYS_7) <= HOURS_72 for t in talks]),
            "edited": share([how == "edited" for how in drafts]),
            "edit_share": mean(
                [self._changed(how, row) for how, row, _ in sent if how in ("approved", "edited")]
            ),
            "csat": share([score >= 4 for score in scores]),
            "response_rate": share([t.id in rated for t in answered]),
            "wrong": share([not v.good for v in verdicts]),
        }

    def _verdicts(self, talk, turn):
        of_turn = {d.id for d in self._of(self.week.drafts, talk) if d.turn == turn}
        return [v for v in self.week.verdicts if v.draft_id in of_turn]

    def _approvals(self, turns):
        for talk, turn, answer in turns:
            policy = [d for d in self._of(self.week.decisions, talk) if d.turn == turn and d.actor is None]
            if answer and policy and policy[-1].action is Action.REVIEW:
                _, _, decision = self._how(answer)
                if decision.actor:
                    yield talk, policy[-1].created_at, decision.created_at

    def _policy(self, talk, turn):
        decided = [d for d in self._of(self.week.decisions, talk) if d.turn == turn and d.actor is None]
        return decided[-1].action if decided else None

    def _missed(self, talk, turn):
        if any(not v.good for v in self._verdicts(talk, turn)):
            return True
        later = sorted({m.turn for m in self._people(talk) if m.turn > turn})[:1]
        escalations = [d for d in self._of(self.week.decisions, talk) if d.action is Action.ESCALATE]
        return any(
            d.turn in [turn, *later] and (d.actor or d.reasons[0].code == "wants_human") for d in escalations
        )

    def _office_times(self, spans):
        return times([self._open_time(talk.channel, begin, end) for talk, begin, end in spans])

    def _open_time(self, channel, begin, end):
        """Count the open time of each day by itself."""
        if channel not in self.offices:
            return end - begin
        zone, opens, closes = self.offices[channel]
        total, day = timedelta(0), begin.astimezone(zone).date() - timedelta(days=1)
        while datetime.combine(day, time(0), zone) < end:
            if day.weekday() < 5:
                first, last = (
                    datetime.combine(day, time(hour), zone).astimezone(UTC) for hour in (opens, closes)
                )
                total += max(timedelta(0), min(last, end) - max(first, begin))
            day += timedelta(days=1)
        return total

    def _changed(self, how, row):
        if how == "approved":
            return 0
        before = self._rows[row.draft_id].proposal.text.split()
        after = row.text.split()
        return int(1000 * edit_distance(before, after) / max(len(before), len(after))) / 1000


def edit_distance(one, two):
    """Count the words to change, by trying everything."""
    known = {}

    def least(i, j):
        if i == len(one) or j == len(two):
            return len(one) - i + len(two) - j
        if (i, j) not in known:
            changed = least(i + 1, j + 1) + (one[i] != two[j])
            known[i, j] = min(changed, least(i + 1, j) + 1, least(i, j + 1) + 1)
        return known[i, j]

    return least(0, 0)


def share(claims):
    return len(claims), ({"": sum(claims) / len(claims)} if claims else {})


def mean(values):
    return len(values), ({"": sum(values) / len(values)} if values else {})


def times(spans):
    """Return the values that so many percent do not exceed, of whole seconds with three digits that count."""
    ordered = sorted(three_digits(span.total_seconds()) for span in spans)
    n = len(ordered)
    return n, {f"p{p}": ordered[math.ceil(n * p / 100) - 1] for p in (50, 90, 95)} if n else {}


def three_digits(seconds):
    whole = str(int(seconds))
    return int(whole[:3] + "0" * (len(whole) - 3))
