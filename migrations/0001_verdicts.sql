-- The history of verdicts, one partition a day, cut by id: ids are UUIDs of version 7, so they sort by time, and a look-up by id
-- goes to one partition. Every key begins with the tenant.

CREATE TABLE tenants (
    tenant_id   text        NOT NULL PRIMARY KEY,
    name        text        NOT NULL DEFAULT '',
    settings    jsonb       NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT now()
);

INSERT INTO tenants (tenant_id, name) VALUES ('default', 'Default');

CREATE TABLE verdicts (
    tenant_id          text             NOT NULL,
    id                 uuid             NOT NULL,
    received_at        timestamptz      NOT NULL,
    action             text             NOT NULL CHECK (action IN ('accept', 'tag', 'quarantine', 'hold', 'defer', 'reject')),
    class              text             NOT NULL CHECK (class IN ('spam', 'legitimate', 'unknown')),
    direction          text             NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    score              double precision NOT NULL,
    size               bigint           NOT NULL,
    client_ip          inet             NOT NULL,
    digest             bytea            NOT NULL,      -- SHA-256 of the message with CRLF line ends
    helo               text,
    mail_from          text,                           -- null without a MAIL command, empty for the null reverse-path
    sender_domain      text,
    auth_user          text,
    queue_id           text,
    server_name        text,
    message_id         text,
    subject            text,
    recipients         text[]           NOT NULL,
    recipient_domains  text[]           NOT NULL,
    domains            text[]           NOT NULL,      -- author, sender, HELO and link domains
    codes              text[]           NOT NULL,      -- the codes of the findings
    envelope           jsonb            NOT NULL,
    findings           jsonb            NOT NULL,
    evidence           jsonb            NOT NULL,
    decision           jsonb            NOT NULL,
    PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);

-- Takes what no day's partition does, so that a clock that jumped loses no verdict.
CREATE TABLE verdicts_default PARTITION OF verdicts DEFAULT;

CREATE INDEX verdicts_id         ON verdicts (id);
CREATE INDEX verdicts_action     ON verdicts (tenant_id, action, id) WHERE action <> 'accept';
CREATE INDEX verdicts_mail_from  ON verdicts (tenant_id, mail_from, id);
CREATE INDEX verdicts_client_ip  ON verdicts (client_ip);
CREATE INDEX verdicts_auth_user  ON verdicts (tenant_id, auth_user, id) WHERE auth_user IS NOT NULL;
CREATE INDEX verdicts_queue_id   ON verdicts USING hash (queue_id)      WHERE queue_id IS NOT NULL;
CREATE INDEX verdicts_message_id ON verdicts USING hash (message_id)    WHERE message_id IS NOT NULL;
CREATE INDEX verdicts_lists      ON verdicts USING gin (recipients, recipient_domains, domains, codes)
    WITH (gin_pending_list_limit = 1024);   -- in kB: what waits to be sorted in stays small, so that no single commit pays for much of it

-- The verdict that stands for a message, by the MTA's name for it and its digest: an MTA that asks again within 24 hours gets the
-- same one. One row for each message, so that the database itself sees to it that only one caller wins, on whatever node.
CREATE TABLE recent_messages (
    tenant_id    text        NOT NULL,
    queue_id     text        NOT NULL,
    digest       bytea       NOT NULL,
    verdict_id   uuid        NOT NULL,
    action       text        NOT NULL,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, queue_id, digest)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX recent_messages_received_at ON recent_messages (received_at);
