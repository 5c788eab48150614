-- Keys of the greylist come from what senders choose. With a secret of this database in them nobody can choose where among the others they lie, nor fill the sample by which a tenant's are
-- counted. All services that share the database share it.

CREATE TABLE greylist_secret (
    is_only  boolean  NOT NULL PRIMARY KEY DEFAULT true CHECK (is_only),
    secret   bytea    NOT NULL CHECK (octet_length(secret) = 32)
);

-- 244 bits of PostgreSQL's strong randomness.
INSERT INTO greylist_secret (secret) VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- Who is known stays known. Nodes that run lock rows in another order: they wait, and put nothing off meanwhile. Indexes are made once, behind the rows.
LOCK TABLE greylist IN ACCESS EXCLUSIVE MODE;
DROP INDEX greylist_expires;
ALTER TABLE greylist DROP CONSTRAINT greylist_pkey;
DELETE FROM greylist WHERE expires_at <= now();
UPDATE greylist SET key = sha256((SELECT secret FROM greylist_secret) || key);
ALTER TABLE greylist ADD CONSTRAINT greylist_pkey PRIMARY KEY (tenant_id, key);
CREATE INDEX greylist_expires ON greylist (expires_at);
