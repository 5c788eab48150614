-- Documents are kept as they are written: nothing searches in them, and to take them apart and put them together again costs the server a
-- good part of all that it does for a verdict.
ALTER TABLE verdicts
    ALTER COLUMN envelope TYPE json USING envelope::json,
    ALTER COLUMN findings TYPE json USING findings::json,
    ALTER COLUMN evidence TYPE json USING evidence::json,
    ALTER COLUMN decision TYPE json USING decision::json;
