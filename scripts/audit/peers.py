"""Other programs that use AWS's files, for the audit: one JSON request a line, one JSON answer a line."""

import builtins
import json
import os
import sys
import time
from datetime import datetime, timezone
from types import SimpleNamespace

import botocore.configloader
import botocore.exceptions
from awscli.customizations.configure import writer as aws_writer


def parse(request):
    """Writes a text to a file and returns what botocore reads, or null if botocore refuses it."""
    with open(request["path"], "w", encoding="utf-8", newline="") as file:
        file.write(request["text"])
    try:
        return {
            "sections": botocore.configloader.raw_config_parse(request["path"]),
            "profiles": botocore.configloader.load_config(request["path"])["profiles"],
        }
    except botocore.exceptions.ConfigParseError:
        return None


def aws_write(request):
    """Writes a key as `aws configure set` does, and waits `hold` seconds between emptying the file and writing it."""

    def held_open(path, mode="r", *args, **kwargs):
        file = builtins.open(path, mode, *args, **kwargs)
        if "w" in mode:
            time.sleep(request["hold"])
        return file

    aws_writer.open = held_open
    values = {"__section__": request["section"], request["key"]: request["value"]}
    aws_writer.ConfigFileWriter().update_config(values, request["path"])
    return True


def google_auth_write(request):
    """Writes a profile to both files as aws-google-auth does."""
    os.environ["AWS_CONFIG_FILE"] = request["config"]
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = request["credentials"]
    from aws_google_auth.configuration import Configuration

    tool = Configuration()
    tool.profile = request["profile"]
    tool.region = "us-east-1"
    tool.write(
        SimpleNamespace(
            access_key_id=request["value"],
            secret_access_key="secret",
            session_token="token",
            expiration=datetime(2030, 1, 2, tzinfo=timezone.utc),
        )
    )
    return True


REQUESTS = {"parse": parse, "aws": aws_write, "google-auth": google_auth_write}

print(json.dumps(True), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(REQUESTS[request["do"]](request)), flush=True)
