"""A message for a chat: JSON of Slack's incoming webhooks, which others understand too.

Nobody is named unless the endpoint says so: a channel has more readers than the hiring team.
"""

import json
from collections.abc import Mapping
from typing import Any

from assay.domain.hiring import EventKind, Verdict
from assay.features.integrations.letters import Letter, Occasion
from assay.features.integrations.messages import EventMessage, ResultPart
from assay.features.integrations.wording import remarks, span

TITLES: Mapping[EventKind, str] = {
    EventKind.INVITED: "Invited",
    EventKind.STARTED: "Started",
    EventKind.SUBMITTED: "Pushed",
    EventKind.FINISHED: "Finished",
    EventKind.EXPIRED: "The invitation was not used in time",
    EventKind.REVOKED: "Withdrawn",
    EventKind.JUDGED: "The result is there",
    EventKind.RELEASED: "The result was released to the candidate",
    EventKind.DECIDED: "Decided",
    EventKind.DELETED: "Deleted",
    EventKind.TESTED: "A test: this channel is told of assessments",
}
VERDICTS: Mapping[Verdict, str] = {
    Verdict.ADVANCE: "goes on",
    Verdict.HOLD: "waits",
    Verdict.REJECT: "does not go on",
}
LETTERS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def write(occasion: Occasion) -> Letter:
    """The message. It has blocks for chats that show them and text for those that do not."""
    message = occasion.message
    title, about = TITLES[message.type], _about(message)
    blocks: list[dict[str, Any]] = [
        {"type": "section", "text": {"type": "mrkdwn", "text": f"*{title}*\n{about}".strip()}},
    ]
    if message.data.assessment:
        link = f"<{message.data.url}|Open in Assay>"
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": link}]})
    text = f"{title}: {about}" if about else title
    return Letter("POST", occasion.endpoint.url, json.dumps({"text": text, "blocks": blocks}))


def who(message: EventMessage) -> str:
    """The candidate: by name where that may be told, else by number."""
    person, sitting = message.data.candidate, message.data.assessment
    if person:
        return person.name or person.email
    return f"Candidate {sitting.number}" if sitting and sitting.number else "A candidate"


def _about(message: EventMessage) -> str:
    sitting = message.data.assessment
    if sitting is None:
        return ""
    place = sitting.position.title if sitting.position else sitting.challenge
    facts = [f"{who(message)}, {place}", *_facts(message)]
    return "".join(LETTERS.get(c, c) for c in " · ".join(facts))


def _facts(message: EventMessage) -> list[str]:
    result, decision = message.data.result, message.data.decision
    if message.type is EventKind.JUDGED and result:
        return [*_score(result), *remarks(result)]
    if message.type is EventKind.DECIDED and decision:
        return [VERDICTS[decision.verdict]]
    return []


def _score(result: ResultPart) -> list[str]:
    if result.weighted is None:
        return []
    interval = span(result)
    return [f"{result.weighted:.1f} of 100" + (f" (95 %: {interval})" if interval else "")]
