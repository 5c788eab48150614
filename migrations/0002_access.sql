-- Who may ask, and the operator's own lists.

-- Found by its public part before anything is known of the tenant, hence the key; small enough to be copied to every node.
CREATE TABLE api_tokens (
    id          text        NOT NULL PRIMARY KEY,
    tenant_id   text,                                  -- null: all tenants
    name        text        NOT NULL,
    scopes      text[]      NOT NULL,
    digest      bytea       NOT NULL CHECK (octet_length(digest) = 32),   -- SHA-256 of the secret part
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz
);

CREATE TABLE local_list (
    tenant_id   text        NOT NULL,                  -- empty: counts for everyone
    id          uuid        NOT NULL DEFAULT gen_random_uuid(),
    effect      text        NOT NULL CHECK (effect IN ('block', 'allow')),
    subject     text        NOT NULL,
    reason      text        NOT NULL DEFAULT '',
    expires_at  timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, subject, effect)
);
