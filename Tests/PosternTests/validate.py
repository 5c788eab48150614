#!/usr/bin/env python3
"""validate.py CONTRACT ANSWERS: every line of ANSWERS against the schema Verdict of the OpenAPI document."""
import json
import sys

import jsonschema
import yaml

contract = yaml.safe_load(open(sys.argv[1]))
schema = {"$ref": "#/components/schemas/Verdict", "components": contract["components"]}
validator = jsonschema.Draft202012Validator(schema)
bad = count = 0
for line in open(sys.argv[2], encoding="utf-8"):
    count += 1
    for error in validator.iter_errors(json.loads(line)):
        bad += 1
        if bad <= 10:
            print(f"answer {count}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
print(f"{count} answers, {bad} faults")
sys.exit(1 if bad or not count else 0)
