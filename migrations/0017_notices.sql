-- What happened that others may want to know, and the webhooks by which they are told.

CREATE TABLE notices (
    id          uuid        PRIMARY KEY,                -- version 7: sorts by the time at which it happened
    tenant_id   text        COLLATE "C" NOT NULL,
    kind        text        COLLATE "C" NOT NULL,
    subject     text        COLLATE "C",                -- SCOPE/NAME; null where it is about nobody
    at          timestamptz NOT NULL,
    details     json        NOT NULL,                   -- not jsonb: goes out as it came in
    key         text        COLLATE "C",                -- said once only: a second one with the same key is not kept
    kept_at     timestamptz NOT NULL
);

CREATE UNIQUE INDEX notices_key ON notices (tenant_id, key) WHERE key IS NOT NULL;
CREATE INDEX notices_tenant ON notices (tenant_id, id);
CREATE INDEX notices_tenant_kind ON notices (tenant_id, kind, id);
CREATE INDEX notices_kind ON notices (kind, id);
CREATE INDEX notices_subject ON notices (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX notices_kept ON notices (kept_at);

-- Webhooks that some node has in its settings. Who keeps a notice reads here whom it is for.
CREATE TABLE webhooks (
    name         text        COLLATE "C" PRIMARY KEY,
    tenant_id    text        COLLATE "C",               -- null: of all tenants
    kinds        text[],                                -- null: all
    seen_at      timestamptz NOT NULL,                  -- when a node last said that it has it
    delivered_at timestamptz,
    failed_at    timestamptz,
    failure      text
) WITH (fillfactor = 50);

-- One notice on its way to one webhook. No foreign key to webhooks: one that is removed meanwhile must not end the transaction of who keeps a notice.
CREATE TABLE notice_deliveries (
    notice_id   uuid        NOT NULL REFERENCES notices ON DELETE CASCADE,
    webhook     text        COLLATE "C" NOT NULL,
    state       smallint    NOT NULL DEFAULT 0,         -- 0 pending, 1 delivered, 2 given up
    attempts    bigint      NOT NULL DEFAULT 0,
    due_since   timestamptz NOT NULL,                   -- from when on it was to be delivered: after three days it is given up
    next_at     timestamptz NOT NULL,                   -- when it is tried next; of one that somebody has in hand, when its lease ends
    lease_id    uuid,
    ended_at    timestamptz,
    reason      text,                                   -- why it was not delivered last
    PRIMARY KEY (notice_id, webhook)
) WITH (fillfactor = 70);

CREATE INDEX notice_deliveries_due ON notice_deliveries (webhook, next_at, notice_id) WHERE state = 0;
CREATE INDEX notice_deliveries_leased ON notice_deliveries (webhook, next_at) WHERE state = 0 AND lease_id IS NOT NULL;
CREATE INDEX notice_deliveries_open ON notice_deliveries (webhook, state, notice_id) WHERE state <> 1;
