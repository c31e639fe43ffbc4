"""A function of somebody who knows Sym and has never heard of us.

It reads the payload with strict models, and every name in it with the SRN parser of Sym's own
Python SDK. What does not fit raises, and the call fails.
"""

import os
from datetime import datetime
from typing import Any, Dict, List, Optional
from uuid import UUID

from pydantic import BaseModel, Extra
from sym.sdk import SRN


class Name(str):
    """A text that Sym's SDK accepts as one of its resource names."""

    @classmethod
    def __get_validators__(cls):
        yield cls.check

    @classmethod
    def check(cls, text):
        SRN.parse(text)
        return cls(text)


class Identity(BaseModel):
    service: str
    external_id: str

    class Config:
        extra = Extra.allow


class Actor(BaseModel):
    user: Name
    name: str
    username: str
    identity: Identity


class Run(BaseModel):
    srn: Name
    parent: Name
    flow: Name
    actors: Dict[str, Actor]


class Event(BaseModel):
    srn: Name
    type: str
    template: Name
    timestamp: datetime
    channel: str


class Target(BaseModel):
    name: str
    srn: Name
    type: str
    label: str
    settings: Dict[str, str]


class Fields(BaseModel):
    reason: str
    target: Target
    target_id: UUID
    duration: Optional[int]
    deescalate_type: Optional[str]


class State(BaseModel):
    status: str
    errors: List[Any]


class Payload(BaseModel):
    id: UUID
    meta: Dict[str, int]
    state: State
    run: Run
    event: Event
    actor: Actor
    fields: Fields
    type: str


def handler(event, context):
    if not isinstance(event.get("event"), dict):
        return {"allowed": True}
    payload = Payload.parse_obj(event)
    run = SRN.parse(payload.run.srn)
    assert run.model == "run" and UUID(run.identifier)
    assert payload.fields.target.srn.endswith(str(payload.fields.target_id))
    if payload.event.type == "escalate":
        assert payload.fields.duration > 0
    else:
        assert payload.fields.deescalate_type == "scheduled"
    with open(os.environ["FLOW_RECORD"], "a", encoding="utf-8") as record:
        record.write(payload.event.type + " " + payload.run.actors["request"].username + "\n")
    return {"body": {"message": payload.event.type + " done"}, "errors": []}
