-- Limits on sending: what is said of whom, what each sent, and which messages were counted.

-- What an operator or a panel says of a subject.
CREATE TABLE limits (
    tenant_id   text        COLLATE "C" NOT NULL,
    scope       smallint    NOT NULL,                  -- 0 server, 1 plan, 2 customer, 3 domain, 4 mailbox, 5 site, 6 script, 7 client
    subject     text        COLLATE "C" NOT NULL,
    definition  json        NOT NULL,
    changed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, scope, subject)
);

-- What a subject sent in its windows. Changed with every message, so that each page has room for the next version of its rows; no index but the key's, so
-- that a new version needs none.
CREATE TABLE allowances (
    tenant_id   text        COLLATE "C" NOT NULL,
    scope       smallint    NOT NULL,
    subject     text        COLLATE "C" NOT NULL,
    state       bytea       NOT NULL,                  -- the bookings of each window; empty where there are none yet
    idle_at     timestamptz NOT NULL,                  -- from then on nothing of it counts any more
    PRIMARY KEY (tenant_id, scope, subject)
) WITH (fillfactor = 40, toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 1);

-- Half random: nothing is gained by compressing it, and it is moved away only where it does not fit a page.
ALTER TABLE allowances ALTER COLUMN state SET STORAGE EXTERNAL;

-- How many subjects a tenant has, counted and defined, so that nobody has to count them. Its row is locked before any of theirs is made or removed.
CREATE TABLE limited_tenants (
    tenant_id   text        COLLATE "C" PRIMARY KEY,
    subjects    bigint      NOT NULL DEFAULT 0,
    definitions bigint      NOT NULL DEFAULT 0
);

-- Each message is counted once: by its queue id and digest, or by its verdict where it has no queue id.
CREATE TABLE counted_messages (
    tenant_id   text        COLLATE "C" NOT NULL,
    name        bytea       NOT NULL CHECK (octet_length(name) = 32),
    counted_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

CREATE INDEX counted_messages_counted_at ON counted_messages (counted_at);
