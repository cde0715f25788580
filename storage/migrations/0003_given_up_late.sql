-- What is given up late: orders whose answers are lost each time; and the files of deleted models, which go at last.
-- Foreign keys are off while migrations run, and checked before each commit.

ALTER TABLE tasks ADD COLUMN lost_answers INTEGER NOT NULL DEFAULT 0; -- hand-overs that may have arrived

CREATE TABLE new_loras (
    id TEXT PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    owner_id INTEGER NOT NULL,
    task_id TEXT NOT NULL UNIQUE REFERENCES tasks (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    checkpoint TEXT NOT NULL,
    backend TEXT NOT NULL,
    trigger_word TEXT NOT NULL,
    sha256 TEXT, -- NULL where the weights stay at the backend, or were deleted for good
    size INTEGER NOT NULL,
    reference TEXT NOT NULL DEFAULT '', -- what the backend calls it
    base_loss REAL,
    held_out_loss REAL,
    preview_sha256 TEXT,
    created_at REAL NOT NULL,
    deleted_at REAL,
    UNIQUE (guild_id, owner_id, name_key, version),
    CHECK (sha256 IS NOT NULL OR reference != '' OR deleted_at IS NOT NULL)
) STRICT;
INSERT INTO new_loras (id, guild_id, owner_id, task_id, name, name_key, version, checkpoint, backend, trigger_word,
    sha256, size, reference, base_loss, held_out_loss, preview_sha256, created_at, deleted_at)
    SELECT id, guild_id, owner_id, task_id, name, name_key, version, checkpoint, backend, trigger_word,
    sha256, size, reference, base_loss, held_out_loss, preview_sha256, created_at, deleted_at FROM loras;
DROP TABLE loras;
ALTER TABLE new_loras RENAME TO loras;
