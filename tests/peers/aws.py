"""Calls of the AWS API, one JSON line in, one JSON line out.

Request:  {"key": K, "secret": S, "token": T or null, "region": R,
           "service": "iam", "call": "create_user", "args": {...}}
Answer:   {"ok": {...}} or {"error": {"code": ..., "message": ..., "status": ...}}

In `args`, {"$zip": {"name": "text", ...}} becomes the bytes of a zip file whose entry `bootstrap`
may be executed, and {"$text": "..."} the bytes of a text. Bytes in an answer become text.
The endpoint is the only argument of the program.
"""

import io
import json
import sys
import zipfile

import botocore.config
import botocore.exceptions
import botocore.session

ONE_TRY = botocore.config.Config(
    retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60
)


def main():
    endpoint = sys.argv[1]
    clients = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = {"ok": call(endpoint, clients, request)}
        except botocore.exceptions.ClientError as error:
            said = error.response
            reply = {
                "error": {
                    "code": said["Error"]["Code"],
                    "message": said["Error"]["Message"],
                    "status": said["ResponseMetadata"]["HTTPStatusCode"],
                }
            }
        except Exception as error:  # Every failure is an answer: the caller waits for a line.
            reply = {
                "error": {"code": type(error).__name__, "message": str(error), "status": 0}
            }
        print(json.dumps(reply, default=plain), flush=True)


def call(endpoint, clients, request):
    identity = (request["service"], request["region"], request["key"], request.get("token"))
    if identity not in clients:
        clients[identity] = botocore.session.get_session().create_client(
            request["service"],
            region_name=request["region"],
            endpoint_url=endpoint,
            aws_access_key_id=request["key"],
            aws_secret_access_key=request["secret"],
            aws_session_token=request.get("token"),
            config=ONE_TRY,
        )
    method = getattr(clients[identity], request["call"])
    answer = method(**{name: decode(value) for name, value in request["args"].items()})
    answer.pop("ResponseMetadata", None)
    return answer


def decode(value):
    if isinstance(value, dict) and set(value) == {"$zip"}:
        return zip_of(value["$zip"])
    if isinstance(value, dict) and set(value) == {"$text"}:
        return value["$text"].encode()
    if isinstance(value, dict):
        return {name: decode(inner) for name, inner in value.items()}
    return value


def zip_of(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in sorted(files.items()):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o755 if name == "bootstrap" else 0o644) << 16
            archive.writestr(entry, text)
    return packed.getvalue()


def plain(value):
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


if __name__ == "__main__":
    main()
