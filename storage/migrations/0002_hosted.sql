-- Hosted backends: LoRAs whose weights stay there, what orders cost, and whose budget they count against.
-- Amounts are millionths of a US dollar. Foreign keys are off while migrations run, and checked before each commit.

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
    sha256 TEXT, -- NULL where the weights stay at the backend
    size INTEGER NOT NULL,
    reference TEXT NOT NULL DEFAULT '', -- what the backend calls it
    base_loss REAL,
    held_out_loss REAL,
    preview_sha256 TEXT,
    created_at REAL NOT NULL,
    deleted_at REAL,
    UNIQUE (guild_id, owner_id, name_key, version),
    CHECK (sha256 IS NOT NULL OR reference != '')
) STRICT;
INSERT INTO new_loras (id, guild_id, owner_id, task_id, name, name_key, version, checkpoint, backend, trigger_word,
    sha256, size, base_loss, held_out_loss, preview_sha256, created_at, deleted_at)
    SELECT id, guild_id, owner_id, task_id, name, name_key, version, checkpoint, backend, trigger_word,
    sha256, size, base_loss, held_out_loss, preview_sha256, created_at, deleted_at FROM loras;
DROP TABLE loras;
ALTER TABLE new_loras RENAME TO loras;

ALTER TABLE tasks ADD COLUMN quoted_micros INTEGER; -- what the member was told; NULL: not known
ALTER TABLE tasks ADD COLUMN ceiling_micros INTEGER; -- what is reserved for it; 0: it costs nothing
ALTER TABLE tasks ADD COLUMN charged_micros INTEGER; -- what it cost, once it ended
ALTER TABLE tasks ADD COLUMN charge_is_guess INTEGER NOT NULL DEFAULT 0 CHECK (charge_is_guess IN (0, 1));
ALTER TABLE tasks ADD COLUMN approval TEXT NOT NULL DEFAULT 'none'
    CHECK (approval IN ('none', 'asked', 'given', 'declined'));
ALTER TABLE tasks ADD COLUMN approved_by INTEGER;
ALTER TABLE tasks ADD COLUMN queued_at REAL; -- since when its backend holds it
ALTER TABLE tasks ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0; -- hand-overs that surely did not arrive
ALTER TABLE tasks ADD COLUMN again_at REAL; -- when the next one is made; NULL: one is under way, or needed no more
UPDATE tasks SET quoted_micros = 0, ceiling_micros = 0 WHERE backend = 'local'; -- the only one until now

ALTER TABLE generations ADD COLUMN start_sha256 TEXT; -- of the stored picture that it starts from
ALTER TABLE generations ADD COLUMN change REAL NOT NULL DEFAULT 0.6; -- how much of that may change
ALTER TABLE generations ADD COLUMN ceiling_micros INTEGER NOT NULL DEFAULT 0;
ALTER TABLE generations ADD COLUMN charged_micros INTEGER;
ALTER TABLE generations ADD COLUMN charge_is_guess INTEGER NOT NULL DEFAULT 0 CHECK (charge_is_guess IN (0, 1));

CREATE TABLE ledger ( -- append-only; the sum over a month is what is spent or set aside in it
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    month TEXT NOT NULL, -- of the reservation, also for what follows it
    guild_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    backend TEXT NOT NULL,
    subject_id TEXT NOT NULL, -- a task's or a generation's id
    entry TEXT NOT NULL CHECK (entry IN ('reserve', 'release', 'settle')),
    micros INTEGER NOT NULL, -- a release is negative
    UNIQUE (subject_id, entry),
    CHECK ((entry = 'release') = (micros < 0) OR micros = 0)
) STRICT;
CREATE INDEX ledger_month ON ledger (month, guild_id, member_id);
CREATE TRIGGER ledger_keeps BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TABLE guild_settings ( -- what moderators set for their server; NULL: the bot's default
    guild_id INTEGER PRIMARY KEY,
    guild_cap_micros INTEGER CHECK (guild_cap_micros >= 0),
    member_cap_micros INTEGER CHECK (member_cap_micros >= 0),
    approval_above_micros INTEGER CHECK (approval_above_micros >= 0),
    is_paused INTEGER NOT NULL DEFAULT 0 CHECK (is_paused IN (0, 1)), -- no new order for which a backend wants money
    changed_by INTEGER NOT NULL,
    changed_at REAL NOT NULL
) STRICT;

CREATE TABLE findings ( -- of the daily audit: work at a backend, under our names, that no row knows
    backend TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    first_seen REAL NOT NULL,
    last_seen REAL NOT NULL,
    PRIMARY KEY (backend, remote_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE new_outbox (
    id TEXT PRIMARY KEY, -- 23 characters; with place and reposts, the nonce
    kind TEXT NOT NULL CHECK (kind IN ('training', 'completion', 'pictures', 'approval')),
    subject_id TEXT NOT NULL, -- a task's or a generation's id
    place TEXT NOT NULL DEFAULT 'channel' CHECK (place IN ('channel', 'parent', 'owner')), -- what channel_id is
    channel_id INTEGER NOT NULL,
    parent_id INTEGER, -- where to go when that channel is gone
    message_id INTEGER,
    reposts INTEGER NOT NULL DEFAULT 0, -- how often it had to be posted anew
    wanted INTEGER NOT NULL DEFAULT 1, -- grows with every change of the subject
    shown INTEGER NOT NULL DEFAULT 0, -- the `wanted` that the message shows
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'shown', 'undeliverable')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL,
    tried_at REAL, -- when the first attempt to post began: its answer may have been lost
    reason TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    UNIQUE (kind, subject_id)
) STRICT;
INSERT INTO new_outbox (id, kind, subject_id, place, channel_id, parent_id, message_id, reposts, wanted, shown, state,
    attempts, due_at, tried_at, reason, created_at)
    SELECT id, kind, subject_id, place, channel_id, parent_id, message_id, reposts, wanted, shown, state,
    attempts, due_at, tried_at, reason, created_at FROM outbox;
DROP TABLE outbox;
ALTER TABLE new_outbox RENAME TO outbox;
CREATE INDEX outbox_pending ON outbox (due_at) WHERE state = 'pending';
