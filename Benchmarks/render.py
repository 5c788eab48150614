#!/usr/bin/env python3
"""render.py DATADIR TOKEN OUT: the peers kit's messages as requests to POST /v1/verdicts, in the load client's format."""
import json
import struct
import sys
import urllib.parse

data, token, out = sys.argv[1:4]
with open(out, "wb") as blob:
    for line in open(f"{data}/manifest.jsonl"):
        row = json.loads(line)
        raw = open(f"{data}/{row['file']}", "rb").read()
        # The queue id is left out: a set that is sent again and again would otherwise be one verdict a message.
        query = [("client_ip", row["ip"]), ("helo", row["helo"]), ("mail_from", row["mail_from"])]
        query += [("rcpt", each) for each in row["rcpt"]]
        if row["user"]:
            query.append(("auth_user", row["user"]))
        if row["tls"]:
            query += [("tls_version", row["tls"]), ("tls_cipher", "TLS_AES_256_GCM_SHA384")]
        head = "\r\n".join([
            "POST /v1/verdicts?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote) + " HTTP/1.1",
            "Host: localhost", f"Authorization: Bearer {token}", "Content-Type: message/rfc822", f"Content-Length: {len(raw)}", "", "",
        ]).encode()
        request = head + raw
        blob.write(row["cls"].encode() + struct.pack("<I", len(request)) + request)
