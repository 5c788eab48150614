"""validate.py CONTRACT EXCHANGES: whether every answer is one that the contract promises.

Each line of EXCHANGES is a JSON object: route ("GET /v1/tokens"), status, type, header (names in lower case), body.
Exit 0: all are; 1: some are not, and which; 77: the modules this needs are not installed.
"""
import functools
import json
import sys

try:
    import jsonschema
    import yaml
except ImportError:
    sys.exit(77)

contract = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))


def resolved(node):
    while isinstance(node, dict) and "$ref" in node:
        target = contract
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


@functools.lru_cache
def validator(route, status, media):
    method, path = route.split(" ")
    response = resolved(contract["paths"][path][method.lower()]["responses"].get(status))
    schema = {"$ref": "#/components/schemas/Here", "components": {"schemas": {**contract["components"]["schemas"], "Here": response["content"][media]["schema"]}}}
    return jsonschema.Draft202012Validator(schema)


def trouble(exchange):
    method, path = exchange["route"].split(" ")
    responses = contract["paths"][path][method.lower()]["responses"]
    response = resolved(responses.get(str(exchange["status"])))
    if response is None:
        return "the contract has no such status"
    for name in response.get("headers", {}):
        if name.lower() not in exchange["header"] and name != "Accept-Post":
            return f"the field {name} is not there"
    content = response.get("content")
    if content is None:
        return None if exchange["body"] == "" else "the contract has no body"
    media = content.get(exchange["type"].split(";")[0])
    if media is None:
        return f"the contract has no {exchange['type']}"
    if not exchange["type"].split(";")[0].endswith("json"):
        return None
    judge = validator(exchange["route"], str(exchange["status"]), exchange["type"].split(";")[0])
    errors = list(judge.iter_errors(json.loads(exchange["body"])))
    return "; ".join(f"{error.json_path}: {error.message}" for error in errors[:3]) or None


failed = 0
for line in open(sys.argv[2], encoding="utf-8"):
    exchange = json.loads(line)
    problem = trouble(exchange)
    if problem:
        failed += 1
        print(f"{exchange['route']} {exchange['status']}: {problem}")
sys.exit(1 if failed else 0)
