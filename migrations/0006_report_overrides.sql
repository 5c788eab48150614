-- Why nothing was made of a fail, told in the report. Days under work when this lands were counted without it; it stays null for them.
ALTER TABLE report_rows ADD COLUMN override jsonb;

-- Two reports do not go to one mailbox at once, whosoever they are about.
CREATE INDEX reports_outbox_destination ON reports_outbox (destination_key, ended_at);
