-- Mail servers' names are kept in lower case (RFC 4343 §3): messages that wait under another one would never be asked for, nor others found.
UPDATE holds SET server_name = lower(server_name) WHERE server_name <> lower(server_name);
