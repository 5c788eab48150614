-- What a layer learned is learned once more when enough of it has changed: how far that is.
ALTER TABLE training_layers
    ADD COLUMN pass_changes bigint   NOT NULL DEFAULT 0,                                              -- messages that were learned and unlearned since the last pass began
    ADD COLUMN pass_left    smallint NOT NULL DEFAULT 0  CHECK (pass_left BETWEEN 0 AND 100),         -- rounds that are left; 0 where no pass is under way
    ADD COLUMN pass_after   bytea    NOT NULL DEFAULT '' CHECK (octet_length(pass_after) IN (0, 32)); -- the digest up to which the round has come

-- What was imported has no events that could be learned once more.
UPDATE training_layers l SET pass_changes = (SELECT count(*) FROM training_events e WHERE e.tenant_id = l.tenant_id AND e.domain = l.domain AND e.unlearned_at IS NULL);

-- What a message was rehearsed for is taken back with the message that called for it: 3 is a rehearsal that is taken back.
ALTER TABLE training_log ADD COLUMN cause uuid, ADD COLUMN undone boolean NOT NULL DEFAULT false;
ALTER TABLE training_log DROP CONSTRAINT training_log_change_check;
ALTER TABLE training_log ADD CONSTRAINT training_log_change_check CHECK (change IN (-1, 0, 1, 2, 3) AND (change >= 2) = (weights IS NOT NULL));

DROP INDEX training_log_rehearsals;
CREATE INDEX training_log_rehearsals ON training_log (tenant_id, event_id) WHERE change IN (2, 3);
CREATE INDEX training_log_causes     ON training_log (tenant_id, cause)    WHERE cause IS NOT NULL;
