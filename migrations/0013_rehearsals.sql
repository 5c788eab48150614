-- What was learned is rehearsed while mail of the other class is: 2 is a message whose weights were learned once more, with what that changed. Unlearned takes that back as well.
ALTER TABLE training_log ADD COLUMN weights bytea;
ALTER TABLE training_log DROP CONSTRAINT training_log_change_check;
ALTER TABLE training_log ADD CONSTRAINT training_log_change_check CHECK (change IN (-1, 0, 1, 2) AND (change = 2) = (weights IS NOT NULL));

-- Of a class that has few messages some are found as quickly.
CREATE INDEX training_events_class ON training_events (tenant_id, domain, is_spam, digest) WHERE unlearned_at IS NULL;

CREATE INDEX training_log_rehearsals ON training_log (tenant_id, event_id) WHERE change = 2;
