-- Keys that sign mail (DKIM). Where each stands is said by `state`; a retired key stays for the record, without its private half.

CREATE TABLE dkim_keys (
    tenant_id        text        NOT NULL,
    domain           text        NOT NULL,             -- A-labels in lower case, no final dot; so is the selector
    selector         text        NOT NULL,
    kind             text        NOT NULL CHECK (kind IN ('rsa', 'ed25519')),
    bits             integer     NOT NULL,
    public_key       bytea       NOT NULL,             -- what p= of the record has, decoded
    private_key      bytea,                            -- PKCS #8 under AES-256-GCM, bound to tenant, domain and selector; null when retired
    imported         boolean     NOT NULL,
    state            text        NOT NULL CHECK (state IN ('pending', 'published', 'active', 'retiring', 'retired')),
    created_at       timestamptz NOT NULL,
    created_by       text        NOT NULL,             -- id of a token, 'command line', 'schedule'
    published_at     timestamptz,
    activated_at     timestamptz,
    retiring_at      timestamptz,
    retired_at       timestamptz,
    checked_at       timestamptz,                      -- the last look at the record in the DNS, and what it showed
    sighting         text        CHECK (sighting IN ('matches', 'missing', 'other', 'trouble')),
    sighting_detail  text,
    fault_since      timestamptz,
    next_check_at    timestamptz,                      -- null: nobody needs to know
    changed_at       timestamptz NOT NULL,
    changed_by       text        NOT NULL,
    revision         bigint      NOT NULL,
    PRIMARY KEY (tenant_id, domain, selector),
    CHECK ((private_key IS NULL) = (state = 'retired')),
    CHECK ((checked_at IS NULL) = (sighting IS NULL))
);

-- For the keeper, who looks over all tenants.
CREATE INDEX dkim_keys_due      ON dkim_keys (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX dkim_keys_revision ON dkim_keys (revision);

-- Counts the changes. Whoever changes a key takes the next number with the row's lock, so numbers become visible in their order, and who
-- asks for everything above the last number that it saw misses nothing.
CREATE TABLE dkim_key_changes (
    one       boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    revision  bigint  NOT NULL
) WITH (fillfactor = 20);

INSERT INTO dkim_key_changes (revision) VALUES (0);
