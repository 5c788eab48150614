-- Why nothing was made of a fail, told in the report. Days under work when this lands were counted without it; it stays null for them.
ALTER TABLE report_rows ADD COLUMN override jsonb;

-- Two reports do not go to one mailbox at once, whosoever they are about.
CREATE INDEX reports_outbox_destination ON reports_outbox (destination_key, ended_at);

-- Reports take turns by organizational domain: nobody's many hold up the few of others.
ALTER TABLE reports_outbox ADD COLUMN organization text NOT NULL DEFAULT '';

-- Some number their reports by the day: the same id for another period is another report.
ALTER TABLE received_reports DROP CONSTRAINT received_reports_tenant_id_kind_org_report_id_domain_key;
CREATE UNIQUE INDEX received_reports_period ON received_reports (tenant_id, kind, org, report_id, domain, begins_at) WHERE kind <> 'failure';
-- A failure report has no period; its id is made of its octets.
CREATE UNIQUE INDEX received_reports_failure ON received_reports (tenant_id, org, report_id, domain) WHERE kind = 'failure';
