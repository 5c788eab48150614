#!/usr/bin/env python3
"""render.py DATADIR TOKEN OUT CLASS COPIES NAME: the peers kit's messages as requests to POST /v1/verdicts, in the load client's format.

Every request has a queue id of its own, as in an MTA: NAME and a number; a NAME of - leaves it out. CLASS is S for small messages or A
for all; COPIES times. With DIRECTION=outbound all of them go out: an account of ours sends each, one of fifty.
"""
import json
import os
import struct
import sys
import urllib.parse

data, token, out, wanted, copies, name = sys.argv[1:7]
rows = [row for row in map(json.loads, open(f"{data}/manifest.jsonl")) if wanted == "A" or row["cls"] == wanted]
bodies = [open(f"{data}/{row['file']}", "rb").read() for row in rows]
with open(out, "wb") as blob:
    for copy in range(int(copies)):
        for place, (row, raw) in enumerate(zip(rows, bodies)):
            query = [("client_ip", row["ip"]), ("helo", row["helo"]), ("mail_from", row["mail_from"])]
            if name != "-":
                query.append(("queue_id", f"{name}{copy:X}-{place:X}"))
            query += [("rcpt", each) for each in row["rcpt"]]
            if os.environ.get("DIRECTION") == "outbound":
                query += [("auth_user", f"user{place % 50}@d{place % 10}.host.test"), ("server_name", "mx1"), ("customer", f"c{place % 5}")]
            elif row["user"]:
                query.append(("auth_user", row["user"]))
            if row["tls"]:
                query += [("tls_version", row["tls"]), ("tls_cipher", "TLS_AES_256_GCM_SHA384")]
            head = "\r\n".join([
                "POST /v1/verdicts?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote) + " HTTP/1.1",
                "Host: localhost", f"Authorization: Bearer {token}", "Content-Type: message/rfc822", f"Content-Length: {len(raw)}", "", "",
            ]).encode()
            request = head + raw
            blob.write(row["cls"].encode() + struct.pack("<I", len(request)) + request)
