-- Reports to the owners of domains, and reports that came for ours. Every key begins with the tenant.

-- The days whose reports are made, each by one node. Days are those of UTC; a message belongs to the day of its verdict's id.
CREATE TABLE report_days (
    tenant_id    text        NOT NULL,
    day          date        NOT NULL,
    lease_id     uuid,                                 -- who is at it
    lease_until  timestamptz,
    gathered_at  timestamptz,                          -- when report_rows was filled for it
    done_at      timestamptz,
    PRIMARY KEY (tenant_id, day)
);

CREATE INDEX report_days_open ON report_days (day, tenant_id) WHERE done_at IS NULL;

-- The messages of a day under work, counted where they are alike; made of the verdicts in one go, and gone when the day is done.
CREATE TABLE report_rows (
    tenant_id      text     NOT NULL,
    day            date     NOT NULL,
    policy_domain  text     NOT NULL,
    place          bigint   NOT NULL,                  -- the most frequent first
    messages       bigint   NOT NULL,
    last_id        uuid     NOT NULL,                  -- the latest verdict among them
    client_ip      inet     NOT NULL,
    envelope_from  text,
    envelope_to    text,                               -- null where there were recipients of several domains
    action         text     NOT NULL,
    outcome        jsonb    NOT NULL,                  -- evidence of DMARC, the same for all of them
    PRIMARY KEY (tenant_id, day, policy_domain, place)
);

-- What is to be sent. A report is made once, whatever is tried again: its document and its id do not change.
CREATE TABLE reports_outbox (
    tenant_id        text        NOT NULL,
    id               uuid        NOT NULL,             -- of version 7
    policy_domain    text        NOT NULL,
    begins_at        timestamptz NOT NULL,
    ends_at          timestamptz NOT NULL,
    destination      text        NOT NULL,             -- a mailbox of rua=
    destination_key  text        NOT NULL,             -- in lower case: by this it is told from others
    report_id        text        NOT NULL,
    state            text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'withheld', 'unknown')),
    attempts         integer     NOT NULL DEFAULT 0,
    next_attempt_at  timestamptz NOT NULL,
    lease_id         uuid,
    lease_until      timestamptz,
    last_reply       text        NOT NULL DEFAULT '',  -- what was said last, or why it was not sent
    xml_gz           bytea       NOT NULL,
    created_at       timestamptz NOT NULL,
    ended_at         timestamptz,                      -- when it was sent, or given up
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, policy_domain, begins_at, destination_key)
) WITH (fillfactor = 80);

-- It is gzip already.
ALTER TABLE reports_outbox ALTER COLUMN xml_gz SET STORAGE EXTERNAL;

CREATE INDEX reports_outbox_due     ON reports_outbox (next_attempt_at) WHERE state = 'pending';
CREATE INDEX reports_outbox_sending ON reports_outbox (lease_until)     WHERE state = 'sending';
CREATE INDEX reports_outbox_ended   ON reports_outbox (ended_at)        WHERE ended_at IS NOT NULL;

-- Mailboxes that did not take a report: nothing goes there for a while.
CREATE TABLE report_destinations (
    tenant_id         text        NOT NULL,
    destination       text        NOT NULL,            -- in lower case
    refusals          integer     NOT NULL,            -- since it last took one
    suppressed_until  timestamptz NOT NULL,
    reason            text        NOT NULL,
    refused_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, destination)
);

-- Reports that came for a tenant's domains, each once.
CREATE TABLE received_reports (
    tenant_id    text        NOT NULL,
    id           uuid        NOT NULL,                 -- of version 7
    kind         text        NOT NULL CHECK (kind IN ('aggregate', 'failure', 'tls')),
    org          text        NOT NULL,
    report_id    text        NOT NULL,
    domain       text        NOT NULL,
    begins_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    received_at  timestamptz NOT NULL,
    summary      jsonb       NOT NULL,
    document     bytea       NOT NULL,                 -- compressed
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, kind, org, report_id, domain)
);

ALTER TABLE received_reports ALTER COLUMN document SET STORAGE EXTERNAL;

CREATE INDEX received_reports_domain   ON received_reports (tenant_id, domain, id);
CREATE INDEX received_reports_received ON received_reports (received_at);
