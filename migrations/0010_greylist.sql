-- Who came and who came again: tries, clients that passed, authors with history. Every key begins with the tenant; the rest of it is a digest.

CREATE TABLE greylist (
    tenant_id   text        NOT NULL,
    key         bytea       NOT NULL CHECK (octet_length(key) = 32),
    first_at    timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,                  -- from then on it is as if it were not there
    messages    integer     NOT NULL DEFAULT 0,        -- of an author
    PRIMARY KEY (tenant_id, key)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX greylist_expires ON greylist (expires_at);
