-- The operator's own list also says which domains are ours, and whose ARC seals are believed.
ALTER TABLE local_list DROP CONSTRAINT local_list_effect_check;
ALTER TABLE local_list ADD CONSTRAINT local_list_effect_check CHECK (effect IN ('block', 'allow', 'own', 'seal'));
