-- What the spam filter learned. Every key begins with the tenant, who is empty for the global layer; the domain is empty for a whole tenant.

-- The truth: each message that was learned, with what it changed. Those that were unlearned stay.
CREATE TABLE training_events (
    tenant_id     text        NOT NULL,
    id            uuid        NOT NULL,
    domain        text        NOT NULL,
    digest        bytea       NOT NULL CHECK (octet_length(digest) = 32),
    is_spam       boolean     NOT NULL,
    weights       bytea       NOT NULL,                 -- what was added to the weights of each view's features, four octets each
    features      bytea       NOT NULL,                 -- packed
    origin        text        NOT NULL,                 -- message, verdict:<id>, automatic
    source        text        NOT NULL,                 -- label of the batch
    learned_by    text        NOT NULL,
    learned_at    timestamptz NOT NULL,
    unlearned_by  text,
    unlearned_at  timestamptz,
    PRIMARY KEY (tenant_id, id)
);

-- Nothing can be made smaller that is packed.
ALTER TABLE training_events ALTER COLUMN features SET STORAGE EXTERNAL;

-- Nothing is learned twice.
CREATE UNIQUE INDEX training_events_digest ON training_events (tenant_id, domain, digest) WHERE unlearned_at IS NULL;
CREATE INDEX training_events_source        ON training_events (tenant_id, source)         WHERE unlearned_at IS NULL;
CREATE INDEX training_events_any_digest    ON training_events (digest)                    WHERE unlearned_at IS NULL;
CREATE INDEX training_events_id            ON training_events (id);

-- What changed, in the order in which it became durable: whoever adds holds a lock until the end of the transaction.
CREATE SEQUENCE training_positions;

CREATE TABLE training_log (
    tenant_id  text     NOT NULL,
    domain     text     NOT NULL,
    position   bigint   NOT NULL,
    change     smallint NOT NULL CHECK (change IN (-1, 0, 1)),   -- unlearned, the table is another one, learned
    event_id   uuid,
    PRIMARY KEY (tenant_id, domain, position)
);

CREATE UNIQUE INDEX training_log_position ON training_log (position);

-- What each layer learned, changed in the transaction that changes it.
CREATE TABLE training_layers (
    tenant_id  text   NOT NULL,
    domain     text   NOT NULL,
    spam       bigint NOT NULL,
    ham        bigint NOT NULL,
    events     bigint NOT NULL,                         -- rows of training_events
    PRIMARY KEY (tenant_id, domain)
) WITH (fillfactor = 50);

-- Tables as they were at a position of the log, so that a start does not begin at its beginning.
CREATE TABLE training_snapshots (
    tenant_id  text        NOT NULL,
    domain     text        NOT NULL,
    position   bigint      NOT NULL,
    made_at    timestamptz NOT NULL DEFAULT now(),
    contents   bytea       NOT NULL,
    PRIMARY KEY (tenant_id, domain, position)
);

ALTER TABLE training_snapshots ALTER COLUMN contents SET STORAGE EXTERNAL;

-- Features of judged messages, kept for a while: to learn one its text is not needed.
CREATE TABLE verdict_features (
    tenant_id  text        NOT NULL,
    id         uuid        NOT NULL,
    digest     bytea       NOT NULL CHECK (octet_length(digest) = 32),
    features   bytea       NOT NULL,
    kept_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

ALTER TABLE verdict_features ALTER COLUMN features SET STORAGE EXTERNAL;

CREATE INDEX verdict_features_id      ON verdict_features (id);
CREATE INDEX verdict_features_kept_at ON verdict_features (kept_at);
