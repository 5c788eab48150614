-- Who may send less than limits say, or nothing; and what is usual for senders, by which it is seen that somebody else is at work.

CREATE TABLE restraints (
    tenant_id     text        COLLATE "C" NOT NULL,
    scope         smallint    NOT NULL,
    subject       text        COLLATE "C" NOT NULL,
    state         smallint    NOT NULL,                 -- 0 lifted, 1 throttled, 2 frozen
    by_hand       boolean     NOT NULL,
    since         timestamptz NOT NULL,
    until         timestamptz,                          -- null: until somebody undoes it
    reason        text,
    signals       json        NOT NULL DEFAULT '[]',    -- what it was for
    trusted_until timestamptz,                          -- signals restrain it in no way until then
    throttled_at  timestamptz,                          -- when signals throttled it last
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, scope, subject)
);

CREATE INDEX restraints_changed ON restraints (changed_at);
CREATE INDEX restraints_standing ON restraints (tenant_id) WHERE state > 0;

-- Senders of whom it is known what is usual.
--
-- What changes more than one of these tables takes its locks in this order: sender_feedback, watched_tenants, new rows of watched_senders, rows of watched_senders, then what is of these senders
-- (sender_contacts, sender_networks, sender_slots), restraints, notices; each in the order of their keys. Whoever has not locked a sender's row changes nothing of it.
CREATE TABLE watched_senders (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  text        COLLATE "C" NOT NULL,
    scope      smallint    NOT NULL,
    subject    text        COLLATE "C" NOT NULL,
    since      timestamptz NOT NULL,                    -- when it was first seen
    seen_at    timestamptz NOT NULL,                    -- to the day
    spent_at   timestamptz NOT NULL,                    -- what was sent before speaks against it no more
    contacts   bigint      NOT NULL DEFAULT 0,
    networks   bigint      NOT NULL DEFAULT 0,
    UNIQUE (tenant_id, scope, subject)
) WITH (fillfactor = 70);

CREATE INDEX watched_senders_seen ON watched_senders (seen_at);

CREATE TABLE watched_tenants (
    tenant_id text   COLLATE "C" PRIMARY KEY,
    senders   bigint NOT NULL
) WITH (fillfactor = 50);

-- To whom a sender wrote: digests, no addresses.
CREATE TABLE sender_contacts (
    sender  bigint NOT NULL REFERENCES watched_senders ON DELETE CASCADE,
    contact bigint NOT NULL,
    seen_on date   NOT NULL,                            -- to the month
    PRIMARY KEY (sender, contact)
);

CREATE INDEX sender_contacts_seen ON sender_contacts (seen_on);

-- From where it logged in.
CREATE TABLE sender_networks (
    sender  bigint NOT NULL REFERENCES watched_senders ON DELETE CASCADE,
    network cidr   NOT NULL,
    seen_on date   NOT NULL,
    PRIMARY KEY (sender, network)
);

CREATE INDEX sender_networks_seen ON sender_networks (seen_on);

-- What it did, in stretches of ten minutes.
CREATE TABLE sender_slots (
    sender         bigint NOT NULL REFERENCES watched_senders ON DELETE CASCADE,
    slot           bigint NOT NULL,                     -- since 1970
    messages       bigint NOT NULL,
    recipients     bigint NOT NULL,
    new_recipients bigint NOT NULL,
    new_networks   bigint NOT NULL,
    listed_client  bigint NOT NULL,
    spam           bigint NOT NULL,
    malware        bigint NOT NULL,
    put_off        bigint NOT NULL,
    bounces        bigint NOT NULL,
    complaints     bigint NOT NULL,
    PRIMARY KEY (sender, slot)
) WITH (fillfactor = 50);

CREATE INDEX sender_slots_slot ON sender_slots (slot);

-- For which recipients something came back of what a sender sent, so that each counts once, whatever he was sent.
CREATE TABLE sender_feedback (
    tenant_id text        COLLATE "C" NOT NULL,
    scope     smallint    NOT NULL,
    subject   text        COLLATE "C" NOT NULL,
    kind      smallint    NOT NULL,                     -- 0 bounce, 1 complaint
    contact   bigint      NOT NULL,                     -- of one that is not named: made of the message's verdict
    at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, scope, subject, kind, contact)
);

CREATE INDEX sender_feedback_at ON sender_feedback (at);
