-- Messages that wait until limits on sending have room for them: the mail server keeps them, and is told when they go.

CREATE TABLE holds (
    tenant_id     text        COLLATE "C" NOT NULL,
    id            uuid        NOT NULL,                 -- made of the tenant and the message's name
    name          bytea       NOT NULL CHECK (octet_length(name) = 32),
    place         bigint      GENERATED ALWAYS AS IDENTITY,
    state         smallint    NOT NULL DEFAULT 0,       -- 0 waiting, 1 granted: counted, and its server was told or will be, 2 released, 3 cancelled
    server_name   text        COLLATE "C" NOT NULL,
    queue_id      text        COLLATE "C" NOT NULL,
    mail_from     text,
    customer      text        COLLATE "C" NOT NULL,     -- whose turn it takes: customers take turns, and the senders of each
    sender        text        COLLATE "C" NOT NULL,
    subjects      text[]      NOT NULL,                 -- for whom it counts: SCOPE/NAME
    recipients    bigint      NOT NULL,
    octets        bigint      NOT NULL,
    blocker_scope smallint    NOT NULL,                 -- who has no room for it
    blocker       text        COLLATE "C" NOT NULL,
    held_at       timestamptz NOT NULL,
    release_at    timestamptz NOT NULL,                 -- when it goes, as far as is known now
    leased_until  timestamptz,                          -- of a granted one: until then an agent has it in hand
    granted_at    timestamptz,
    ended_at      timestamptz,
    outcome       text        COLLATE "C",              -- what came of it: released, missing, cancelled
    PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 70);

CREATE INDEX holds_due ON holds (server_name, release_at, place) WHERE state = 0;
CREATE INDEX holds_leased ON holds (server_name, leased_until) WHERE state = 1;
CREATE INDEX holds_waiting ON holds (tenant_id, customer, sender, place) WHERE state = 0;
CREATE INDEX holds_id ON holds (id);
CREATE INDEX holds_queue ON holds (server_name, queue_id) WHERE state < 2;
CREATE INDEX holds_place ON holds (tenant_id, place);
CREATE INDEX holds_ended ON holds (ended_at) WHERE state >= 2;

-- The ends of the lines that wait for one subject. Changed only by who has locked the row of the subject in allowances, or by who plans anew; locked after that row, and before rows of holds.
CREATE TABLE hold_tails (
    tenant_id   text        COLLATE "C" NOT NULL,
    scope       smallint    NOT NULL,
    subject     text        COLLATE "C" NOT NULL,
    state       bytea       NOT NULL,                   -- what it will have sent when all that wait are gone
    waiting     bigint      NOT NULL,
    customer    text        COLLATE "C",                -- whose the whole line is; null where it is several senders'
    sender      text        COLLATE "C",
    changes     bigint      NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, -- another number each time the line becomes longer
    PRIMARY KEY (tenant_id, scope, subject)
) WITH (fillfactor = 50);

-- What was let go of each sender, and of each customer (whose sender is empty), while messages of it waited.
CREATE TABLE hold_turns (
    tenant_id   text        COLLATE "C" NOT NULL,
    customer    text        COLLATE "C" NOT NULL,
    sender      text        COLLATE "C" NOT NULL,
    served      bigint      NOT NULL,
    PRIMARY KEY (tenant_id, customer, sender)
);

-- How many messages of a tenant wait, and whether they are to be put in order anew.
CREATE TABLE held_tenants (
    tenant_id   text        COLLATE "C" PRIMARY KEY,
    waiting     bigint      NOT NULL DEFAULT 0,
    disordered  boolean     NOT NULL DEFAULT false,
    planned_at  timestamptz NOT NULL DEFAULT '-infinity',
    took        bigint      NOT NULL DEFAULT 0          -- milliseconds that planning took
) WITH (fillfactor = 50);

-- Who releases messages at which server, and when it last asked: without it nothing is held there. The tenant is empty for an agent of all tenants.
CREATE TABLE hold_agents (
    tenant_id   text        COLLATE "C" NOT NULL,
    server_name text        COLLATE "C" NOT NULL,
    seen_at     timestamptz NOT NULL,
    PRIMARY KEY (server_name, tenant_id)
);
