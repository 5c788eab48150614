-- Messages in quarantine. Every key begins with the tenant.

CREATE TABLE quarantine (
    tenant_id    text             NOT NULL,
    id           uuid             NOT NULL,            -- of the verdict
    received_at  timestamptz      NOT NULL,
    kept_at      timestamptz      NOT NULL,
    expires_at   timestamptz      NOT NULL,
    state        text             NOT NULL DEFAULT 'kept' CHECK (state IN ('kept', 'released', 'deleted')),
    size         bigint           NOT NULL,            -- octets of the message
    digest       bytea            NOT NULL CHECK (octet_length(digest) = 32),
    infected     boolean          NOT NULL,
    score        double precision NOT NULL,
    client_ip    inet             NOT NULL,
    mail_from    text,                                 -- null without a MAIL command, empty for the null reverse-path
    recipients   text[]           NOT NULL,
    header_from  text,
    subject      text,
    subject_key  text,                                 -- the subject in lower case, as it is searched
    message_id   text,
    codes        text[]           NOT NULL,
    acts         integer          NOT NULL DEFAULT 0,  -- entries of its trail
    sealed_size  bigint           NOT NULL,            -- octets of `sealed` while it is there
    sealed       bytea,                                -- gzip under AES-256-GCM, bound to tenant, id, size, digest and infected; null when deleted
    PRIMARY KEY (tenant_id, id),
    CHECK ((sealed IS NULL) = (state = 'deleted'))
) WITH (fillfactor = 80);

-- Nothing can be made smaller that is sealed.
ALTER TABLE quarantine ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE INDEX quarantine_id      ON quarantine (id);
CREATE INDEX quarantine_expires ON quarantine (expires_at);

-- Who did what with a message, when and why: written in the transaction that does it.
CREATE TABLE quarantine_acts (
    tenant_id  text        NOT NULL,
    id         uuid        NOT NULL,
    place      integer     NOT NULL,                   -- 1, 2…
    act        text        NOT NULL CHECK (act IN ('looked', 'fetched', 'released', 'deleted')),
    acted_at   timestamptz NOT NULL,
    acted_by   text        NOT NULL,                   -- id or name of a token
    reason     text,
    PRIMARY KEY (tenant_id, id, place),
    FOREIGN KEY (tenant_id, id) REFERENCES quarantine ON DELETE CASCADE
);

-- What each tenant has, those not deleted: changed in the transaction that changes it, so that the limits hold for all nodes together. Whoever
-- changes it has the message's lock before this one.
CREATE TABLE quarantine_usage (
    tenant_id  text   NOT NULL PRIMARY KEY,
    messages   bigint NOT NULL CHECK (messages >= 0),
    octets     bigint NOT NULL CHECK (octets >= 0)
) WITH (fillfactor = 20);
