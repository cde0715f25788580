-- A training and a drawing are both orders: the same columns tell how far each is and what it cost.
-- Foreign keys are off while migrations run, and checked before each commit.

ALTER TABLE tasks RENAME COLUMN parent_id TO parent_channel_id;
ALTER TABLE tasks RENAME COLUMN cancel_asked TO is_stop_asked;
ALTER TABLE tasks RENAME COLUMN charged_micros TO booked_micros; -- what counts against the limits
ALTER TABLE tasks ADD COLUMN is_stop_told INTEGER NOT NULL DEFAULT 0 CHECK (is_stop_told IN (0, 1));
ALTER TABLE tasks ADD COLUMN is_free INTEGER NOT NULL DEFAULT 0 CHECK (is_free IN (0, 1)); -- an ability of its backend
ALTER TABLE tasks ADD COLUMN charge TEXT CHECK (charge IN ('nothing', 'amount', 'perhaps', 'unknown'));
UPDATE tasks SET is_free = backend = 'local', charge = CASE
    WHEN status = 'interrupted' AND booked_micros IS NULL THEN 'perhaps'
    WHEN booked_micros IS NULL THEN NULL
    WHEN booked_micros = 0 THEN 'nothing'
    WHEN charge_is_guess THEN 'unknown'
    ELSE 'amount' END;
ALTER TABLE tasks DROP COLUMN charge_is_guess;
UPDATE tasks SET reason = CASE reason -- a fact as JSON; what was charged is told by `charge` from now on
    WHEN 'The connection broke while I handed this training over, and there is no way to ask whether it arrived. '
        || 'It may have been charged.' THEN json_object('kind', 'never answered')
    WHEN 'Each time that I ordered this training the answer got lost, and it is not there. It may have been charged.'
        THEN json_object('kind', 'lost too often')
    ELSE json_object('kind', 'words', 'said', trim(replace(reason, 'Nothing was charged.', ''))) END
    WHERE reason != '';
CREATE INDEX tasks_dataset ON tasks (dataset_id);
CREATE INDEX tasks_version ON tasks (version_id);

CREATE TABLE drawings (
    id TEXT PRIMARY KEY,
    interaction_id INTEGER NOT NULL UNIQUE, -- a repeated interaction is the same drawing
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    parent_channel_id INTEGER, -- of the channel, when that is a thread
    owner_id INTEGER NOT NULL,
    backend TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('submitting', 'queued', 'running', 'succeeded', 'failed', 'cancelled')),
    remote_id TEXT,
    again_at REAL, -- when it is handed over next; until then its backend does not hold it
    misses INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, -- calls that are known not to have arrived
    lost_answers INTEGER NOT NULL DEFAULT 0, -- calls that may have arrived
    is_stop_asked INTEGER NOT NULL DEFAULT 0 CHECK (is_stop_asked IN (0, 1)),
    is_stop_told INTEGER NOT NULL DEFAULT 0 CHECK (is_stop_told IN (0, 1)),
    is_free INTEGER NOT NULL DEFAULT 0 CHECK (is_free IN (0, 1)),
    quoted_micros INTEGER,
    ceiling_micros INTEGER,
    charge TEXT CHECK (charge IN ('nothing', 'amount', 'perhaps', 'unknown')),
    booked_micros INTEGER,
    progress TEXT NOT NULL, -- JSON of Progress
    reason TEXT NOT NULL DEFAULT '', -- JSON of a fact
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    queued_at REAL,
    started_at REAL,
    finished_at REAL,
    checkpoint TEXT NOT NULL,
    lora_id TEXT REFERENCES loras (id),
    prompt TEXT NOT NULL,
    full_prompt TEXT NOT NULL,
    strength REAL NOT NULL,
    count INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    source_sha256 TEXT, -- of the stored picture that it starts from
    change REAL NOT NULL, -- how much of that may change
    pictures TEXT NOT NULL DEFAULT '[]', -- JSON list of SHA-256
    derived_from TEXT REFERENCES drawings (id),
    deleted_at REAL
) STRICT;
INSERT INTO drawings (id, interaction_id, guild_id, channel_id, parent_channel_id, owner_id, backend, status,
    remote_id, is_free, quoted_micros, ceiling_micros, charge, booked_micros, progress, reason, created_at,
    updated_at, finished_at, checkpoint, lora_id, prompt, full_prompt, strength, count, seed, width, height,
    source_sha256, change, pictures, derived_from, deleted_at)
    SELECT id, interaction_id, guild_id, channel_id,
    (SELECT parent_id FROM outbox WHERE kind = 'pictures' AND subject_id = generations.id), owner_id, backend, status,
    remote_id, backend = 'local', ceiling_micros, ceiling_micros,
    CASE WHEN status NOT IN ('succeeded', 'failed', 'cancelled') THEN NULL
        WHEN coalesce(charged_micros, 0) = 0 THEN 'nothing'
        WHEN charge_is_guess AND remote_id IS NULL THEN 'perhaps'
        WHEN charge_is_guess THEN 'unknown'
        ELSE 'amount' END,
    CASE WHEN status IN ('succeeded', 'failed', 'cancelled') THEN coalesce(charged_micros, 0) END,
    json_object('state', CASE status WHEN 'submitting' THEN 'queued' ELSE status END, 'position', position),
    CASE reason WHEN '' THEN ''
        WHEN 'The connection broke while I ordered it, and there is no way to ask whether it was drawn. It may have '
            || 'been charged, so I did not order it twice.' THEN json_object('kind', 'never answered')
        WHEN 'It was stopped, but its order may have arrived, so it may have been charged.'
            THEN json_object('kind', 'stopped, unclear')
        ELSE json_object('kind', 'words', 'said', trim(replace(reason, 'Nothing was charged.', ''))) END,
    created_at, updated_at, CASE WHEN status IN ('succeeded', 'failed', 'cancelled') THEN updated_at END,
    checkpoint, lora_id, prompt, full_prompt, strength, count, seed, width, height, start_sha256, change, pictures,
    parent_id, deleted_at FROM generations;
DROP TABLE generations;
CREATE INDEX drawings_owner ON drawings (guild_id, owner_id, created_at);
CREATE INDEX drawings_open ON drawings (status) WHERE status IN ('submitting', 'queued', 'running');
CREATE INDEX drawings_source ON drawings (source_sha256) WHERE source_sha256 IS NOT NULL;

ALTER TABLE outbox RENAME COLUMN parent_id TO parent_channel_id;
ALTER TABLE outbox RENAME COLUMN place TO destination; -- what channel_id is
CREATE INDEX ledger_member ON ledger (month, member_id);
