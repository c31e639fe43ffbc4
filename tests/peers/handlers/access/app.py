"""A function that gives and takes back access, written against the Lambda contract alone.

It remembers who holds what by run id, in a file beside its record, so that it survives its own
restarts as a real directory would. Every call is recorded, one JSON line each, in the file that
the variable FLOW_RECORD names: that file is what the outside world saw.

  escalate       gives; asked twice with one event id, it answers the same without giving twice
  deescalate     takes back; what is not there is no error
  on_request     the pre-check of a request; risk 10, or as the user name `risky` says
  after_request  told of a request; the answer does not matter
"""

import fcntl
import json
import os
import time

# A person whom the other side refuses, so that a refused escalation can be seen.
REFUSED_USERNAME = "glados"


def handler(event, context):
    record = os.environ["FLOW_RECORD"]
    answer = answer_to(event, record + ".held")
    write_record(record, event, answer, context)
    return answer


def answer_to(event, held_path):
    kind = event.get("event")
    if kind == "on_request":
        return {"allowed": True, "risk": 10, "note": None}
    if kind == "after_request":
        return {"seen": True}
    if not isinstance(kind, dict):
        return {"body": {}, "errors": ["unknown payload: `event` is neither a name nor a map"]}
    run = event["run"]["srn"].split(":")[-1]
    if kind["type"] == "escalate":
        return escalate(event, run, held_path)
    if kind["type"] == "deescalate":
        return deescalate(event, run, held_path)
    return {"body": {}, "errors": ["unknown event type: " + str(kind["type"])]}


def escalate(event, run, held_path):
    person = event["run"]["actors"]["request"]["username"]
    if person == REFUSED_USERNAME:
        return {"body": {}, "errors": [person + " is not trusted with this button"]}
    with held(held_path) as entries:
        entries.setdefault(run, {"person": person, "event": event["id"]})
    target = event["fields"]["target"]["label"]
    return {"body": {"message": person + " may press: " + str(target)}, "errors": []}


def deescalate(event, run, held_path):
    with held(held_path) as entries:
        gone = entries.pop(run, None)
    if gone is None:
        return {"body": {"message": "nothing to take back"}, "errors": []}
    return {"body": {"message": gone["person"] + " may no longer press"}, "errors": []}


class held:
    """The entries of the file, locked while they are looked at and written back afterwards."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.file = open(self.path, "a+", encoding="utf-8")
        fcntl.flock(self.file, fcntl.LOCK_EX)
        self.file.seek(0)
        text = self.file.read()
        self.entries = json.loads(text) if text else {}
        return self.entries

    def __exit__(self, *_):
        self.file.seek(0)
        self.file.truncate()
        json.dump(self.entries, self.file)
        self.file.close()


def write_record(path, event, answer, context):
    line = json.dumps(
        {
            "at": time.time(),
            "function": os.environ.get("AWS_LAMBDA_FUNCTION_NAME"),
            "request_id": getattr(context, "aws_request_id", None),
            "event": event,
            "answer": answer,
        }
    )
    # One write of one line to a file opened for appending: calls side by side do not mix.
    with open(path, "a", encoding="utf-8") as file:
        file.write(line + "\n")
