-- What a layer learned is learned once more each time it has doubled: how far that is.
ALTER TABLE training_layers
    ADD COLUMN pass_learned bigint   NOT NULL DEFAULT 0,                                            -- messages the layer had learned when the last pass began; fewer where some of them were unlearned
    ADD COLUMN pass_left    smallint NOT NULL DEFAULT 0  CHECK (pass_left BETWEEN 0 AND 100),       -- rounds that are left; 0 where no pass is under way
    ADD COLUMN pass_after   bytea    NOT NULL DEFAULT '' CHECK (octet_length(pass_after) IN (0, 32)); -- the digest up to which the round has come
